import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { foundOf, isObject, type JsonObject, readJson } from '../../gather.ts';
import { frameIn, nameIn, openSaid, type Said, type SaidOrNot, timeIn } from '../../platform.ts';
import { textOrNone } from '../../uplink.ts';

const UNKNOWN = rejectionOf('unknown-message', { server: 'IoTDA' });
/** What the platform tells of devices, products and tasks, beside what devices say. */
const OTHERS = /^(?:device|product|batchtask)\b/;
const HEX = /^(?:[\da-f]{2})+$/i;

/**
 * Messages of Huawei Cloud IoTDA as it forwards them (Push a Device Property / Message Reporting Notification):
 * `device.property` has the services of the device's model, each with properties and a time; `device.message` what a device
 * sent by itself, as JSON or as bytes.
 */
export function createIotda(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'iotda',
    open: (_topic, payload) => openSaid(payload, futureMaxMs, saidIn),
  };
}

function saidIn(message: JsonObject): SaidOrNot {
  const { resource, event, notify_data: data } = message;
  if (typeof resource !== 'string' || typeof event !== 'string') return UNKNOWN;
  const isReport = event === 'report' && (resource === 'device.property' || resource === 'device.message');
  if (!isReport) return OTHERS.test(resource) ? [] : UNKNOWN;
  const { header, body } = isObject(data) ? data : {};
  if (!isObject(header) || !isObject(body)) return UNKNOWN;
  const { device_id, node_id } = header;
  const head = {
    names: [nameIn(device_id), nameIn(node_id)],
    atMs: timeIn(message.event_time_ms, message.event_time),
    service: undefined,
  };
  return resource === 'device.property' ? services(head, body) : sent(head, body);
}

function services(head: Omit<Said, 'content'>, { services: list }: JsonObject): SaidOrNot {
  if (!Array.isArray(list)) return UNKNOWN;
  return list.filter(isObject).flatMap(({ service_id: id, properties, event_time: time }): Said[] => {
    if (!isObject(properties)) return [];
    const service = textOrNone(id);
    // By their own names, and with that of their service, for several may have a battery.
    const isFree = service !== undefined && !Object.hasOwn(properties, service);
    const values = isFree ? { ...properties, [service]: properties } : properties;
    return [{ ...head, atMs: timeIn(time) ?? head.atMs, service, content: { values } }];
  });
}

function sent(head: Omit<Said, 'content'>, { content }: JsonObject): SaidOrNot {
  if (isObject(content)) return [{ ...head, content: { values: content } }];
  if (typeof content !== 'string') return rejectionOf('not-an-object', { found: foundOf(content) });
  const read = content.trimStart().startsWith('{') ? readJson(Buffer.from(content)) : undefined;
  if (read !== undefined) {
    if (read.rejection !== undefined) return read.rejection;
    return isObject(read.json) ? [{ ...head, content: { values: read.json } }] : UNKNOWN;
  }
  const frame = frameIn('content', content, HEX.test(content) ? 'hex' : 'base64');
  if (frame === undefined) return [];
  return 'bytes' in frame ? [{ ...head, content: frame }] : frame;
}
