import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import type { ProofOf } from '../../src/notify/channel.ts';
import { readChannel } from '../../src/notify/channel-types.ts';
import { noticeOf as wordedNotice } from '../../src/notify/outbox/notice.ts';
import { afterTest } from '../support/after-test.ts';
import { alertWith } from '../support/deciding.ts';
import { edgeWith, NOTICE_AT_MS, noticeOf, situationOf } from '../support/notices.ts';
import { until } from '../support/until.ts';

/** A siren at a real broker: it is told by QoS 1, and says on a topic of its own that it sounds. */
async function opened(settings: object = {}) {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const siren = await connectAsync(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  afterTest(async () => {
    await siren.endAsync(true);
    await new Promise<void>((resolve) => broker.close(() => server.close(() => resolve())));
  });
  const commands: string[] = [];
  siren.on('message', (_topic, payload) => commands.push(payload.toString()));
  await siren.subscribeAsync('commands/siren-1', { qos: 1 });
  const proofs: ProofOf[] = [];
  const { ready } = readChannel(
    { id: 'siren', kind: 'mqtt', off: false, settings: { device: 'siren-1', ...settings } },
    {},
  );
  if (ready === null) throw new Error('settings');
  const edge = edgeWith({
    nowMs: () => NOTICE_AT_MS,
    onProof: (proof) => proofs.push(proof),
    publish: (topic, payload, { retain }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload, qos: 1, retain, dup: false } as const;
        broker.publish(packet, (error) => (error ? reject(error) : resolve()));
      }),
    subscribe: (topic, heard) => {
      const hear = (packet: { readonly payload: Buffer | string }, done: () => void) => {
        heard(packet.payload.toString());
        done();
      };
      broker.subscribe(topic, hear, () => {});
      return () => broker.unsubscribe(topic, hear, () => {});
    },
  });
  const channel = ready.open(edge);
  afterTest(() => channel.close());
  return { siren, commands, proofs, ready, channel };
}

const shownOf = (id: string, change: Parameters<typeof alertWith>[0] = {}) => ({
  alert: alertWith({ id, point: id, ...change }),
  names: { point: null, area: null, metric: null },
});

test('it is told, and that it sounds is the proof of this command', async () => {
  const { siren, commands, proofs, ready, channel } = await opened();
  expect(await channel.send(ready.compose(noticeOf(), []))).toMatchObject({ state: 'accepted', refs: ['ntc_7f3a'] });
  const command = JSON.parse(await until('the command', () => commands[0]));
  expect(command).toMatchObject({ id: 'ntc_7f3a', do: 'sound', alerts: ['a1'], level: 'red', seconds: 60 });
  await siren.publishAsync('states/siren-1', JSON.stringify({ state: 'fault', id: 'ntc_7f3a' }), { qos: 1 });
  await siren.publishAsync('states/siren-1', JSON.stringify({ state: 'sounding', id: 'other' }), { qos: 1 });
  await siren.publishAsync('states/siren-1', JSON.stringify({ state: 'sounding', id: command.id }), { qos: 1 });
  await until('the proof', () => proofs.length > 0);
  expect(proofs).toMatchObject([{ state: 'delivered', ref: 'ntc_7f3a' }]);
});

test('what is over names its alerts, so that a siren goes on for the others', async () => {
  const { commands, ready, channel } = await opened();
  await channel.send(ready.compose(noticeOf({ kind: 'cleared' }), []));
  expect(JSON.parse(await until('the command', () => commands[0]))).toMatchObject({ do: 'clear', alerts: ['a1'] });
});

test('nothing sounds for what is over, however much is at once, nor because somebody has taken it', async () => {
  const { commands, ready, channel } = await opened();
  const cleared = (id: string) => shownOf(id, { state: 'cleared' });
  const told = [
    { reasons: ['acknowledged'], alerts: [shownOf('a', { acknowledged: true })] },
    { reasons: ['deescalated'], alerts: [shownOf('a')] },
    { reasons: ['cleared', 'cleared'], alerts: [cleared('a'), cleared('b')] },
    { reasons: ['raised', 'cleared'], alerts: [shownOf('a'), cleared('b')] },
  ] as const;
  for (const of of told) {
    const spec = { id: 'n', language: 'zh', atMs: NOTICE_AT_MS, link: null, code: null, ...of } as const;
    await channel.send(ready.compose(wordedNotice(spec, { timezone: 'Asia/Shanghai', templates: [] }), []));
  }
  await until('all commands', () => commands.length === told.length);
  expect(commands.map((text) => JSON.parse(text) as { do: string; cleared: string[] })).toMatchObject([
    { do: 'show', cleared: [] },
    { do: 'show', cleared: [] },
    { do: 'clear', cleared: ['a', 'b'] },
    { do: 'sound', alerts: ['a', 'b'], cleared: ['b'] },
  ]);
});

test('a relay hears a word, says it, and hears of no end', async () => {
  const { siren, commands, proofs, ready, channel } = await opened({ form: 'plain', on: 'ALARM' });
  await channel.send(ready.compose(noticeOf({ kind: 'cleared' }), []));
  await channel.send(ready.compose(noticeOf({ id: 'two' }), []));
  expect(await until('the word', () => commands[0])).toBe('ALARM');
  await siren.publishAsync('states/siren-1', 'OFF', { qos: 1 });
  await siren.publishAsync('states/siren-1', 'ALARM', { qos: 1 });
  await until('the proof', () => proofs.length > 0);
  expect(proofs).toMatchObject([{ state: 'delivered', ref: 'two' }]);
  expect(commands).toEqual(['ALARM']);
});

test('a situation names all its alerts', async () => {
  const { ready } = await opened();
  expect(ready.compose(situationOf(300), [])).toMatchObject({ leftOut: 0, alerts: { length: 300 } });
});

test('of two commands the state names the one that is obeyed', async () => {
  const { siren, proofs, ready, channel } = await opened();
  for (const id of ['one', 'two']) await channel.send(ready.compose(noticeOf({ id }), []));
  await siren.publishAsync('states/siren-1', JSON.stringify({ state: 'sounding', id: 'two' }), { qos: 1 });
  await until('the proof', () => proofs.length > 0);
  expect(proofs.map(({ ref }) => ref)).toEqual(['two']);
});
