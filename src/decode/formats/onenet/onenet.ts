import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { isObject, type JsonObject, readJson } from '../../gather.ts';
import { nameIn, openSaid, type Said, type SaidOrNot, timeIn, type Unwrapped } from '../../platform.ts';
import { textOrNone } from '../../uplink.ts';

/** Of messages that have a number in place of a name: of a device's connection, of commands that waited for it. */
const OTHERS: readonly unknown[] = [2, 7];
const UNKNOWN = rejectionOf('unknown-message', { server: 'OneNET' });

/**
 * Messages of OneNET (中国移动) as it pushes them (its manual of HTTP push): `msg` is one or a list, as JSON or as the text of
 * it. Type 1 has a value of a data stream, named by `ds_id`, which for LwM2M is object, instance and resource
 * (`3303_0_5700`); with a model of things, `data.params` has a value and a time by the name of each property.
 */
export function createOnenet(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'onenet',
    open: (_topic, payload) => openSaid(payload, futureMaxMs, saidIn, unwrap),
  };
}

function unwrap(push: unknown): Unwrapped {
  if (!isObject(push)) return { json: push };
  const { msg, enc_msg: encrypted } = push;
  if (typeof msg === 'string') return readJson(Buffer.from(msg));
  if (msg === undefined && encrypted !== undefined) return { rejection: rejectionOf('encrypted', { name: 'enc_msg' }) };
  return { json: msg ?? push };
}

function saidIn(message: JsonObject): SaidOrNot {
  const { type, notifyType } = message;
  if (type === 1) return point(message);
  if (OTHERS.includes(type)) return [];
  if (typeof notifyType !== 'string') return UNKNOWN;
  return notifyType === 'property' || notifyType === 'event' ? properties(message) : [];
}

function point(message: JsonObject): SaidOrNot {
  const { ds_id: id, at, value } = message;
  const stream = textOrNone(id);
  if (stream === undefined) return UNKNOWN;
  const { names } = headOf(message);
  return [{ names, atMs: timeIn(at), service: stream, content: { values: { [stream]: value } } }];
}

/** Each property bears a time of its own. */
function properties(message: JsonObject): SaidOrNot {
  const { data } = message;
  const params = isObject(data) ? data.params : undefined;
  if (!isObject(params)) return UNKNOWN;
  const { names, atMs } = headOf(message);
  return Object.entries(params).map(([name, said]): Said => {
    const [value, time] = isObject(said) ? [said.value, said.time] : [said, undefined];
    return { names, atMs: timeIn(time) ?? atMs, service: name, content: { values: { [name]: value } } };
  });
}

function headOf({ imei, deviceName, dev_id, deviceId, timestamp }: JsonObject): Pick<Said, 'names' | 'atMs'> {
  return { names: [dev_id, deviceName, deviceId, imei].map(nameIn), atMs: timeIn(timestamp) };
}
