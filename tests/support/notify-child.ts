import { setImmediate as turn } from 'node:timers/promises';
import { readAllowedTargets } from '../../src/lib/allowed-targets.ts';
import { machineUptime, systemClock } from '../../src/lib/clock.ts';
import { LEVELS } from '../../src/model/level.ts';
import { dutyAt } from '../../src/model/notify/duty.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';
import { decide } from '../../src/notify/decide/step.ts';
import { openNotifier } from '../../src/notify/notifier.ts';
import { createTransport } from '../../src/notify/transport.ts';
import { entryOf, offered } from './telling.ts';

// All of telling people but its thread, to be killed at any instant: follows a log of so many alerts, each raised, as a
// follower would after a start, to a webhook. Says `begun` when it tells and `idle` when nothing waits any more.
const [, , path = '', url = '', count = '0'] = process.argv;

const { allowed } = readAllowedTargets(['127.0.0.1']);
const transport = createTransport({ allowed, nowMs: systemClock.nowMs });
const NOT_USED = (): never => {
  throw new Error('a webhook does not need it');
};
const notifier = openNotifier({
  timezone: 'Asia/Shanghai',
  uptime: machineUptime(),
  linkOf: () => null,
  path,
  clock: systemClock,
  step: decide,
  dutyAt,
  startsAnew: (place) => place === undefined,
  types: CHANNEL_TYPES,
  edge: { http: transport, resolve: transport.resolve, publish: NOT_USED, subscribe: NOT_USED },
  onSystem: () => undefined,
  onAnswer: () => undefined,
  onBug(error) {
    throw error;
  },
});
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
notifier.setUp({
  revision: 1,
  setup: notifySetupSchema.parse({
    channels: [{ id: 'hook', kind: 'webhook', settings: { url, secret } }],
    routes: [{ id: 'all', to: [{ channel: 'hook' }] }],
  }),
});
if (notifier.place() === undefined) notifier.begin({ log: 'log', seq: 0 }, []);
process.stdout.write('begun\n');
for (let seq = (notifier.place()?.seq ?? 0) + 1; seq <= Number(count); seq++) {
  // Some come alone and some together, as entries do.
  const atMs = systemClock.nowMs();
  notifier.take([offered(entryOf(seq, { id: `a-${seq}`, level: LEVELS[seq % LEVELS.length] ?? 'red', atMs }))]);
  if (seq % 3 === 0) await turn();
}
systemClock.every(5, () => {
  if (notifier.channels().every(({ waiting }) => waiting === 0)) process.stdout.write('idle\n');
});
// Timers of the clock do not keep a process alive.
setInterval(() => undefined, 1_000);
