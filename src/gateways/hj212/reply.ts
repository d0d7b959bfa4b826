import { chinaClock } from '../line/china-time.ts';
import { frameOf } from './frame.ts';
import type { Packet } from './packet.ts';
import { isMeasured } from './values.ts';

/** The system that talks to devices is number 91 of table 5. */
const PLATFORM = '91';
const DATA_ANSWER = '9014';
const NOTICE_ANSWER = '9013';
const SET_TIME = '1012';
/** A device asks for the time. */
const ASKS_FOR_TIME = '1013';
/** Data and log of a device that are not measured values: it was started, samples, parameters. */
const OTHER_DATA = new Set(['2081', '3019', '3020']);

/**
 * What a device is told of a packet: 9014 of data and 9013 of a notice, where it wants an answer. To one that asks for the
 * time it is given beside. Commands and answers are not answered.
 */
export function answersTo(packet: Packet, nowMs: number): Uint8Array[] {
  if (packet.cn === ASKS_FOR_TIME) return [...answer(packet, NOTICE_ANSWER), setTime(packet, nowMs)];
  if (isMeasured(packet) || OTHER_DATA.has(packet.cn)) return answer(packet, DATA_ANSWER);
  return [];
}

function answer({ qn, pw, mn, flag }: Packet, command: string): Uint8Array[] {
  if (flag === undefined || (flag & 1) === 0 || qn === undefined) return [];
  // The edition stays; nothing is to be answered to an answer, and it is in one packet.
  const plain = flag & ~3;
  return [frameOf(`QN=${qn};ST=${PLATFORM};CN=${command};PW=${pw};MN=${mn};Flag=${plain};CP=&&&&`)];
}

/** How a device is addressed, by what it has said. */
export type Addressed = Pick<Packet, 'st' | 'pw' | 'mn' | 'flag'>;

/** Sets the clock of a device. */
export function setTime(device: Addressed, nowMs: number): Uint8Array {
  return request(device, SET_TIME, `SystemTime=${qnOf(nowMs).slice(0, 14)}`, qnOf(nowMs));
}

/** The time of a moment, as requests are numbered by it. */
export function qnOf(atMs: number): string {
  const [year, ...rest] = chinaClock(atMs);
  const ms = rest.pop() ?? 0;
  return `${year}${rest.map((part) => String(part).padStart(2, '0')).join('')}${String(ms).padStart(3, '0')}`;
}

/** A request that wants an answer. */
export function request(
  { st, pw, mn, flag = 0 }: Addressed,
  command: string,
  contents: string,
  qn: string,
): Uint8Array {
  const wantsAnswer = (flag & ~3) | 1;
  return frameOf(`QN=${qn};ST=${st};CN=${command};PW=${pw};MN=${mn};Flag=${wantsAnswer};CP=&&${contents}&&`);
}
