import { createRecent } from '../../lib/recent.ts';
import type { Dialect } from '../../model/dialect.ts';
import { idsOfAddress } from '../line/ids.ts';
import type { LineProtocol, Taken, Told } from '../line/protocol.ts';
import { askingOf, commandable, partOf, repliesOf, serialKey, typeKey } from './commands.ts';
import { COMMAND, FRAME_BYTES_MAX, type Frame, frameTo, nextFrame, readFrame } from './frame.ts';
import { formOf, tagOf, timeOf } from './time.ts';
import { readUnit, TYPE, type Unit } from './unit.ts';
import { isMeasured, isSignOfLife, NAME, openFrames } from './values.ts';

/** A clock that is further off than this is set, where the profile says so; not again before so long. */
const CLOCK_OFF_MS = 30_000;
const CLOCK_SET_EVERY_MS = 3_600_000;
/** Devices, and systems, of which something is remembered. */
const KNOWN_MAX = 10_000;
/** An automatic fire alarm system (table 4), of which a system is that has said nothing of itself yet. */
const FIRE_ALARM_SYSTEM = 1;
const NO_DATA = new Uint8Array(0);

/** GB/T 26875.3-2011 over TCP and UDP: user information transmission devices of automatic fire alarm systems. */
export const gbt26875: LineProtocol = {
  name: NAME,
  frameBytesMax: FRAME_BYTES_MAX,
  hasDatagrams: true,
  next: nextFrame,
  open: openFrames,
  commandable,
  partOf,

  talk() {
    /** When each device's clock was set last. */
    const clocksSet = createRecent<number>(KNOWN_MAX);
    /** How each device writes its frames, by the last one. */
    const heard = createRecent<Pick<Frame, 'version' | 'source' | 'destination' | 'time'>>(KNOWN_MAX);
    /** Of which type each system is, by its device and address. */
    const systemTypes = createRecent<number>(KNOWN_MAX);
    let serial = 0;

    function setClock(frame: Frame, dialect: Dialect | undefined, nowMs: number): Uint8Array[] {
      if (dialect?.gbt26875?.clock !== 'set') return [];
      const form = dialect.gbt26875.time;
      const tag = timeOf(frame.time, form === 'auto' ? undefined : form, nowMs);
      const isRight = tag !== undefined && Math.abs(tag - nowMs) <= CLOCK_OFF_MS;
      const lastMs = clocksSet.get(frame.source) ?? Number.NEGATIVE_INFINITY;
      if (isRight || nowMs - lastMs < CLOCK_SET_EVERY_MS) return [];
      clocksSet.put(frame.source, nowMs);
      return [timeCommand(frame, nowMs, dialect)];
    }

    return {
      take(bytes, { nowMs, dialectOf }): Taken {
        const frame = readFrame(bytes);
        if (frame === undefined) return { address: '', devices: [], payload: bytes, answers: [] };
        const devices = idsOfAddress(NAME, frame.source);
        const from = { address: frame.source, devices };
        const dialect = dialectOf(devices);
        const say = (command: number) => answer(frame, command, nowMs, dialect);
        if (!frame.isWhole) return { ...from, payload: bytes, answers: [say(COMMAND.deny)] };
        const unit = readUnit(frame.data);
        const { version, source, destination } = frame;
        heard.put(source, { version, source, destination, time: Uint8Array.from(frame.time) });
        for (const { systemType, systemAddress } of unit.objects) {
          if (systemType !== undefined) systemTypes.put(`${source} ${systemAddress}`, systemType);
        }
        const replies = () => repliesOf(frame, unit, dialect, nowMs);
        const isSign = isSignOfLife(frame, unit);
        const payload = isSign || isMeasured(frame, unit) ? bytes : null;
        const answers = answersTo(frame, unit).map(say);
        const isAsking = frame.command === COMMAND.control && unit.type === TYPE.setTime;
        if (isAsking) return { ...from, payload, answers: [timeCommand(frame, nowMs, dialect)] };
        const told = [...answers, ...setClock(frame, dialect, nowMs)];
        return { ...from, payload, isSignOfLife: isSign, answers: told, replies };
      },

      tell(address, command, { nowMs, dialectOf }): Told | undefined {
        const device = heard.get(address);
        if (device === undefined) return undefined;
        const tag = (ms: number) => tagFor(device, ms, dialectOf(idsOfAddress(NAME, address)));
        const systemType = (system: number) => systemTypes.get(`${address} ${system}`) ?? FIRE_ALARM_SYSTEM;
        const asking = askingOf(command, { nowMs, tag, systemType });
        if (asking === undefined) return undefined;
        serial = (serial + 1) & 0xffff;
        const { answerType, ...said } = asking;
        return {
          bytes: frameTo(device, { serial, time: tag(nowMs), ...said }),
          keys: [serialKey(serial), ...(answerType === undefined ? [] : [typeKey(answerType)])],
        };
      },
    };
  },
};

/** The commands that answer a frame: what is sent is confirmed, what nobody knows is denied, answers are not answered. */
function answersTo({ command }: Frame, { isCut }: Unit): number[] {
  switch (command) {
    case COMMAND.register:
    case COMMAND.control:
    case COMMAND.send:
    case COMMAND.alive:
      return [isCut ? COMMAND.deny : COMMAND.confirm];
    case COMMAND.confirm:
    case COMMAND.answer:
    case COMMAND.deny:
      return [];
    default:
      return [COMMAND.deny];
  }
}

function answer(frame: Frame, command: number, nowMs: number, dialect: Dialect | undefined): Uint8Array {
  return frameTo(frame, { serial: frame.serial, time: tagFor(frame, nowMs, dialect), command, data: NO_DATA });
}

/** Sets the clock of a device, or tells the time to one that asks for it. */
function timeCommand(frame: Frame, nowMs: number, dialect: Dialect | undefined): Uint8Array {
  const time = tagFor(frame, nowMs, dialect);
  const data = Buffer.concat([Buffer.of(TYPE.setTime, 1), time]);
  return frameTo(frame, { serial: frame.serial, time, command: COMMAND.control, data });
}

/** The time now in the form that the device writes it. */
function tagFor({ time }: Pick<Frame, 'time'>, nowMs: number, dialect: Dialect | undefined): Uint8Array {
  const form = dialect?.gbt26875?.time ?? 'auto';
  return tagOf(nowMs, form === 'auto' ? formOf(time, nowMs) : form);
}
