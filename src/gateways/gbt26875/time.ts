import { chinaClock, chinaTimeMs } from '../line/china-time.ts';

/** Six bytes: second, minute, hour, day, month, year since 2000. In binary by the standard; some vendors write BCD. */
export type TimeForm = 'binary' | 'bcd';

/**
 * The time of a tag; undefined when it is none, as of a clock that was never set. Without a form it is whichever is nearer to
 * when it arrived: for years to come the year alone tells them apart.
 */
export function timeOf(
  tag: Uint8Array | undefined,
  form: TimeForm | undefined,
  receivedAtMs: number,
): number | undefined {
  if (tag === undefined) return undefined;
  if (form !== undefined) return timeIn(tag, form);
  const [binary, bcd] = [timeIn(tag, 'binary'), timeIn(tag, 'bcd')];
  if (binary === undefined || bcd === undefined) return binary ?? bcd;
  return Math.abs(bcd - receivedAtMs) < Math.abs(binary - receivedAtMs) ? bcd : binary;
}

/** The form that a device's tag is in, so that it is answered in it. */
export function formOf(tag: Uint8Array, nowMs: number): TimeForm {
  const bcd = timeIn(tag, 'bcd');
  return bcd !== undefined && timeOf(tag, undefined, nowMs) === bcd ? 'bcd' : 'binary';
}

export function tagOf(ms: number, form: TimeForm): Uint8Array {
  const [year, month, day, hour, minute, second] = chinaClock(ms);
  return Uint8Array.from([second, minute, hour, day, month, year % 100], (part) =>
    form === 'binary' ? part : (Math.floor(part / 10) << 4) | (part % 10),
  );
}

function timeIn(tag: Uint8Array, form: TimeForm): number | undefined {
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = Array.from(tag, (byte) => {
    if (form === 'binary') return byte;
    return byte >> 4 > 9 || (byte & 0x0f) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 0x0f);
  });
  return chinaTimeMs(2000 + year, month, day, [hour, minute, second]);
}
