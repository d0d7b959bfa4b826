import mqtt, { type MqttClient } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { plainSite, startBrink } from '../support/brink.ts';
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
});
