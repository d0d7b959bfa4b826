import { expect, test } from 'vitest';
import { mqttClientSource } from '../support/mqtt-client-source.ts';
import { routeOf } from '../support/native-route.ts';
import { until } from '../support/until.ts';

test('a client of another broker reads no further while much of what it sent is not on disk', async () => {
  const taken: ((error: Error | null) => void)[] = [];
  const { source, connect } = await mqttClientSource({ routeOf, ingest: (_message, done) => void taken.push(done) });
  const broker = await connect('a');
  const sent = Array.from({ length: 1_200 }, (_, i) => broker.send(`{"ch4": ${i}}`));
  await until('as many as may be under way', () => taken.length >= 1_000);
  for (let i = 0; i < 1_200; i++) {
    // Each that is on disk makes room for one.
    await until(`message ${i}`, () => taken.length > i);
    expect(taken.length).toBeLessThanOrEqual(1_000 + i);
    taken[i]?.(null);
  }
  await Promise.all(sent);
  await source.close();
});
