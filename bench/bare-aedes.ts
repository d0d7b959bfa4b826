import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** What Brink's ingest is measured against: the same broker library, doing nothing with what it is sent. */
const broker = await Aedes.createBroker();
const server = createServer({ noDelay: true }, (socket) => {
  broker.handle(socket);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${JSON.stringify({ ready: true, mqtt: `mqtt://127.0.0.1:${address.port}` })}\n`);
});
