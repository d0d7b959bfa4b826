import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import { pino } from 'pino';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { createMqttFeeds } from '../../src/gateways/mqtt-client/mqtt-client.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { SourceOptions } from '../../src/model/source.ts';
import { afterTest } from './after-test.ts';
import { until } from './until.ts';

/**
 * The source that is a client of other brokers, as the contract wants it: the feeds are its devices, and here is the broker,
 * which lets one in when it is to speak.
 */
export async function mqttClientSource(options: SourceOptions) {
  const { port, letIn } = await brokerOfOthers();
  const source = createMqttFeeds({
    ...options,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    installation: 'test',
    payloadBytesMax: DEFAULT_LIMITS.packetBytesMax,
    mayFeed: () => true,
  });
  await source.use(
    ['a', 'b'].map((name) => ({
      name,
      url: `mqtt://127.0.0.1:${port}`,
      user: name,
      topics: [`telemetry/${name}`],
    })),
  );
  return {
    source,
    async connect(name: string) {
      const socket = await letIn(name);
      await until('the feed', () => source.connections(name) > 0);
      const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
      const packets = parser();
      packets.on('packet', (packet) => {
        if (packet.cmd === 'puback' && packet.messageId !== undefined) waiting.get(packet.messageId)?.resolve();
      });
      socket.on('data', (bytes) => void packets.parse(bytes));
      socket.on('close', () => {
        for (const { reject } of waiting.values()) reject(new Error('the connection has ended'));
      });
      let messageId = 0;
      return {
        isConnected: () => !socket.closed,
        send(payload: string): Promise<void> {
          const id = ++messageId;
          const publish: IPublishPacket = {
            cmd: 'publish',
            topic: `telemetry/${name}`,
            payload,
            qos: 1,
            messageId: id,
            dup: false,
            retain: false,
          };
          socket.write(generate(publish));
          return new Promise((resolve, reject) => void waiting.set(id, { resolve, reject }));
        },
      };
    },
  };
}

/** A broker that answers CONNECT when its client is asked for, and SUBSCRIBE at once. */
async function brokerOfOthers() {
  const sockets = new Set<net.Socket>();
  const asking = new Map<string, net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const packets = parser();
    packets.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connect') asking.set(packet.username ?? '', socket);
      if (packet.cmd !== 'subscribe') return;
      socket.write(generate({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] }));
    });
    socket.on('data', (bytes) => void packets.parse(bytes));
  });
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async letIn(name: string): Promise<net.Socket> {
      await until(`a CONNECT of ${name}`, () => asking.get(name)?.closed === false);
      const socket = asking.get(name);
      if (socket === undefined) throw new Error('nobody asks');
      asking.delete(name);
      socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
      return socket;
    },
  };
}
