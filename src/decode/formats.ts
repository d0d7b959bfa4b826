import type { PayloadFormat } from '../model/format.ts';
import { createMapped } from './formats/mapped/mapped.ts';
import { createNativeFormat } from './formats/native/native.ts';

export interface FormatOptions {
  /** How far ahead of ours a device's clock may be, ms. */
  readonly futureMaxMs: number;
}

/** The payload formats that there are, by name: one for each folder below formats/. */
export function createFormats({ futureMaxMs }: FormatOptions) {
  return {
    native: createNativeFormat(futureMaxMs) satisfies PayloadFormat,
    /** As a profile's rule says. */
    mapped: (rule: Parameters<typeof createMapped>[0]) => createMapped(rule, futureMaxMs),
  } as const;
}
