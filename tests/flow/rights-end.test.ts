import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import mqtt, { type MqttClient } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

/** Everything that lives by a right, and what ends the right; each ends with it and nothing else does. */
test('connections end with the right that they were made with', async () => {
  const brink = await startBrink(plainSite(4, { high: { metric: 'v', levels: { red: { above: 40 } } } }));
  const tokenOf = async (name: string, role: string) => {
    const made = await brink.call('POST', '/tokens', { name, role });
    return (await made.json()) as { token: string; id: string };
  };
  const open = async (username: string, password: string): Promise<MqttClient> => {
    const client = await mqtt.connectAsync(brink.app.mqtt, { username, password, reconnectPeriod: 0 });
    onTestFinished(() => void client.end(true));
    return client;
  };
  const [feeder, other] = [await tokenOf('feeder', 'engineer'), await tokenOf('other', 'engineer')];
  const overSocket = await mqtt.connectAsync(`${brink.app.http.replace('http', 'ws')}/mqtt`, {
    username: 'token',
    password: feeder.token,
    reconnectPeriod: 0,
  });
  onTestFinished(() => void overSocket.end(true));
  const live = new WebSocket(`${brink.app.http.replace('http', 'ws')}/api/v1/live`, {
    headers: { authorization: `Bearer ${feeder.token}` },
  });
  onTestFinished(() => live.terminate());
  await until('the live channel', () => live.readyState === WebSocket.OPEN);
  const clients = {
    feeder: await open('token', feeder.token),
    overSocket,
    other: await open('token', other.token),
    'dev-1': await brink.device('dev-1'),
    'dev-2': await brink.device('dev-2'),
    'dev-3': await brink.device('dev-3'),
    'dev-4': await brink.device('dev-4'),
  };
  const open1 = () =>
    Object.entries(clients)
      .filter(([, { connected }]) => connected)
      .map(([name]) => name);
  const ends = async (names: readonly string[], act: () => Promise<Response>) => {
    const left = open1().filter((name) => !names.includes(name));
    expect((await act()).ok).toBe(true);
    await until(`the end of ${names}`, () => names.every((name) => !open1().includes(name)));
    expect(open1()).toEqual(left);
  };

  await clients.feeder.publishAsync('telemetry/dev-1', '{"v":1}', { qos: 1 });
  await ends(['feeder', 'overSocket'], () => brink.call('DELETE', `/tokens/${feeder.id}`));
  await until('the end of the live channel', () => live.readyState === WebSocket.CLOSED);
  await expect(open('token', feeder.token)).rejects.toMatchObject({ code: 4 });

  const device = (n: number, more: Record<string, unknown>) =>
    brink.call('PUT', `/devices/dev-${n}`, { profile: 'plain', points: [{ id: `pt-${n}`, area: 'town' }], ...more });
  await ends([], () => device(1, { secret: 'secret-1' }));
  await ends(['dev-1'], () => device(1, { secret: 'another secret' }));
  await ends(['dev-2'], () => device(2, { grants: ['alerts'] }));
  await ends(['dev-3'], () => brink.call('DELETE', '/devices/dev-3'));
  await clients.other.publishAsync('telemetry/dev-4', '{"v":41}', { qos: 1 });
  expect(await brink.alerts('active')).toMatchObject([{ point: 'pt-4' }]);
  await ends(['dev-4'], () => brink.call('POST', '/devices/dev-4/secret'));
});

test('long calls end with the token that they were made with: a file that goes out, one that comes in, a device’s message', async () => {
  const brink = await startBrink(plainSite(1, { high: { metric: 'v', levels: { red: { above: 40 } } } }));
  const device = await brink.device('dev-1');
  // More than the network holds for somebody who takes nothing.
  for (let batch = 0; batch < 24; batch++) {
    const readings = Array.from({ length: 10_000 }, (_, i) => ({
      ts: Date.UTC(2026, 4, 1) + batch * 10_000 + i,
      values: { v: 1 + Math.sin(i) },
    }));
    await publish(device, readings);
  }
  const made = await Promise.all(
    ['revoked', 'staying'].map(async (name) => {
      const answer = await brink.call('POST', '/tokens', { name, role: 'engineer' });
      return (await answer.json()) as { token: string; id: string };
    }),
  );
  const [revoked, staying] = await Promise.all(made.map(({ token }) => exported(brink, token)));
  const importing = await startUpload(brink, made[0]?.token ?? '', '/readings/import', 'point,metric,time,value\n');
  const feeding = await startUpload(brink, made[0]?.token ?? '', '/ingest/dev-1', '{"v": ');
  expect([importing.destroyed, feeding.destroyed]).toEqual([false, false]);
  expect((await brink.call('DELETE', `/tokens/${made[0]?.id}`)).ok).toBe(true);
  await until('the end of both', () => importing.destroyed && feeding.destroyed);
  // Half a file never looks like a whole one.
  await expect(revoked?.()).rejects.toThrow();
  expect((await staying?.())?.length).toBeGreaterThan(10_000_000);
});

/** An export whose answer nobody reads before the function that it gives is called. */
async function exported(brink: Brink, token: string): Promise<() => Promise<string>> {
  const url = `${brink.app.http}/api/v1/readings/export`;
  const call = request(url, { headers: { authorization: `Bearer ${token}` }, agent: false });
  call.end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return async () => {
    let text = '';
    for await (const piece of answer) text += String(piece);
    return text;
  };
}

/** An upload that does not end. */
async function startUpload(brink: Brink, token: string, path: string, beginning: string): Promise<ClientRequest> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  const call = request(`${brink.app.http}/api/v1${path}`, { method: 'POST', headers, agent: false });
  call.on('error', () => {});
  onTestFinished(() => void call.destroy());
  await new Promise((resolve) => call.write(beginning, resolve));
  return call;
}
