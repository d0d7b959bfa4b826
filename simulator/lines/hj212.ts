import { beijing, type Speaker } from './speaker.ts';

/** A micro station of HJ 212-2017: real-time values, and wants an answer to each. */
export const hj212: Speaker = {
  profile: 'hj212-air',
  address: (n) => `SIM${String(n).padStart(21, '0')}`,
  id: (address) => `hj212-${address}`,

  report({ address, atMs, serial, values }) {
    const time = beijing(atMs)
      .map((part) => String(part).padStart(2, '0'))
      .join('');
    const factors = Object.entries(values)
      .filter(([name]) => name.endsWith('-Rtd'))
      .map(([name, value]) => `${name}=${value},${name.replace(/Rtd$/, 'Flag')}=N`);
    const qn = `${time}${String(serial % 1_000).padStart(3, '0')}`;
    const contents = [`DataTime=${time}`, ...factors].join(';');
    return frame(`QN=${qn};ST=22;CN=2011;PW=123456;MN=${address};Flag=5;CP=&&${contents}&&`);
  },

  answers(heard, nowMs) {
    const text = Buffer.from(heard).toString('latin1');
    const end = text.lastIndexOf('\r\n') + 1;
    const packets = text.slice(0, end).split('##');
    return {
      count: packets.filter((packet) => packet.includes(';CN=9014;')).length,
      says: packets.flatMap((packet) => repliesTo(packet, nowMs)),
      rest: heard.subarray(end === 0 ? 0 : end + 1),
    };
  },
};

/** It sets its clock when it is told to, and says what it shows. */
function repliesTo(packet: string, nowMs: number): Uint8Array[] {
  const [, qn, cn, mn] = /QN=(\d{17});ST=\d+;CN=(101[12]);PW=[^;]*;MN=([^;]+);/.exec(packet) ?? [];
  if (cn === undefined) return [];
  const say = (st: string, command: string, contents: string) =>
    frame(`QN=${qn};ST=${st};CN=${command};PW=123456;MN=${mn};Flag=4;CP=&&${contents}&&`);
  const time = beijing(nowMs)
    .map((part) => String(part).padStart(2, '0'))
    .join('');
  return [
    say('91', '9011', 'QnRtn=1'),
    ...(cn === '1011' ? [say('22', '1011', `SystemTime=${time}`)] : []),
    say('91', '9012', 'ExeRtn=1'),
  ];
}

function frame(segment: string): Uint8Array {
  let crc = 0xffff;
  for (const byte of Buffer.from(segment)) {
    crc = (crc >>> 8) ^ byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  const length = String(segment.length).padStart(4, '0');
  return Buffer.from(`##${length}${segment}${crc.toString(16).toUpperCase().padStart(4, '0')}\r\n`);
}
