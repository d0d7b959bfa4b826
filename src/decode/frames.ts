import type { Decoded, DeviceToRead, EnvelopeFormat } from '../model/format.ts';
import type { FrameProtocol, FrameReadings } from '../model/protocol.ts';
import { Collector } from './gather.ts';

/** Frames of a line protocol (model/protocol.ts), as a format: what they say becomes readings of the device's fields. */
export function createFrameFormat(protocol: FrameProtocol, futureMaxMs: number): EnvelopeFormat {
  return {
    name: protocol.name,
    open(topic, payload) {
      const { parts, rejection } = protocol.open(payload, topic.slice(protocol.name.length + 1));
      return {
        rejection,
        parts: parts.map((part) => ({
          devices: part.devices,
          unknownAs: part.unknownAs,
          read(device, receivedAtMs) {
            const read = part.read(device.record.protocol, receivedAtMs, device.record.id);
            return readingsOf(read, device, receivedAtMs, futureMaxMs);
          },
        })),
      };
    },
  };
}

function readingsOf(
  { items: all, rejection }: FrameReadings,
  device: DeviceToRead,
  receivedAtMs: number,
  futureMaxMs: number,
): Decoded {
  const isAsked = (name: string) => device.fields.has(name);
  const items = all.filter(({ isOptional, values }) => isOptional !== true || Object.keys(values).some(isAsked));
  // What is known and says nothing of a sensor is taken.
  if (items.length === 0) return { readings: [], rejection, clockAheadMs: 0, isRepaired: false };
  const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
  for (const { tsMs, values, bad } of items) {
    const atMs = tsMs === undefined ? receivedAtMs : collector.timeIs(tsMs);
    if (bad === undefined) {
      collector.fields(values, '', atMs, 0);
      continue;
    }
    for (const [name, value] of Object.entries(values)) {
      const field = device.fields.get(name);
      if (field !== undefined && bad.has(name)) collector.doubtful(() => collector.value(name, field, value, atMs));
      else collector.fields({ [name]: value }, '', atMs, 0);
    }
  }
  if (rejection !== null) collector.refuse(() => rejection);
  return collector.finish(false);
}
