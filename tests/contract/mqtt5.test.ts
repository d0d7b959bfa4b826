import type { Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import type { UnreleasedRow } from '../../src/model/unreleased.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { connectRaw, openRaw, type RawClient, startTestBroker } from '../support/mqtt5-broker.ts';
import { until } from '../support/until.ts';

const publish = (topic: string, payload: string, more: Partial<Packet & { cmd: 'publish' }> = {}): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 1,
  messageId: 1,
  dup: false,
  retain: false,
  ...more,
});

const subscribe = (...topics: string[]): Packet => ({
  cmd: 'subscribe',
  messageId: 9,
  subscriptions: topics.map((topic) => ({ topic, qos: 1, nl: false, rap: false, rh: 0 })),
});

const USER = { userProperties: { site: 'market', of: ['a', 'b'] } };

describe('a CONNECT of version 5', () => {
  test('is told what there is and what there is not, and given an id when it has none', async () => {
    const { speak } = await startTestBroker({ limits: { packetBytesMax: 1_000_000 } });
    const named = await speak('gas-01', {
      properties: { ...USER, topicAliasMaximum: 10, requestProblemInformation: true },
    });
    expect(named.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    expect(named.connack.properties).toEqual({
      receiveMaximum: 1_000,
      maximumPacketSize: 1_000_000,
      topicAliasMaximum: 0,
      sharedSubscriptionAvailable: false,
    });
    const [one, other] = [await speak('gas-02', { clientId: '' }), await speak('gas-02', { clientId: '' })];
    const ids = [one, other].map(({ connack }) => connack.properties?.assignedClientIdentifier);
    expect(ids[0]).toMatch(/^auto-/);
    expect(ids[0]).not.toBe(ids[1]);
    expect(one.isClosed()).toBe(false);
  });

  test.each([
    ['a wrong password', { password: Buffer.from('guessed') }, 0x86],
    ['an id that is too long', { clientId: 'x'.repeat(600) }, 0x85],
    ['enhanced authentication', { properties: { authenticationMethod: 'SCRAM-SHA-256' } }, 0x8c],
  ])('with %s is refused with its reason', async (_what, more, reasonCode) => {
    const { speak, broker } = await startTestBroker();
    const { connack, isClosed } = await speak('gas-01', more);
    expect(connack).toMatchObject({ reasonCode, sessionPresent: false });
    await until('the end', isClosed);
    expect(broker.stats().connections).toBe(0);
  });

  test('with properties that mean nothing is refused with its reason', async () => {
    const { open } = await startTestBroker();
    const connect = (properties: readonly number[]) =>
      Buffer.from([
        0x10,
        14 + properties.length,
        0,
        4,
        ...Buffer.from('MQTT'),
        5,
        2,
        0,
        0,
        properties.length,
        ...properties,
        0,
        1,
        0x61,
      ]);
    for (const [properties, reasonCode] of [
      [[0x21, 0, 0], 0x82],
      [[0x21, 0, 9, 0x21, 0, 9], 0x82],
      [[0x23, 0, 1], 0x82],
      [[0x7e, 0], 0x81],
      [[0x11, 0, 0], 0x81],
    ] as const) {
      const client = await open();
      client.socket.write(connect(properties));
      expect(await client.next('connack'), String(properties)).toMatchObject({ reasonCode });
      await until('the end', client.isClosed);
    }
  });
});

describe('publishing', () => {
  test('in every quality, with properties that are passed over, is taken once each and acknowledged', async () => {
    const { speak, payloads } = await startTestBroker();
    const gas = await speak('gas-01');
    const properties = {
      ...USER,
      contentType: 'application/json',
      messageExpiryInterval: 60,
      payloadFormatIndicator: true,
    };
    gas.send(publish('telemetry/gas-01', '0', { qos: 0, properties }));
    gas.send(publish('telemetry/gas-01', '1', { qos: 1, messageId: 7, properties }));
    gas.send(publish('telemetry/gas-01', '2', { qos: 2, messageId: 8, properties }));
    expect(await gas.next('puback')).toMatchObject({ messageId: 7, reasonCode: 0 });
    expect(await gas.next('pubrec')).toMatchObject({ messageId: 8, reasonCode: 0 });
    gas.send({ cmd: 'pubrel', messageId: 8, reasonCode: 0 });
    expect(await gas.next('pubcomp')).toMatchObject({ messageId: 8, reasonCode: 0 });
    expect(payloads()).toEqual(['0', '1', '2']);
    gas.send({ cmd: 'pingreq' });
    await gas.next('pingresp');
  });

  test('to another device’s topic is refused by its reason, and the connection goes on; without an answer to say it in, it ends', async () => {
    const { speak, payloads, broker } = await startTestBroker();
    const gas = await speak('gas-01');
    gas.send(publish('telemetry/gas-02', 'x', { messageId: 3 }));
    expect(await gas.next('puback')).toMatchObject({ messageId: 3, reasonCode: 0x87 });
    gas.send(publish('telemetry/gas-02', 'x', { qos: 2, messageId: 4 }));
    expect(await gas.next('pubrec')).toMatchObject({ messageId: 4, reasonCode: 0x87 });
    gas.send(publish('telemetry/gas-01', 'own'));
    await gas.next('puback');
    expect(payloads()).toEqual(['own']);
    expect(broker.stats().refused['publish-not-allowed']).toBe(2);
    gas.send(publish('telemetry/gas-02', 'x', { qos: 0 }));
    expect(await gas.next('disconnect')).toMatchObject({ reasonCode: 0x87 });
    await until('the end', gas.isClosed);
  });

  test('who is refused all the time is read on at a pace', async () => {
    const clock = createFakeClock();
    const { speak, payloads } = await startTestBroker({ clock });
    const gas = await speak('gas-01');
    for (let n = 1; n <= 400; n++) gas.send(publish('telemetry/gas-02', 'x', { messageId: n }));
    await until('as many refusals as cost nothing', () => gas.got.length > 250);
    const other = await speak('gas-03');
    for (const [client, device] of [
      [gas, 'gas-01'],
      [other, 'gas-03'],
    ] as const) {
      client.send(publish(`telemetry/${device}`, device));
    }
    await other.next('puback');
    expect(payloads()).toEqual(['gas-03']);
    clock.advance(10_000);
    await until('its turn', () => {
      clock.advance(10);
      return payloads().length === 2;
    });
  });

  test('what cannot be stored is not acknowledged, not even with a reason: then it would not come again', async () => {
    const test = await startTestBroker();
    test.answer = (done) => done(new Error('the disk is full'));
    for (const qos of [1, 2] as const) {
      const gas = await test.speak('gas-01');
      gas.send(publish('telemetry/gas-01', 'x', { qos }));
      expect(await gas.next('disconnect')).toMatchObject({ reasonCode: 0x89 });
      await until('the end', gas.isClosed);
      expect(gas.got).toEqual([]);
    }
  });

  test('a payload that is too large is read past, properties and all, and quarantined by its beginning', async () => {
    const { speak, taken } = await startTestBroker({ limits: { packetBytesMax: 2_000 } });
    for (const properties of [undefined, { userProperties: { note: 'n'.repeat(500) } }]) {
      const gas = await speak('gas-01');
      const payload = 'y'.repeat(9_000);
      // In pieces, so that it is cut in its properties as well.
      const { generate } = (await import('mqtt-packet')).default;
      const bytes = generate(publish('telemetry/gas-01', payload, properties === undefined ? {} : { properties }), {
        protocolVersion: 5,
      });
      for (let at = 0; at < bytes.length; at += 100) {
        gas.socket.write(bytes.subarray(at, at + 100));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await gas.next('puback')).toMatchObject({ reasonCode: 0 });
      const last = taken.at(-1);
      expect(last).toMatchObject({ oversizedBytes: 9_000, topic: 'telemetry/gas-01' });
      expect(Buffer.from(last?.payload ?? []).toString()).toBe('y'.repeat(4_096));
      gas.send(publish('commands/gas-01', payload));
      expect(await gas.next('disconnect')).toMatchObject({ reasonCode: 0x95 });
      await until('the end', gas.isClosed);
    }
  });

  test('a topic alias, none having been offered, ends the connection with its reason', async () => {
    const { speak } = await startTestBroker();
    const gas = await speak('gas-01');
    gas.send(publish('telemetry/gas-01', 'x', { properties: { topicAlias: 1 } }));
    expect(await gas.next('disconnect')).toMatchObject({ reasonCode: 0x94 });
    await until('the end', gas.isClosed);
    const other = await speak('gas-01');
    other.socket.write(Buffer.from([0x30, 3, 0, 0, 0]));
    expect(await other.next('disconnect')).toMatchObject({ reasonCode: 0x82 });
  });

  test('a thousand at once are in order, each acknowledged', async () => {
    const { client, payloads } = await startTestBroker();
    const gas = await client('gas-01', 'secret of gas-01');
    const all = Array.from({ length: 1_000 }, (_, n) => String(n));
    await Promise.all(all.map((text) => gas.publishAsync('telemetry/gas-01', text, { qos: 1 })));
    expect(payloads()).toEqual(all);
  });

  test('exactly once, also when the server began anew between PUBREC and PUBREL', async () => {
    const unreleased = new Map<string, UnreleasedRow>();
    const first = await startTestBroker({ unreleased });
    const properties = { sessionExpiryInterval: 3_600 };
    const before = await first.speak('gas-01', { clean: false, properties });
    before.send(publish('telemetry/gas-01', 'alarm', { qos: 2 }));
    await before.next('pubrec');
    await first.broker.close();
    expect(await before.next('disconnect')).toMatchObject({ reasonCode: 0x8b });

    const second = await startTestBroker({ unreleased });
    const after = await second.speak('gas-01', { clean: false, properties });
    after.send(publish('telemetry/gas-01', 'alarm', { qos: 2, dup: true, properties: USER }));
    await after.next('pubrec');
    after.send({ cmd: 'pubrel', messageId: 1, reasonCode: 0 });
    await after.next('pubcomp');
    expect([...first.payloads(), ...second.payloads()]).toEqual(['alarm']);
    expect(unreleased.size).toBe(0);
    after.send(publish('telemetry/gas-01', 'alarm', { qos: 2 }));
    await after.next('pubrec');
    expect(second.payloads()).toEqual(['alarm']);
  });
});

describe('subscribing', () => {
  test('has a code for each filter, whether granted or not, and why', async () => {
    const { speak } = await startTestBroker();
    const gas = await speak('gas-01');
    gas.send(
      subscribe(
        'commands/gas-01',
        'commands/gas-02',
        'alerts/#',
        '$share/g/alerts/#',
        'commands/gas-01',
        'alerts/a/b/c',
      ),
    );
    const { granted } = await gas.next('suback');
    expect(granted).toEqual([1, 0x87, 1, 0x9e, 1, 1]);
    gas.send({ cmd: 'unsubscribe', messageId: 10, unsubscriptions: ['alerts/#', 'never/had'] });
    expect((await gas.next('unsuback')).granted).toEqual([0, 0x11]);
  });

  test('with an identifier has messages come with it, of each filter that fits, also in the next connection of the session', async () => {
    const { speak, broker } = await startTestBroker();
    const kept = { clean: false, properties: { sessionExpiryInterval: 600 } };
    const identifiersOf = async (client: RawClient) => {
      const { properties, messageId = 0 } = await client.next('publish');
      client.send({ cmd: 'puback', messageId, reasonCode: 0 });
      return properties?.subscriptionIdentifier;
    };
    const siren = await speak('siren', kept);
    for (const [n, filter] of ['alerts/market/#', 'alerts/+/p/gas', 'alerts/other/#', '#'].entries()) {
      siren.send({ ...subscribe(filter), properties: { subscriptionIdentifier: 200 + n } } as Packet);
      await siren.next('suback');
    }
    siren.send(subscribe('alerts/market/p/gas'));
    await siren.next('suback');
    await broker.publish('alerts/market/p/gas', 'red', { retain: false });
    expect(await identifiersOf(siren)).toEqual([200, 201]);
    siren.socket.destroy();
    await until('the end', siren.isClosed);
    await broker.publish('alerts/market/p/gas', 'orange', { retain: false });
    const back = await speak('siren', kept);
    expect(await identifiersOf(back)).toEqual([200, 201]);
    back.send({ cmd: 'unsubscribe', messageId: 10, unsubscriptions: ['alerts/market/#'] });
    await back.next('unsuback');
    // A subscription that is made anew without one has none any more.
    back.send(subscribe('alerts/+/p/gas'));
    await back.next('suback');
    await broker.publish('alerts/market/p/gas', 'none', { retain: false });
    expect(await identifiersOf(back)).toBeUndefined();
  });

  test('beyond the limit is refused by its reason', async () => {
    const { speak } = await startTestBroker();
    const gas = await speak('gas-01');
    gas.send(subscribe(...Array.from({ length: 201 }, (_, n) => `alerts/a/b/${n}`)));
    const { granted = [] } = await gas.next('suback');
    expect([granted.length, granted.slice(0, 200).every((code) => code === 1), granted[200]]).toEqual([
      201,
      true,
      0x97,
    ]);
  });

  test('alerts come, the retained ones at once, to whoever speaks which version', async () => {
    const { client, broker } = await startTestBroker();
    await broker.publish('alerts/market/p/gas', '{"level":"red"}', { retain: true });
    for (const protocolVersion of [5, 4] as const) {
      const siren = await client('siren', 'secret of siren', { protocolVersion, clientId: `siren-${protocolVersion}` });
      const heard: string[] = [];
      siren.on('message', (topic, payload, { retain }) => heard.push(`${topic} ${payload} ${retain}`));
      await siren.subscribeAsync('alerts/#', { qos: 1 });
      await until('the retained one', () => heard.length === 1);
      await broker.publish('alerts/market/p/gas', '{"level":"orange"}', { retain: true });
      await until('the next one', () => heard.length === 2);
      expect(heard).toEqual([
        'alerts/market/p/gas {"level":"red"} true',
        'alerts/market/p/gas {"level":"orange"} false',
      ]);
      await broker.publish('alerts/market/p/gas', '{"level":"red"}', { retain: true });
      await siren.endAsync();
    }
  });

  test('retained ones come always, or for a new subscription, or never, as it was asked for', async () => {
    const { speak, broker } = await startTestBroker();
    await broker.publish('alerts/market/p/gas', 'red', { retain: true });
    const siren = await speak('siren');
    const heardFor = async (rh: number) => {
      siren.send({
        cmd: 'subscribe',
        messageId: 9,
        subscriptions: [{ topic: 'alerts/#', qos: 1, nl: false, rap: false, rh }],
      } as Packet);
      await siren.next('suback');
      // What was retained comes before this.
      await broker.publish('alerts/market/p/next', '', { retain: false });
      const heard: string[] = [];
      for (;;) {
        const { payload, messageId = 0 } = await siren.next('publish');
        siren.send({ cmd: 'puback', messageId, reasonCode: 0 });
        if (String(payload) === '') return heard;
        heard.push(String(payload));
      }
    };
    expect(await heardFor(2)).toEqual([]);
    siren.send({ cmd: 'unsubscribe', messageId: 10, unsubscriptions: ['alerts/#'] });
    await siren.next('unsuback');
    expect([await heardFor(1), await heardFor(1), await heardFor(0)]).toEqual([['red'], [], ['red']]);
  });

  test('no more comes than the client takes at once, and nothing that is larger than it takes', async () => {
    const { speak, command } = await startTestBroker();
    const properties = { receiveMaximum: 2, maximumPacketSize: 100, sessionExpiryInterval: 3_600 };
    const gas = await speak('gas-01', { clean: false, properties });
    gas.send(subscribe('commands/gas-01'));
    await gas.next('suback');
    await command('gas-01', 'z'.repeat(200));
    for (let n = 1; n <= 5; n++) await command('gas-01', String(n));
    const texts: string[] = [];
    for (let n = 1; n <= 5; n++) {
      const { payload, messageId = 0 } = await gas.next('publish');
      texts.push(String(payload));
      // It has had at most one more than it answers here.
      expect(gas.got.filter(({ cmd }) => cmd === 'publish').length).toBeLessThanOrEqual(1);
      gas.send({ cmd: 'puback', messageId, reasonCode: n === 3 ? 0x80 : 0 });
    }
    expect(texts).toEqual(['1', '2', '3', '4', '5']);
    gas.send({ cmd: 'disconnect', reasonCode: 0 });
    await until('the end', gas.isClosed);
    // Nothing of it is left for the next time, the large one neither.
    const again = await speak('gas-01', { clean: false, properties: { sessionExpiryInterval: 3_600 } });
    expect(again.connack.sessionPresent).toBe(true);
    await command('gas-01', 'next');
    expect(String((await again.next('publish')).payload)).toBe('next');
  });
});

describe('what a message says beside its payload', () => {
  const SAID = {
    payloadFormatIndicator: true,
    contentType: 'application/json',
    responseTopic: 'telemetry/gas-01',
    correlationData: Buffer.from([0, 1, 255]),
    userProperties: { by: '张三', of: ['a', 'b'] },
  };
  const kept = { clean: false, properties: { sessionExpiryInterval: 3_600 } };

  async function withOperator(options: Parameters<typeof startTestBroker>[0] = {}) {
    const all = await startTestBroker(options);
    const operator = await connectRaw(await openRaw(all.port), 'token', 'op');
    let messageId = 0;
    const command = async (payload: string, more: Partial<Packet & { cmd: 'publish' }> = {}) => {
      operator.send(publish('commands/gas-01', payload, { messageId: ++messageId, ...more }));
      expect(await operator.next('puback')).toMatchObject({ reasonCode: 0 });
    };
    return { ...all, command, operator };
  }

  test('comes with it at once, when it waited and when it is retained; to version 3.1.1 the payload alone', async () => {
    const { speak, client, command } = await withOperator();
    const gas = await speak('gas-01', kept);
    gas.send(subscribe('commands/gas-01'));
    await gas.next('suback');
    await command('open', { properties: SAID });
    expect(await gas.next('publish')).toMatchObject({ payload: Buffer.from('open'), properties: SAID });
    gas.socket.destroy();
    await until('the end', gas.isClosed);
    await command('', { properties: SAID });
    await command('close', { properties: SAID, retain: true });
    const back = await speak('gas-01', kept);
    await back.next('publish');
    expect(await back.next('publish')).toMatchObject({ payload: Buffer.alloc(0), properties: SAID });
    expect(await back.next('publish')).toMatchObject({ payload: Buffer.from('close'), properties: SAID });
    back.send(subscribe('commands/gas-01'));
    expect(await back.next('publish')).toMatchObject({ payload: Buffer.from('close'), retain: true, properties: SAID });
    const old = await client('gas-01', 'secret of gas-01', { protocolVersion: 4, clientId: 'old' });
    const heard: string[] = [];
    old.on('message', (_topic, payload) => heard.push(String(payload)));
    await old.subscribeAsync('commands/gas-01', { qos: 1 });
    await until('the retained one', () => heard.length > 0);
    expect(heard).toEqual(['close']);
  });

  test('is left out where it would have whoever gets it end its connection', async () => {
    const { speak, command, operator } = await withOperator();
    const gas = await speak('gas-01');
    gas.send(subscribe('commands/gas-01'));
    await gas.next('suback');
    await command('one', { properties: { responseTopic: 'telemetry/#', contentType: 'text/plain' } });
    expect((await gas.next('publish')).properties).toEqual({ contentType: 'text/plain' });
    const topic = Buffer.from('\0\x0fcommands/gas-01');
    const properties = [0x03, 0, 2, 0xb0, 0xa1, 0x26, 0, 1, 0xff, 0, 1, 0x61, 0x01, 2, 0x26, 0, 1, 0x61, 0, 1, 0x62];
    operator.socket.write(
      Buffer.from([0x30, topic.length + 1 + properties.length, ...topic, properties.length, ...properties]),
    );
    expect((await gas.next('publish')).properties).toEqual({ userProperties: { a: 'b' } });
  });

  test('ends what waits longer than it may, of whatever version who waits for it; the rest says how long it may yet', async () => {
    const clock = createFakeClock();
    const { speak, command } = await withOperator({ clock });
    const gas = await speak('gas-01', kept);
    gas.send(subscribe('commands/gas-01'));
    await gas.next('suback');
    gas.socket.destroy();
    await until('the end', gas.isClosed);
    await command('open', { properties: { messageExpiryInterval: 60 } });
    await command('inform', { properties: { messageExpiryInterval: 300 } });
    await command('reset');
    await command('test', { retain: true, properties: { messageExpiryInterval: 60 } });
    clock.advance(100_000);
    const back = await speak('gas-01', kept);
    expect(await back.next('publish')).toMatchObject({
      payload: Buffer.from('inform'),
      properties: { messageExpiryInterval: 200 },
    });
    const reset = await back.next('publish');
    expect([String(reset.payload), reset.properties]).toEqual(['reset', undefined]);
    back.send(subscribe('commands/gas-01'));
    await back.next('suback');
    await command('last');
    expect(String((await back.next('publish')).payload)).toBe('last');
  });

  test('of a will comes with it', async () => {
    const { speak, port } = await withOperator();
    const gas = await speak('gas-01');
    gas.send(subscribe('commands/gas-01'));
    await gas.next('suback');
    const will = {
      topic: 'commands/gas-01',
      payload: Buffer.from('the desk is gone'),
      qos: 1 as const,
      retain: false,
      properties: { ...SAID, willDelayInterval: 0 },
    };
    const desk = await connectRaw(await openRaw(port), 'token', 'op', { clientId: 'desk', will });
    desk.socket.destroy();
    expect(await gas.next('publish')).toMatchObject({ payload: will.payload, properties: SAID });
  });
});

describe('a session', () => {
  const kept = (sessionExpiryInterval: number) => ({ clean: false, properties: { sessionExpiryInterval } });

  test('is kept as long as it was asked for, with what came meanwhile', async () => {
    const clock = createFakeClock();
    const { speak, command } = await startTestBroker({ clock });
    const away = async (expiry: number) => {
      const gas = await speak('gas-01', kept(expiry));
      gas.send(subscribe('commands/gas-01'));
      await gas.next('suback');
      gas.socket.destroy();
      await until('the end', gas.isClosed);
      return gas.connack.sessionPresent;
    };
    expect(await away(60)).toBe(false);
    await command('gas-01', 'open');
    clock.advance(59_000);
    const back = await speak('gas-01', kept(60));
    expect(back.connack.sessionPresent).toBe(true);
    expect(String((await back.next('publish')).payload)).toBe('open');
    back.send({ cmd: 'puback', messageId: 1, reasonCode: 0 });
    back.send({ cmd: 'disconnect', reasonCode: 0 });
    await until('the end', back.isClosed);
    clock.advance(61_000);
    expect(await away(0)).toBe(false);
    // One that ends with its connection is not there any more.
    expect((await speak('gas-01', kept(60))).connack.sessionPresent).toBe(false);
  });

  test('is begun anew by a clean start, and kept from then on if that was asked for', async () => {
    const { speak, command } = await startTestBroker();
    const before = await speak('gas-01', kept(600));
    before.send(subscribe('commands/gas-01', 'alerts/#'));
    await before.next('suback');
    before.socket.destroy();
    await command('gas-01', 'old');
    const fresh = await speak('gas-01', { ...kept(600), clean: true });
    expect(fresh.connack.sessionPresent).toBe(false);
    fresh.send(subscribe('commands/gas-01'));
    await fresh.next('suback');
    fresh.socket.destroy();
    await command('gas-01', 'new');
    const back = await speak('gas-01', kept(600));
    expect(back.connack.sessionPresent).toBe(true);
    expect(String((await back.next('publish')).payload)).toBe('new');
  });

  test('may be given another end with the goodbye, but not if it was to end with the connection', async () => {
    const { speak } = await startTestBroker();
    const gas = await speak('gas-01', kept(600));
    gas.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
    await until('the end', gas.isClosed);
    const short = await speak('gas-01', kept(0));
    expect(short.connack.sessionPresent).toBe(false);
    short.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 60 } });
    expect(await short.next('disconnect')).toMatchObject({ reasonCode: 0x82 });
  });

  test('that is taken over, or whose right ends, is told so', async () => {
    const { speak, broker } = await startTestBroker();
    const first = await speak('gas-01');
    const second = await speak('gas-01');
    expect(await first.next('disconnect')).toMatchObject({ reasonCode: 0x8e });
    await until('the end', first.isClosed);
    expect(second.isClosed()).toBe(false);
    broker.disconnect('gas-01');
    expect(await second.next('disconnect')).toMatchObject({ reasonCode: 0x87 });
    await until('the end', second.isClosed);
  });
});

describe('a will', () => {
  const will = (willDelayInterval: number) => ({
    will: {
      topic: 'telemetry/gas-01',
      payload: Buffer.from('gone'),
      qos: 1 as const,
      retain: false,
      properties: { willDelayInterval, ...USER },
    },
  });

  test('is told when the connection is lost or a goodbye asks for it, and not after a plain one', async () => {
    const { speak, payloads } = await startTestBroker();
    const lost = await speak('gas-01', will(0));
    lost.socket.destroy();
    await until('the will', () => payloads().length === 1);
    const asking = await speak('gas-01', will(0));
    asking.send({ cmd: 'disconnect', reasonCode: 4 });
    await until('the will', () => payloads().length === 2);
    const plain = await speak('gas-01', will(0));
    plain.send({ cmd: 'disconnect', reasonCode: 0 });
    await until('the end', plain.isClosed);
    const last = await speak('gas-01');
    last.send(publish('telemetry/gas-01', 'last'));
    await last.next('puback');
    expect(payloads()).toEqual(['gone', 'gone', 'last']);
  });

  test('waits as long as it was asked to, the session at the most, and is called off by its client’s return', async () => {
    const clock = createFakeClock();
    const { speak, payloads } = await startTestBroker({ clock });
    const away = async (delay: number, sessionExpiryInterval: number) => {
      const gas = await speak('gas-01', { clean: false, ...will(delay), properties: { sessionExpiryInterval } });
      gas.socket.destroy();
      await until('the end', gas.isClosed);
      // What Aedes does with it takes some turns.
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    await away(30, 600);
    clock.advance(29_000);
    expect(payloads()).toEqual([]);
    await away(30, 600);
    clock.advance(29_000);
    expect(payloads()).toEqual([]);
    clock.advance(2_000);
    await until('the will', () => payloads().length === 1);
    await away(30, 10);
    clock.advance(11_000);
    await until('the will', () => payloads().length === 2);
    await away(30, 600);
    // Who starts clean ends the session, and the waiting with it.
    await speak('gas-01', { clean: true });
    await until('the will', () => payloads().length === 3);
  });
});

test('whatever is no packet of version 5 ends its connection alone, with a reason', async () => {
  const { speak, client, payloads } = await startTestBroker();
  const honest = await client('honest', 'secret of honest');
  for (const [bytes, reasonCode] of [
    [[0xf0, 2, 0x18, 0], 0x82],
    [[0x82, 3, 0, 1, 0], 0x82],
    [[0x32, 12, 0, 3, 0x61, 0x2f, 0x62, 0, 1, 9, 0x26, 0, 1, 0], 0x81],
    [[0x10, 16, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 0, 0, 0, 3, 0x61, 0x62, 0x63], 0x82],
    [[0x36, 2, 0, 0], 0x80],
  ] as const) {
    const odd = await speak('odd');
    odd.socket.write(Buffer.from(bytes));
    expect(await odd.next('disconnect'), String(bytes)).toMatchObject({ reasonCode });
    await until('the end', odd.isClosed);
  }
  await honest.publishAsync('telemetry/honest', 'still here', { qos: 2 });
  expect(payloads()).toEqual(['still here']);
});
