import type { Codec } from './codec.ts';
import type { Dialect } from './dialect.ts';
import type { MessageRule } from './messages.ts';
import type { Name } from './names.ts';
import type { Family, Metric } from './site.ts';

/** A device as the running server knows it. */
export interface DeviceRecord {
  readonly id: string;
  readonly profile: string;
  readonly family: Family;
  readonly name: Name;
  readonly reportEveryMs: number;
  readonly hasSecret: boolean;
  /** Whether it may subscribe to `alerts/#`. */
  readonly grantedAlerts: boolean;
  /** Whether it may publish what devices say that have no secret of their own. */
  readonly grantedFeed?: boolean;
  /** How messages of its profile are read that are not native: the same object for all devices of it. */
  readonly messages?: readonly MessageRule[] | undefined;
  /** In which dialects devices of its profile speak protocols beside MQTT. */
  readonly protocol?: Dialect | undefined;
  /** What decodes its frames; the same object for all devices of its profile. */
  readonly codec?: Codec | undefined;
  readonly points: readonly string[];
  /** What the device sends: each field of the profile, and the series its values go to (one for each point). */
  readonly fields: readonly DeviceField[];
}

export interface DeviceField {
  /** The field's name in the payload; nested fields are joined with dots. */
  readonly field: string;
  readonly metric: Metric;
  readonly series: readonly number[];
}

/** A monitoring point as the running server knows it. */
export interface PointRecord {
  readonly id: string;
  readonly area: string;
  readonly device: string;
  readonly family: Family;
  readonly name: Name;
  /** Longitude, latitude, WGS 84. */
  readonly location: readonly [number, number] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, Metric & { readonly series: number }>>;
  readonly reportEveryMs: number;
}

/** A device took over a point from another. */
export interface Handover {
  /** Rises with each, of whatever point. */
  readonly number: number;
  readonly atMs: number;
  readonly author: string;
  /** The device that measured it until then. */
  readonly former: string;
  readonly device: string;
}

export interface AreaRecord {
  readonly id: string;
  readonly parent: string | null;
  readonly name: Name;
  readonly outline: readonly (readonly (readonly [number, number])[])[] | null;
  /** Longitude, latitude, WGS 84: where it is without an outline. */
  readonly location: readonly [number, number] | null;
}
