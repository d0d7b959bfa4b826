import { createRouteTable } from '../../src/decode/routes.ts';
import type { Decoded, DeviceToRead } from '../../src/model/format.ts';
import type { MessageRule } from '../../src/model/messages.ts';
import { FRAME_PROTOCOLS } from '../../src/services/start/line-sources.ts';

/** Reads messages as a server does whose one profile has these rules: all of a message, or of one that is opened all parts. */
export function messageReader(device: DeviceToRead, futureMaxMs = 60_000) {
  const messages: readonly MessageRule[] | undefined = device.record.messages;
  const routeOf = createRouteTable(
    { futureMaxMs, protocols: FRAME_PROTOCOLS, sparkplug: true },
    { profiles: () => [{ messages }], version: () => 1 },
  );
  return (topic: string, payload: Uint8Array, receivedAtMs: number): Decoded => {
    const route = routeOf(topic);
    if (route === undefined) throw new Error(`no route for ${topic}`);
    if (route.kind === 'device') return route.format.read(device, topic, payload, receivedAtMs);
    const { parts, rejection } = route.format.open(topic, payload);
    const read = parts.map((part) => part.read(device, receivedAtMs));
    return {
      readings: read.flatMap(({ readings }) => readings).sort((a, b) => a.tsMs - b.tsMs),
      rejection: rejection ?? read.find((one) => one.rejection !== null)?.rejection ?? null,
      clockAheadMs: 0,
      isRepaired: read.some(({ isRepaired }) => isRepaired),
    };
  };
}
