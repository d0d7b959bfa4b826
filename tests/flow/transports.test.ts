import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { plainSite, startBrink } from '../support/brink.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

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

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.runIf(hasOpenssl)('MQTT over TLS with a given certificate; a wrong password is refused there too', async () => {
  const folder = temporaryFolder();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ]);
  const { createServer } = await import('node:net');
  const probe = createServer().listen(0, '127.0.0.1');
  const port = await until('a free port', () => {
    const address = probe.address();
    return typeof address === 'object' ? address?.port : undefined;
  });
  await new Promise((resolve) => probe.close(resolve));
  const brink = await startBrink(plainSite(1, rules), {
    flags: ['--mqtts', `${port}`, '--tls-cert', cert, '--tls-key', key],
  });
  expect(brink.app.mqtts).toBe(`mqtts://127.0.0.1:${port}`);
  const options = { ...login, ca: [(await import('node:fs')).readFileSync(cert)], servername: 'localhost' };
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, options);
  const plain = Number(new URL(brink.app.mqtt).port);
  expect(await brink.get('/version')).toMatchObject({ mqtt: { plain, tls: port } });
  await client.publishAsync('telemetry/dev-1', '{"v": 41}', { qos: 1 });
  expect(await brink.alerts('active')).toHaveLength(1);
  const newer = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, { ...options, protocolVersion: 5 });
  await newer.publishAsync('telemetry/dev-1', '{"v": 42}', { qos: 2 });
  await newer.endAsync();
  await client.publishAsync('telemetry/dev-1', 'x'.repeat(9 << 20), { qos: 1 });
  const { items } = await brink.get<{ items: unknown[] }>('/quarantine');
  expect(items).toMatchObject([{ reason: 'too-large', payloadBytes: 9 << 20 }]);
  await expect(mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, { ...options, password: 'wrong' })).rejects.toMatchObject(
    { code: 4 },
  );
  // Who guesses over TLS is told from everybody else over TLS.
  const { items: refused } = await brink.get<{ items: unknown[] }>('/refused-names');
  expect(refused).toMatchObject([{ name: 'dev-1', address: '127.0.0.1' }]);
  await client.endAsync(true);
});
