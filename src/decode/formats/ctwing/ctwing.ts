import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { foundOf, isObject, type JsonObject } from '../../gather.ts';
import { frameIn, nameIn, openSaid, type Said, type SaidOrNot, timeIn } from '../../platform.ts';
import { textOrNone } from '../../uplink.ts';

/** Kinds of messages that tell of a device's connection, of commands to it, or of what the platform has registered. */
const OTHERS = /online|offline|response|command|upgrade|device(?:add|create|delete|update|active)|product/i;

/**
 * Messages of CTWing (天翼物联, AEP) as it pushes them: `dataReport` has what the device's model made of its data
 * (`serviceData`), the bytes of a product that is passed through (`APPdata` in base64, `msg` in hex over MQTT), or what a
 * device sent as JSON by itself; `eventReport` an event of the model.
 */
export function createCtwing(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'ctwing',
    open: (_topic, payload) => openSaid(payload, futureMaxMs, saidIn),
  };
}

function saidIn(message: JsonObject): SaidOrNot {
  const { messageType: kind, payload } = message;
  if (kind === 'dataReport') return isObject(payload) ? reported(message, payload) : noObject(payload);
  if (kind === 'eventReport') {
    const { eventContent: values } = message;
    return isObject(values) ? [{ ...headOf(message), content: { values } }] : noObject(values);
  }
  return typeof kind === 'string' && OTHERS.test(kind) ? [] : rejectionOf('unknown-message', { server: 'CTWing' });
}

function reported(message: JsonObject, payload: JsonObject): SaidOrNot {
  const head = headOf(message);
  const { serviceData, APPdata, msg } = payload;
  if (isObject(serviceData)) {
    return [{ ...head, service: textOrNone(payload.serviceId) ?? head.service, content: { values: serviceData } }];
  }
  if (APPdata !== undefined) return saidOf(head, frameIn('APPdata', APPdata, 'base64'));
  const frame = frameIn('msg', msg, 'hex');
  // A device that sends JSON of its own may have a key of that name in it.
  const isOwn = Object.keys(payload).length > 1 || msg === undefined;
  if (isOwn && (frame === undefined || !('bytes' in frame))) return [{ ...head, content: { values: payload } }];
  return saidOf(head, frame);
}

function saidOf(head: Omit<Said, 'content'>, frame: ReturnType<typeof frameIn>): SaidOrNot {
  if (frame === undefined) return [];
  return 'bytes' in frame ? [{ ...head, content: frame }] : frame;
}

function headOf({ deviceId, IMEI, timestamp, serviceId }: JsonObject): Omit<Said, 'content'> {
  return { names: [nameIn(deviceId), nameIn(IMEI)], atMs: timeIn(timestamp), service: textOrNone(serviceId) };
}

function noObject(found: unknown): SaidOrNot {
  return rejectionOf('not-an-object', { found: foundOf(found) });
}
