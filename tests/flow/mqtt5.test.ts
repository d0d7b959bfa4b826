import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { afterTest } from '../support/after-test.ts';
import { type Brink, plainSite, startBrink } from '../support/brink.ts';
import { connectRaw, openRaw } from '../support/mqtt5-broker.ts';
import { PYTHONS } from '../support/pythons.ts';
import { until } from '../support/until.ts';

const rules = { high: { metric: 'v', levels: { red: { above: 40 } } } };
const site = () => {
  const spec = plainSite(2, rules);
  const { devices } = spec.site as { devices: { grants?: string[] }[] };
  if (devices[1] !== undefined) devices[1].grants = ['alerts'];
  return spec;
};

const portOf = (brink: Brink) => Number(new URL(brink.app.mqtt).port);

async function operator(brink: Brink): Promise<{ username: string; password: string }> {
  const made = await brink.call('POST', '/tokens', { name: 'operator', role: 'operator' });
  return { username: 'token', password: ((await made.json()) as { token: string }).token };
}

test('a client library that speaks 5: readings, alerts, commands, a will, a kept session; over TCP as over WebSocket', async () => {
  const brink = await startBrink(site());
  const person = await mqtt.connectAsync(brink.app.mqtt, { ...(await operator(brink)), protocolVersion: 5 });
  afterTest(() => void person.end(true));
  for (const [n, url] of [brink.app.mqtt, `${brink.app.http.replace('http', 'ws')}/mqtt`].entries()) {
    const options = { protocolVersion: 5, reconnectPeriod: 0, clientId: `of-${n}` } as const;
    const gas = { ...options, username: 'dev-1', password: 'secret-1' };
    const siren = await mqtt.connectAsync(url, { ...options, username: 'dev-2', password: 'secret-2' });
    afterTest(() => void siren.end(true));
    const alerts: string[] = [];
    siren.on('message', (topic, payload) => alerts.push(`${topic} ${JSON.parse(String(payload) || 'null')?.level}`));
    await siren.subscribeAsync('alerts/#', { qos: 1 });

    const will = { topic: 'telemetry/dev-1', payload: Buffer.from('{"on": false}'), qos: 1, retain: false } as const;
    const properties = { sessionExpiryInterval: 600, userProperties: { maker: 'somebody' } };
    const device = await mqtt.connectAsync(url, { ...gas, clean: false, properties, will });
    afterTest(() => void device.end(true));
    await device.subscribeAsync('commands/dev-1', { qos: 1 });
    for (const qos of [0, 1, 2] as const) await device.publishAsync('telemetry/dev-1', `{"v": ${41 + qos}}`, { qos });
    await until('the alert', () => alerts.includes('alerts/town/pt-1/high red'));
    device.stream.destroy();
    const newest = async (metric: string) =>
      (await brink.get<{ values: Record<string, { value: unknown }> }>('/points/pt-1')).values[metric]?.value;
    await until('the will', async () => (await newest('on')) === false);
    expect(await newest('v')).toBe(43);

    await person.publishAsync('commands/dev-1', 'reset', { qos: 1 });
    const back = mqtt.connect(url, { ...gas, clean: false, properties });
    afterTest(() => void back.end(true));
    const commands: string[] = [];
    back.on('message', (_topic, payload) => commands.push(String(payload)));
    const connack = await new Promise<{ sessionPresent: boolean }>((resolve) => back.once('connect', resolve));
    expect(connack.sessionPresent).toBe(true);
    await until('the command', () => commands.length > 0);
    // It is told, and goes on.
    await expect(back.publishAsync('telemetry/dev-2', '{"v": 1}', { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    await back.publishAsync('telemetry/dev-1', '{"v": 1, "on": true}', { qos: 2 });
    await until('the end of the alert', () => alerts.at(-1) === 'alerts/town/pt-1/high undefined');
    expect(commands).toEqual(['reset']);
    await back.endAsync();
    await siren.endAsync();
  }
});

test('exactly once, the server having been started anew between a publish and its release', async () => {
  let brink = await startBrink(site());
  const kept = { clean: false, properties: { sessionExpiryInterval: 3_600 } };
  const alarm = {
    cmd: 'publish',
    topic: 'telemetry/dev-1',
    payload: '{"v": 50}',
    qos: 2,
    messageId: 1,
    dup: false,
    retain: false,
  } as const;
  const before = await connectRaw(await openRaw(portOf(brink)), 'dev-1', 'secret-1', kept);
  before.send(alarm);
  await before.next('pubrec');
  brink = await brink.restart();
  const after = await connectRaw(await openRaw(portOf(brink)), 'dev-1', 'secret-1', kept);
  after.send({ ...alarm, dup: true });
  await after.next('pubrec');
  after.send({ cmd: 'pubrel', messageId: 1, reasonCode: 0 });
  await after.next('pubcomp');
  const { items } = await brink.get<{ items: unknown[] }>('/points/pt-1/readings?metric=v');
  expect(items).toHaveLength(1);
});

const hasMosquitto = spawnSync('mosquitto_sub', ['--help']).error === undefined;

test.runIf(hasMosquitto)(
  'mosquitto_pub and mosquitto_sub with -V 5: a breach, the alert of it, a command, a will',
  async () => {
    const brink = await startBrink(site());
    const who = (username: string, password: string) => [
      '-V',
      '5',
      '-h',
      '127.0.0.1',
      '-p',
      String(portOf(brink)),
      '-u',
      username,
      '-P',
      password,
    ];
    const heard: string[] = [];
    const listen = (...args: string[]): ChildProcess => {
      const child = spawn('mosquitto_sub', args, { stdio: ['ignore', 'pipe', 'ignore'] });
      afterTest(() => void child.kill('SIGKILL'));
      child.stdout?.setEncoding('utf8').on('data', (text: string) => heard.push(...text.trim().split('\n')));
      return child;
    };
    const publish = (...args: string[]) =>
      new Promise<number | null>((resolve) => spawn('mosquitto_pub', args, { stdio: 'ignore' }).once('exit', resolve));

    const siren = who('dev-2', 'secret-2');
    listen(...siren, '-i', 'siren', '-q', '1', '-t', 'alerts/#', '-F', '%t');
    const gas = who('dev-1', 'secret-1');
    const will = ['--will-topic', 'telemetry/dev-1', '--will-payload', '{"on": true}', '--will-qos', '1'];
    const device = listen(...gas, '-i', 'gas', '-c', '-x', '600', '-q', '1', '-t', 'commands/dev-1', ...will);
    for (const qos of ['0', '1', '2']) {
      const property = ['-D', 'publish', 'user-property', 'maker', 'somebody'];
      expect(await publish(...gas, '-q', qos, '-t', 'telemetry/dev-1', '-m', `{"v": 4${qos}}`, ...property)).toBe(0);
    }
    await until('the alert', () => heard.includes('alerts/town/pt-1/high'));

    const { username, password } = await operator(brink);
    const command = [...who(username, password), '-q', '1', '-t', 'commands/dev-1', '-m'];
    await until('the subscription, and the command', async () => {
      if (!heard.includes('open')) await publish(...command, 'open');
      return heard.includes('open');
    });
    device.kill('SIGKILL');
    await until('the will', async () => {
      const { values } = await brink.get<{ values: { on?: { value: unknown } } }>('/points/pt-1');
      return values.on?.value === true;
    });
    expect(await publish(...command, 'later')).toBe(0);
    listen(...gas, '-i', 'gas', '-c', '-x', '600', '-q', '1', '-t', 'commands/dev-1');
    await until('the command that waited', () => heard.includes('later'));
    expect(await publish(...who('dev-1', 'guessed'), '-t', 'telemetry/dev-1', '-m', '1')).not.toBe(0);
  },
);

/** A client of Python's paho: publishes with properties, hears alerts and a command, and is lost. Version 1 and 2 of it. */
const PAHO = `
import os, sys, paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.packettypes import PacketTypes

port = int(sys.argv[1])

def client(name, secret):
    made = {'client_id': name, 'protocol': mqtt.MQTTv5}
    if hasattr(mqtt, 'CallbackAPIVersion'):
        made['callback_api_version'] = mqtt.CallbackAPIVersion.VERSION2
    one = mqtt.Client(**made)
    one.username_pw_set(name, secret)
    one.on_message = lambda _client, _data, message: print(message.topic, flush=True)
    one.on_subscribe = lambda *_: print(name + ' listens', flush=True)
    return one

siren = client('dev-2', 'secret-2')
siren.on_connect = lambda *_: siren.subscribe('alerts/#', qos=1)
siren.connect('127.0.0.1', port)
siren.loop_start()

said = Properties(PacketTypes.WILLMESSAGE)
said.UserProperty = ('maker', 'somebody')
gas = client('dev-1', 'secret-1')
gas.will_set('telemetry/dev-1', '{"on": true}', qos=1, properties=said)
kept = Properties(PacketTypes.CONNECT)
kept.SessionExpiryInterval = 600
gas.on_connect = lambda *_: gas.subscribe('commands/dev-1', qos=1)
gas.connect('127.0.0.1', port, clean_start=False, properties=kept)
gas.loop_start()

for line in sys.stdin:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = ('maker', 'somebody')
    properties.ContentType = 'application/json'
    qos, payload = line.rstrip().split(' ', 1)
    gas.publish('telemetry/dev-1', payload, qos=int(qos), properties=properties).wait_for_publish(10)
os._exit(0)
`;

const python3 = PYTHONS.find((python) => spawnSync(python, ['-c', 'import paho.mqtt.client']).status === 0);

test.runIf(python3 !== undefined)('Python’s paho as MQTTv5: a breach, the alert of it, a command, a will', async () => {
  const brink = await startBrink(site());
  const python = spawn(python3 ?? '', ['-c', PAHO, String(portOf(brink))], { stdio: ['pipe', 'pipe', 'inherit'] });
  afterTest(() => void python.kill('SIGKILL'));
  const heard: string[] = [];
  python.stdout.setEncoding('utf8').on('data', (text: string) => heard.push(...text.trim().split('\n')));
  await until('both subscriptions', () => heard.includes('dev-1 listens') && heard.includes('dev-2 listens'));
  for (const qos of [0, 1, 2]) python.stdin.write(`${qos} {"v": ${41 + qos}}\n`);
  await until('the alert', () => heard.includes('alerts/town/pt-1/high'));
  const person = await mqtt.connectAsync(brink.app.mqtt, { ...(await operator(brink)), protocolVersion: 5 });
  afterTest(() => void person.end(true));
  await person.publishAsync('commands/dev-1', 'reset', { qos: 1, properties: { messageExpiryInterval: 60 } });
  await until('the command', () => heard.includes('commands/dev-1'));
  const newest = async (metric: string) =>
    (await brink.get<{ values: Record<string, { value: unknown }> }>('/points/pt-1')).values[metric]?.value;
  await until('the last reading', async () => (await newest('v')) === 43);
  // Without a goodbye.
  python.stdin.end();
  await until('the will', async () => (await newest('on')) === true);
});
