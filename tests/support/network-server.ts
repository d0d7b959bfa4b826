import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { afterTest } from './after-test.ts';

/** A network server with a broker of its own, which keeps what it has for clients that are away. */
export async function networkServer() {
  const aedes = await Aedes.createBroker({
    authenticate: (_client, username, password, done) => done(null, username === 'app' && String(password) === 'key'),
  });
  const server = net.createServer(aedes.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(
    () =>
      new Promise<void>((resolve) => {
        aedes.close(() => server.close(() => resolve()));
      }),
  );
  const { port } = server.address() as AddressInfo;
  const url = `mqtt://127.0.0.1:${port}`;
  const client = await mqtt.connectAsync(url, { username: 'app', password: 'key' });
  afterTest(() => void client.end(true));
  const publish = (topic: string, message: unknown, retain = false) =>
    client.publishAsync(topic, JSON.stringify(message), { qos: 1, retain });
  /** The filters of each session, also of those that are away. */
  const sessions = new Map<string, Set<string>>();
  aedes.on('subscribe', (subscriptions, { id }) => {
    const own = sessions.get(id) ?? new Set();
    sessions.set(id, own);
    for (const { topic } of subscriptions) own.add(topic);
  });
  aedes.on('unsubscribe', (topics, { id }) => {
    for (const topic of topics) sessions.get(id)?.delete(topic);
  });
  aedes.on('clientDisconnect', ({ id, clean }) => void (clean && sessions.delete(id)));
  const filters = () => [...sessions.values()].flatMap((own) => [...own]);
  return { url, publish, clients: () => aedes.connectedClients, filters };
}
