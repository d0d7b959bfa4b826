import { beijing, type Speaker } from './speaker.ts';

/** Bits of the state of a transmission device (table 8). */
const TRANSMITTER_BITS = ['', 'transmitter_fire', 'transmitter_fault', 'transmitter_main_power_fault'];
const PLATFORM = Buffer.from('010000000000', 'hex');
const SEND = 2;
const CONFIRM = 3;
const TRANSMITTER_STATE = 21;
const HEAD = 27;

/** A user information transmission device of GB/T 26875.3 that reports how it is itself. */
export const gbt26875: Speaker = {
  profile: 'gbt26875-host',
  address: (n) => n.toString(16).padStart(12, '0'),
  id: (address) => `gbt26875-${address}`,

  report({ address, atMs, serial, values }) {
    const time = Buffer.from(
      beijing(atMs)
        .map((part) => part % 100)
        .reverse(),
    );
    const bits = TRANSMITTER_BITS.map((name, bit) => (bit === 0 || values[name] === true ? 1 << bit : 0));
    const state = bits.reduce((all, bit) => all | bit, 0);
    const unit = Buffer.concat([Buffer.of(TRANSMITTER_STATE, 1, state), time]);
    const body = Buffer.concat([
      Buffer.of(serial & 0xff, (serial >> 8) & 0xff, 1, 1),
      time,
      Buffer.from(address, 'hex').reverse(),
      PLATFORM,
      Buffer.of(unit.length & 0xff, unit.length >> 8, SEND),
      unit,
    ]);
    const sum = body.reduce((all, byte) => (all + byte) & 0xff, 0);
    return Buffer.concat([Buffer.from('@@'), body, Buffer.of(sum), Buffer.from('##')]);
  },

  answers(heard) {
    let count = 0;
    let rest = Buffer.from(heard);
    for (let at = rest.indexOf('@@'); at >= 0 && rest.length >= at + HEAD; at = rest.indexOf('@@')) {
      const end = at + HEAD + (rest[at + 24] ?? 0) + ((rest[at + 25] ?? 0) << 8) + 3;
      if (rest.length < end) break;
      if (rest[at + 26] === CONFIRM) count++;
      rest = rest.subarray(end);
    }
    return { count, rest };
  },
};
