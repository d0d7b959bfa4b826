import type { CommandAnswer, Commandable, DeviceCommand, Readable } from '../../model/device-command.ts';
import type { FrameValue } from '../../model/protocol.ts';
import type { Reply, Told } from '../line/protocol.ts';
import { STATUS } from './elements.ts';
import type { Frame } from './marks.ts';
import { type Addressed, ask } from './reply.ts';
import { itemsOf, statusOf, textOf } from './values.ts';

/** What a station is told and asked (7.2 of SL 651-2014) that needs nothing beside its function. */

const SET_TIME = 0x4a;
const READS: Partial<Record<Readable, number>> = { values: 0x37, version: 0x45, state: 0x46, time: 0x51 };
/** Serial and time of sending; then, in the binary form, `F1F1` with the station. */
const HEAD = 8;
const WITH_STATION = HEAD + 7;

export const COMMANDABLE: Commandable = {
  commands: ['set-time', 'read'],
  readable: ['state', 'values', 'version', 'time'],
};

const keyOf = (func: number) => `function ${func}`;

/** What says a command to a station; undefined where the protocol has no such. */
export function toldTo(station: Addressed, command: DeviceCommand, serial: number, nowMs: number): Told | undefined {
  if (command.kind === 'read' && command.place !== undefined) return undefined;
  const func = command.kind === 'set-time' ? SET_TIME : command.kind === 'read' ? READS[command.what] : undefined;
  return func === undefined ? undefined : { bytes: ask(station, func, serial, nowMs), keys: [keyOf(func)] };
}

/** What a frame says to what its station was told: it bears the same function. */
export function repliesOf(frame: Frame, nowMs: number): Reply[] {
  const key = keyOf(frame.func);
  if (frame.func === SET_TIME) return [{ kind: 'confirmed', key }];
  const text = textOf(frame, frame.text);
  const answer = (values: Readonly<Record<string, FrameValue>>, atMs = text.sentAtMs): CommandAnswer => ({
    place: null,
    atMs: atMs ?? null,
    values,
  });
  switch (frame.func) {
    case READS.values:
      return [{ kind: 'answered', key, answers: itemsOf(text).map(({ tsMs, values }) => answer(values, tsMs)) }];
    case READS.version:
      return [{ kind: 'answered', key, answers: [answer({ version: versionOf(frame) })] }];
    case READS.state:
      return [{ kind: 'answered', key, answers: [answer(Object.fromEntries(stateOf(frame)))] }];
    case READS.time: {
      const { sentAtMs } = text;
      if (sentAtMs === undefined) return [];
      const offset = { clock_offset_s: Math.round((sentAtMs - nowMs) / 1_000) };
      return [{ kind: 'answered', key, answers: [answer(offset)] }];
    }
    default:
      return [];
  }
}

/** What is printable behind the station, which is what makers write there. */
function versionOf({ form, text }: Frame): string {
  const rest = Buffer.from(form === 'ascii' ? text.subarray(2 * HEAD) : text.subarray(WITH_STATION)).toString('latin1');
  return rest
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/^\s*ST \d{10}/, '')
    .trim();
}

/** The bits of element 45 (table 58), which stand behind the station. */
function stateOf({ form, text }: Frame): [name: string, value: FrameValue][] {
  if (form === 'ascii') {
    const [, raw] = /\bZT ([0-9a-fA-F]{8})/.exec(Buffer.from(text).toString('latin1')) ?? [];
    return raw === undefined ? [] : statusOf(raw.toLowerCase());
  }
  const [id, definition = 0] = text.subarray(WITH_STATION);
  const bytes = text.subarray(WITH_STATION + 2, WITH_STATION + 2 + (definition >> 3));
  return id !== STATUS || bytes.length === 0 ? [] : statusOf(Buffer.from(bytes).toString('hex'));
}
