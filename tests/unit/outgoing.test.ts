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
  const outgoing = createOutgoing(BOUNDS, (session, { payload }) => dropped.push(`${session} ${payload.slice(0, 9)}`));
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
