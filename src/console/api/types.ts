import type { Alert } from '../../model/alert.ts';
import type { Name } from '../../model/names.ts';
import type { Quality, Value } from '../../model/reading.ts';
import type { Family } from '../../model/site.ts';

/** Answers of the HTTP interface, as far as this console reads them. */
export interface PointValue {
  readonly value: Value;
  readonly unit: string | null;
  readonly ts: number;
  readonly quality: Quality;
}

export interface MetricInfo {
  readonly type: 'number' | 'boolean' | 'string';
  readonly unit?: string | undefined;
  readonly name?: Name | undefined;
  readonly range?: readonly [number, number] | undefined;
}

export interface Point {
  readonly id: string;
  readonly name: Name;
  readonly area: string;
  readonly family: Family;
  readonly device: string;
  readonly location: readonly [number, number] | null;
  readonly online: boolean;
  readonly reportEveryMs: number;
  /** Whether anything is compared with a limit. */
  readonly hasLimits: boolean;
  readonly metrics: Readonly<Record<string, MetricInfo>>;
  readonly values: Readonly<Record<string, PointValue>>;
  readonly alerts: readonly Alert[];
}

export interface Area {
  readonly id: string;
  readonly parent: string | null;
  readonly name: Name;
  readonly outline: readonly (readonly (readonly [number, number])[])[] | null;
  readonly location: readonly [number, number] | null;
}
