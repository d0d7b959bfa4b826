import type { Commandable, DeviceCommand } from '../../model/device-command.ts';
import type { Reply, Told } from '../line/protocol.ts';
import { type Packet, timeOf } from './packet.ts';
import { type Addressed, qnOf, request, setTime } from './reply.ts';

/** What a station is told and asked (6.6 of HJ 212-2017): its clock. */

const READ_TIME = '1011';
const REQUEST_ANSWER = '9011';
const RESULT = '9012';
/** Of a request: it is going to be done; of its result: it is done (tables 6 and 7). */
const WELL = '1';

export const COMMANDABLE: Commandable = { commands: ['set-time', 'read'], readable: ['time'] };

/** What says a command to a station; undefined where the protocol has no such. A number is never given twice. */
export function toldTo(device: Addressed, command: DeviceCommand, atMs: number): Told | undefined {
  const qn = qnOf(atMs);
  if (command.kind === 'set-time') return { bytes: setTime(device, atMs), keys: [qn] };
  if (command.kind !== 'read' || command.what !== 'time' || command.place !== undefined) return undefined;
  return { bytes: request(device, READ_TIME, '', qn), keys: [qn, READ_TIME] };
}

/** What a packet says to what its station was told. */
export function repliesOf({ cn, qn = '', fields }: Packet, nowMs: number): Reply[] {
  if (cn === REQUEST_ANSWER) return [{ kind: fields.get('QnRtn') === WELL ? 'begun' : 'denied', key: qn }];
  if (cn === RESULT) return [{ kind: fields.get('ExeRtn') === WELL ? 'confirmed' : 'denied', key: qn }];
  if (cn !== READ_TIME) return [];
  const atMs = timeOf(fields.get('SystemTime'));
  if (atMs === undefined) return [];
  const values = { clock_offset_s: Math.round((atMs - nowMs) / 1_000) };
  return [{ kind: 'answered', key: READ_TIME, answers: [{ place: null, atMs, values }] }];
}
