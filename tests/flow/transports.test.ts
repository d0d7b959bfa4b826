import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { plainSite, startBrink } from '../support/brink.ts';
import { canCertify, selfSigned } from '../support/certificate.ts';

const rules = { high: { metric: 'v', levels: { red: { above: 40 } } } };
const login = { username: 'dev-1', password: 'secret-1', reconnectPeriod: 0 };

test('MQTT over WebSocket on the HTTP port is MQTT like any other', async () => {
  const brink = await startBrink(plainSite(1, rules));
  const client = await mqtt.connectAsync(`${brink.app.http.replace('http', 'ws')}/mqtt`, login);
  await client.publishAsync('telemetry/dev-1', '{"v": 41}', { qos: 2 });
  expect(await brink.alerts('active')).toMatchObject([{ point: 'pt-1', level: 'red' }]);
  await client.publishAsync('telemetry/dev-1', 'x'.repeat(9 << 20), { qos: 2 });
  const { items } = await brink.get<{ items: unknown[] }>('/quarantine');
  expect(items).toMatchObject([{ reason: 'too-large', payloadBytes: 9 << 20 }]);
  await client.endAsync(true);
});

test.runIf(canCertify)('MQTT over TLS with a given certificate; a wrong password is refused there too', async () => {
  const { files, cert } = selfSigned('localhost');
  const brink = await startBrink(plainSite(1, rules), {
    flags: ['--mqtts', '0', '--tls-cert', files.cert, '--tls-key', files.key],
  });
  const mqtts = brink.app.mqtts ?? '';
  expect(mqtts).toMatch(/^mqtts:\/\/127\.0\.0\.1:[1-9]/);
  const options = { ...login, ca: [cert], servername: 'localhost' };
  const client = await mqtt.connectAsync(mqtts, options);
  const plain = Number(new URL(brink.app.mqtt).port);
  expect(await brink.get('/version')).toMatchObject({ mqtt: { plain, tls: Number(new URL(mqtts).port) } });
  await client.publishAsync('telemetry/dev-1', '{"v": 41}', { qos: 1 });
  expect(await brink.alerts('active')).toHaveLength(1);
  const newer = await mqtt.connectAsync(mqtts, { ...options, protocolVersion: 5 });
  await newer.publishAsync('telemetry/dev-1', '{"v": 42}', { qos: 2 });
  await newer.endAsync();
  await client.publishAsync('telemetry/dev-1', 'x'.repeat(9 << 20), { qos: 1 });
  const { items } = await brink.get<{ items: unknown[] }>('/quarantine');
  expect(items).toMatchObject([{ reason: 'too-large', payloadBytes: 9 << 20 }]);
  await expect(mqtt.connectAsync(mqtts, { ...options, password: 'wrong' })).rejects.toMatchObject({ code: 4 });
  // Who guesses over TLS is told from everybody else over TLS.
  const { items: refused } = await brink.get<{ items: unknown[] }>('/refused-names');
  expect(refused).toMatchObject([{ name: 'dev-1', address: '127.0.0.1' }]);
  await client.endAsync(true);
});
