import { COMMAND, type Frame, frameTo, nextFrame, readFrame } from '../../src/gateways/gbt26875/frame.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import { lineClient } from './line-client.ts';
import { until } from './until.ts';

/** A transmission device of GB/T 26875.3 that has connected to a listener and said that it is there. */
export async function fireTransmitter(listener = '', address = '') {
  const client = await lineClient(Number(new URL(listener).port));
  const there = { version: [1, 1] as const, source: '000000000001', destination: address };
  let serial = 1_000;
  const say = (command: number, data: Uint8Array = Buffer.alloc(0), number = ++serial) =>
    client.send(frameTo(there, { serial: number, time: tagOf(Date.now(), 'binary'), command, data }));
  const heard = () => {
    const frames: Frame[] = [];
    for (let rest: Uint8Array = Buffer.from(client.heard(), 'latin1'); ; ) {
      const next = nextFrame(rest);
      if (next.kind === 'more') return frames;
      const frame = readFrame(rest.subarray(next.start, next.end));
      if (frame !== undefined) frames.push(frame);
      rest = rest.subarray(next.end);
    }
  };
  say(COMMAND.alive);
  await until('its confirmation', () => heard().length === 1);
  /** The n-th thing that it was told or asked. */
  const told = async (n: number): Promise<Frame> => {
    const commands = () => heard().filter(({ command }) => command === COMMAND.control || command === COMMAND.request);
    await until('a command', () => commands().length >= n);
    return commands()[n - 1] as Frame;
  };
  return { say, told, client };
}
