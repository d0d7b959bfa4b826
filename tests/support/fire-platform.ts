import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { COMMAND, type Frame, frameTo, nextFrame, readFrame } from '../../src/gateways/gbt26875/frame.ts';
import { bitsSet, COMPONENT_BITS } from '../../src/gateways/gbt26875/states.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import { readUnit, TYPE, type Unit } from '../../src/gateways/gbt26875/unit.ts';
import { stateOf } from '../../src/gateways/gbt26875/values.ts';
import { afterTest } from './after-test.ts';

/** What stands in for a fire monitoring platform: it hears transmission devices over TCP, and confirms as it is told. */
export interface FirePlatform {
  readonly port: number;
  readonly heard: { readonly frame: Frame; readonly unit: Unit }[];
  /** How it answers what it is sent. */
  answer: 'confirm' | 'deny' | 'none';
  /** The states of components by `SYSTEM-ADDRESS`, as it was told last. */
  readonly components: Map<string, string[]>;
  connections(): number;
  /** Asks or orders something of who has connected last. */
  say(command: number, data: Uint8Array): void;
  cut(): void;
}

export async function firePlatform(): Promise<FirePlatform> {
  const sockets: Socket[] = [];
  let count = 0;
  let serial = 1_000;
  const server = createServer((socket) => {
    sockets.push(socket);
    count++;
    let rest: Uint8Array = new Uint8Array(0);
    socket.on('error', () => {});
    socket.on('data', (piece: Uint8Array) => {
      rest = Buffer.concat([rest, piece]);
      for (let next = nextFrame(rest); next.kind === 'frame'; next = nextFrame(rest)) {
        const frame = readFrame(rest.slice(next.start, next.end));
        rest = rest.slice(next.end);
        if (frame !== undefined) take(socket, frame);
      }
    });
  });

  function take(socket: Socket, frame: Frame): void {
    const unit = readUnit(frame.data);
    platform.heard.push({ frame, unit });
    if (frame.command !== COMMAND.send || platform.answer === 'none') return;
    const time = tagOf(Date.now(), 'binary');
    const command = platform.answer === 'deny' ? COMMAND.deny : COMMAND.confirm;
    if (command === COMMAND.confirm && unit.type === TYPE.componentState) {
      for (const object of unit.objects) {
        const states = bitsSet(stateOf(object, undefined), COMPONENT_BITS);
        platform.components.set(`${object.systemAddress}-${object.componentAddress}`, states);
      }
    }
    socket.write(frameTo(frame, { serial: frame.serial, time, command, data: new Uint8Array(0) }));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const platform: FirePlatform = {
    port: (server.address() as AddressInfo).port,
    heard: [],
    answer: 'confirm',
    components: new Map(),
    connections: () => count,
    say(command, data) {
      const there = { version: [1, 1] as const, source: '0a0b0c0d0e0f', destination: '000000000001' };
      sockets.at(-1)?.write(frameTo(there, { serial: ++serial, time: tagOf(Date.now(), 'binary'), command, data }));
    },
    cut() {
      for (const socket of sockets.splice(0)) socket.destroy();
    },
  };
  afterTest(() => {
    platform.cut();
    server.close();
  });
  return platform;
}
