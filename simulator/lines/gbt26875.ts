import { beijing, type Speaker } from './speaker.ts';

/** Bits of the state of a transmission device (table 8). */
const TRANSMITTER_BITS = ['', 'transmitter_fire', 'transmitter_fault', 'transmitter_main_power_fault'];
const PLATFORM = Buffer.from('010000000000', 'hex');
const CONTROL = 1;
const SEND = 2;
const CONFIRM = 3;
const REQUEST = 4;
const ANSWER = 5;
const DENY = 6;
const COMPONENT_STATE = 2;
const SYSTEM_OPERATION = 4;
const TRANSMITTER_STATE = 21;
const OPERATION = 24;
const GUARD_CHECK = 91;
/** Bit 5 of the operations: somebody has answered a guard check; who it was. */
const GUARD_ANSWERED = 32;
const OPERATOR = 1;
const HEAD = 27;
/** Of so many reports one is a fire of a detector, and a later one that somebody has reset the panel. */
const STORY_REPORTS = 20;
const FIRE_AT = 5;
const RESET_AT = 10;
const DETECTORS = 4;
/** The panel is the first system of its device, and an automatic fire alarm system. */
const PANEL = [1, 1] as const;
const SMOKE_DETECTOR = 40;
const FIRE = 2;
const RESET = 1;

/**
 * A user information transmission device of GB/T 26875.3 that reports how it is itself, and now and then that a detector has gone
 * off, and that the panel was reset. It does what it is told, answers questions about itself, and somebody at it answers guard
 * checks at once.
 */
export const gbt26875: Speaker = {
  profile: 'gbt26875-host',
  address: (n) => n.toString(16).padStart(12, '0'),
  id: (address) => `gbt26875-${address}`,

  report({ address, atMs, serial, values }) {
    const bits = TRANSMITTER_BITS.map((name, bit) => (bit === 0 || values[name] === true ? 1 << bit : 0));
    const state = bits.reduce((all, bit) => all | bit, 0);
    const unit = storyOf(serial, atMs) ?? Buffer.concat([Buffer.of(TRANSMITTER_STATE, 1, state), tag(atMs)]);
    return frame(SEND, serial, Buffer.from(address, 'hex').reverse(), atMs, unit);
  },

  answers(heard, nowMs) {
    let count = 0;
    const says: Uint8Array[] = [];
    let rest = Buffer.from(heard);
    for (let at = rest.indexOf('@@'); at >= 0 && rest.length >= at + HEAD; at = rest.indexOf('@@')) {
      const end = at + HEAD + (rest[at + 24] ?? 0) + ((rest[at + 25] ?? 0) << 8) + 3;
      if (rest.length < end) break;
      if (rest[at + 26] === CONFIRM) count++;
      else says.push(...repliesTo(rest.subarray(at, end), nowMs));
      rest = rest.subarray(end);
    }
    return { count, says, rest };
  },
};

/** What happens at the panel at this report; undefined where nothing does. */
function storyOf(serial: number, atMs: number): Uint8Array | undefined {
  switch (serial % STORY_REPORTS) {
    case FIRE_AT: {
      const detector = 1 + (Math.floor(serial / STORY_REPORTS) % DETECTORS);
      const text = Buffer.alloc(31);
      text.write(`No. ${detector}`);
      const object = Buffer.of(...PANEL, SMOKE_DETECTOR, detector, 0, 0, 0, FIRE, 0);
      return Buffer.concat([Buffer.of(COMPONENT_STATE, 1), object, text, tag(atMs)]);
    }
    case RESET_AT:
      return Buffer.concat([Buffer.of(SYSTEM_OPERATION, 1, ...PANEL, RESET, OPERATOR), tag(atMs)]);
    default:
      return undefined;
  }
}

/** What it says to one frame of the platform. */
function repliesTo(bytes: Uint8Array, nowMs: number): Uint8Array[] {
  const serial = (bytes[2] ?? 0) | ((bytes[3] ?? 0) << 8);
  const self = bytes.subarray(18, 24);
  const type = bytes[HEAD] ?? 0;
  const say = (command: number, unit: Uint8Array = Buffer.alloc(0)) => frame(command, serial, self, nowMs, unit);
  switch (bytes[26]) {
    case CONTROL: {
      const pressed = Buffer.concat([Buffer.of(OPERATION, 1, GUARD_ANSWERED, OPERATOR), tag(nowMs)]);
      return [say(CONFIRM), ...(type === GUARD_CHECK ? [say(SEND, pressed)] : [])];
    }
    case REQUEST: {
      const unit = answerTo(type, nowMs);
      return [unit === undefined ? say(DENY) : say(ANSWER, unit)];
    }
    default:
      return [];
  }
}

/** State, operations, version, settings and clock of the device itself; undefined where it is asked for what is below it. */
function answerTo(type: number, nowMs: number): Uint8Array | undefined {
  switch (type) {
    case 81:
      return Buffer.concat([Buffer.of(TRANSMITTER_STATE, 1, 1), tag(nowMs)]);
    case 84:
      return Buffer.of(OPERATION, 0);
    case 85:
      return Buffer.of(25, 1, 2, 1);
    case 86: {
      const text = Buffer.from('simulated');
      return Buffer.concat([Buffer.of(26, 1, text.length), text]);
    }
    case 88:
      return Buffer.concat([Buffer.of(28, 1), tag(nowMs)]);
    default:
      return undefined;
  }
}

/** Second, minute, hour, day, month, year of this century. */
function tag(atMs: number): Uint8Array {
  return Buffer.from(
    beijing(atMs)
      .map((part) => part % 100)
      .reverse(),
  );
}

function frame(command: number, serial: number, source: Uint8Array, atMs: number, unit: Uint8Array): Uint8Array {
  const body = Buffer.concat([
    Buffer.of(serial & 0xff, (serial >> 8) & 0xff, 1, 1),
    tag(atMs),
    source,
    PLATFORM,
    Buffer.of(unit.length & 0xff, unit.length >> 8, command),
    unit,
  ]);
  const sum = body.reduce((all, byte) => (all + byte) & 0xff, 0);
  return Buffer.concat([Buffer.from('@@'), body, Buffer.of(sum), Buffer.from('##')]);
}
