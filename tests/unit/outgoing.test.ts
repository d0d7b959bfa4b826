import type { AedesPublishPacket } from 'aedes';
import { describe, expect, test } from 'vitest';
import { createOutgoing } from '../../src/broker/outgoing.ts';

const BOUNDS = { messagesMax: 3, bytesMax: 10_000, totalBytesMax: 20_000 };

let counter = 0;
const packet = (text: string): AedesPublishPacket => ({
  cmd: 'publish',
  brokerId: 'b',
  brokerCounter: ++counter,
  topic: 'commands/d',
  payload: Buffer.from(text),
  qos: 1,
  dup: false,
  retain: false,
});

function queues() {
  const dropped: string[] = [];
  const outgoing = createOutgoing(BOUNDS, {
    beside: () => 0,
    onDropped: (session, { payload }) => dropped.push(`${session} ${payload.slice(0, 9)}`),
  });
  return {
    ...outgoing,
    dropped,
    put: (session: string, ...texts: string[]) =>
      Promise.all(texts.map((text) => outgoing.outgoingEnqueueCombi([{ clientId: session }], packet(text)))),
    async waiting(session: string): Promise<string[]> {
      const texts: string[] = [];
      for await (const { payload } of outgoing.outgoingStream({ id: session })) texts.push(String(payload.slice(0, 9)));
      return texts;
    },
  };
}

describe('what waits for a session', () => {
  test('counts with what is kept beside it', async () => {
    const dropped: string[] = [];
    const outgoing = createOutgoing(BOUNDS, {
      beside: (payload) => (String(payload) === 'small' ? 9_000 : 0),
      onDropped: (_session, { payload }) => dropped.push(String(payload)),
    });
    for (const text of ['small', 'small', 'plain']) await outgoing.outgoingEnqueue({ clientId: 'a' }, packet(text));
    expect(dropped).toEqual(['small']);
  });

  test('waits once, by however many of its filters it comes', async () => {
    const all = queues();
    await all.outgoingEnqueueCombi([{ clientId: 'a' }, { clientId: 'b' }, { clientId: 'a' }], packet('1'));
    expect([await all.waiting('a'), await all.waiting('b')]).toEqual([['1'], ['1']]);
  });

  test('and is not to be sent after all is taken out, and not another that has no id yet either', async () => {
    const all = queues();
    const [one, two] = [packet('1'), packet('2')];
    await all.outgoingEnqueueCombi([{ clientId: 'a' }], one);
    await all.outgoingEnqueueCombi([{ clientId: 'a' }], two);
    const { brokerId, brokerCounter } = two;
    await all.outgoingClearMessageId({ id: 'a' }, { messageId: undefined, brokerId, brokerCounter });
    await all.outgoingClearMessageId({ id: 'a' }, { messageId: undefined, brokerId: null });
    expect(await all.waiting('a')).toEqual(['1']);
  });

  test('is so many messages at most, the latest ones', async () => {
    const all = queues();
    await all.put('a', '1', '2', '3', '4', '5');
    await all.put('b', '6');
    expect([await all.waiting('a'), await all.waiting('b'), all.dropped]).toEqual([
      ['3', '4', '5'],
      ['6'],
      ['a 1', 'a 2'],
    ]);
  });

  test('is so many bytes at most, but for one message', async () => {
    const all = queues();
    await all.put('a', 'x'.repeat(6_000), 'y'.repeat(6_000), 'z'.repeat(15_000));
    expect([await all.waiting('a'), all.dropped]).toEqual([['zzzzzzzzz'], ['a xxxxxxxxx', 'a yyyyyyyyy']]);
  });

  test('makes room for others when all together are too much: who has waited longest first', async () => {
    const all = queues();
    for (const session of ['a', 'b', 'c']) await all.put(session, session.repeat(9_000));
    expect([await all.waiting('a'), await all.waiting('b'), await all.waiting('c')]).toEqual([
      [],
      ['bbbbbbbbb'],
      ['ccccccccc'],
    ]);
    await all.put('d', 'd'.repeat(25_000));
    expect(await Promise.all(['b', 'c', 'd'].map(all.waiting))).toEqual([[], [], []]);
    all.forget('d');
    await all.put('a', '1');
    expect(await all.waiting('a')).toEqual(['1']);
  });

  test('goes with its acknowledgement; one that has made room meanwhile costs nobody the connection', async () => {
    const all = queues();
    const sent = packet('sent');
    await all.outgoingEnqueue({ clientId: 'a' }, sent);
    await all.outgoingUpdate({ id: 'a' }, { ...sent, messageId: 7 });
    await all.put('a', '1', '2');
    expect(await all.outgoingClearMessageId({ id: 'a' }, { messageId: 7 })).toMatchObject({ messageId: 7 });
    expect(await all.waiting('a')).toEqual(['1', '2']);
    await all.outgoingUpdate({ id: 'a' }, { ...sent, messageId: 8 });
    expect(await all.outgoingClearMessageId({ id: 'a' }, { messageId: 8 })).toBeUndefined();
    expect(await all.outgoingClearMessageId({ id: 'nobody' }, { messageId: 8 })).toBeUndefined();
  });
});
