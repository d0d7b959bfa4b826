import type { FrameItem, FrameReadings, FrameValue, OpenedFrames } from '../../model/protocol.ts';
import { rejectionOf } from '../../model/rejection.ts';
import { idsOfAddress } from '../line/ids.ts';
import { readAsciiText } from './ascii-text.ts';
import { codeOf, nameOf, SERIES_STEP_MS, SERIES_VALUES, STATUS, STATUS_BITS } from './elements.ts';
import { nextFrame, readFrame } from './frame.ts';
import type { Frame } from './marks.ts';
import { type Measured, readText, type Text, WITH_ELEMENTS } from './text.ts';

export const NAME = 'sl651';
const WORDS = { protocol: 'SL 651' };

/** What a frame holds, or several that are the packets of one message, in their order. */
export function openFrames(payload: Uint8Array): OpenedFrames {
  const frames: Frame[] = [];
  for (let rest = payload; ; ) {
    const next = nextFrame(rest);
    if (next.kind === 'more') break;
    const frame = readFrame(rest.subarray(next.start, next.end));
    if (frame !== undefined) frames.push(frame);
    rest = rest.subarray(next.end);
  }
  // A frame that is not as long as it says is one all the same, and whose it is stands at its beginning.
  const first = frames[0] ?? readFrame(payload);
  if (first === undefined) return { parts: [], rejection: rejectionOf('no-frame', WORDS) };
  const devices = idsOfAddress(NAME, first.station);
  return { rejection: null, parts: [{ devices, read: () => readAll(first, frames.length === 0 ? [first] : frames) }] };
}

function readAll(first: Frame, frames: readonly Frame[]): FrameReadings {
  if (!frames.every(({ isChecksumRight }) => isChecksumRight)) {
    return { items: [], rejection: rejectionOf('wrong-checksum', WORDS) };
  }
  const text = textOf(first, frames.length === 1 ? first.text : Buffer.concat(frames.map((frame) => frame.text)));
  return { items: itemsOf(text), rejection: text.isCut ? rejectionOf('no-frame', WORDS) : null };
}

/** Whether a frame may say something of a sensor: reports, and answers to what was asked of them. */
export function isMeasured({ func }: Pick<Frame, 'func'>): boolean {
  return WITH_ELEMENTS.has(func) || func === MANUAL_ANSWER;
}

/** What somebody has typed in at the station, when it was asked for. */
const MANUAL_ANSWER = 0x39;

/** What a text says, in whichever form it came. */
export function textOf({ form, func }: Pick<Frame, 'form' | 'func'>, text: Uint8Array): Text {
  return form === 'ascii' ? readAsciiText(text) : readText(func, text);
}

/** The values of a text by their times. */
export function itemsOf({ elements, manual, sentAtMs }: Text): FrameItem[] {
  const byTime = new Map<number | undefined, Record<string, FrameValue>>();
  const put = (atMs: number | undefined, name: string, value: FrameValue) => {
    const values = byTime.get(atMs) ?? {};
    byTime.set(atMs, values);
    values[name] = value;
  };
  if (manual !== undefined) put(sentAtMs, 'manual', manual);
  for (const element of elements) {
    const fromMs = beginning(element, sentAtMs);
    const atMs = (i: number) => (fromMs === undefined ? undefined : fromMs + i * element.stepMs);
    const name = element.identifier === undefined ? nameOf(element.id) : `element_${element.identifier.toLowerCase()}`;
    for (const [i, value] of element.values.entries()) put(atMs(i), name, value);
    for (const [i, raw] of (element.raw ?? []).entries()) {
      if (element.id === STATUS) for (const [bit, is] of statusOf(raw)) put(atMs(i), bit, is);
      else put(atMs(i), `vendor_${codeOf(element.id & 0xff)}`, raw);
    }
  }
  return [...byTime].map(([tsMs, values]) => ({ tsMs, values }));
}

/**
 * When the first value was. Some stations write the end of the hour before the values of an hour, where the standard has its
 * beginning: no value is of a time after it was sent.
 */
function beginning({ atMs, stepMs, values }: Measured, sentAtMs: number | undefined): number | undefined {
  const lastMs = (SERIES_VALUES - 1) * SERIES_STEP_MS;
  const isOfHour = values.length === SERIES_VALUES && stepMs === SERIES_STEP_MS;
  if (!isOfHour || atMs === undefined || sentAtMs === undefined) return atMs;
  return atMs + lastMs > sentAtMs + SERIES_STEP_MS ? atMs - lastMs : atMs;
}

/** What element 45 says, from its hex digits. */
export function statusOf(raw: string): [name: string, value: FrameValue][] {
  const bits = Number.parseInt(raw.slice(-8), 16);
  return [['status', raw], ...STATUS_BITS.map(([bit, name]): [string, boolean] => [name, ((bits >>> bit) & 1) === 1])];
}
