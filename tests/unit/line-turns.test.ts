import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import { frameOf } from '../../src/gateways/hj212/frame.ts';
import { hj212 } from '../../src/gateways/hj212/hj212.ts';
import { createLineSource } from '../../src/gateways/line/line-source.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import { afterTest } from '../support/after-test.ts';
import { until } from '../support/until.ts';

test('of frames that come by the hundred, so many are taken in a turn, and all in their order', async () => {
  let most = 0;
  let inTurn = 0;
  const got: string[] = [];
  const source = createLineSource({
    routeOf: createRouteTable({ futureMaxMs: 60_000, protocols: [hj212] }, { profiles: () => [], version: () => 0 }),
    clock: systemClock,
    log: pino({ level: 'silent' }),
    protocol: hj212,
    device: () => undefined,
    maySpeak: () => true,
    bucketOf: newBucket,
    refusedNames: createRefusedNames(systemClock),
    limits: DEFAULT_LIMITS,
    ingest(message, done) {
      got.push(message.device);
      done(null);
      if (inTurn++ > 0) return;
      setImmediate(() => {
        most = Math.max(most, inTurn);
        inTurn = 0;
      });
    },
  });
  afterTest(() => source.close());
  const port = await source.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect(port, '127.0.0.1');
  afterTest(() => void socket.destroy());
  const names = Array.from({ length: 300 }, (_, n) => `S${n}`);
  const frames = names.map((mn) =>
    frameOf(`QN=20260701080000000;ST=22;CN=2011;PW=123456;MN=${mn};Flag=5;CP=&&DataTime=20260701080000;a01001-Rtd=1&&`),
  );
  socket.resume().write(Buffer.concat(frames));
  await until('all of them', () => got.length === names.length);
  expect(got.map((device) => device.replace('hj212-', ''))).toEqual(names);
  expect(most).toBeLessThan(30);
});
