import { expect, test } from 'vitest';
import type { AliyunTaken } from '../../simulator/gateways/aliyun.ts';
import type { GatewayResult, Received } from '../../simulator/gateways/gateway.ts';
import { createStandInPeople } from '../../simulator/gateways/people.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** The people of the demo: one never answers, the others do by code, by key and by link, each after a while. */

function startPeople() {
  const clock = createFakeClock();
  const taken: AliyunTaken[] = [];
  const said: string[] = [];
  const people = createStandInPeople({
    silent: () => ['1'],
    taken: () => taken,
    inGroup: '王丽',
    pressLink: (link, name) => said.push(`${name} ${link}`),
    reply: (phone, code) => said.push(`${phone} ${code}`),
    after: clock.after,
  });
  const hear = (shown?: GatewayResult['shown'], isTaken = true) => {
    const result: GatewayResult = { status: 200, body: {}, isTaken, ...(shown === undefined ? {} : { shown }) };
    people.hear({
      path: '/',
      atMs: 0,
      headers: {},
      query: new URLSearchParams(),
      text: '',
      json: {},
      result,
    } as Received);
  };
  const take = (action: string, phone: string, query: Readonly<Record<string, string>> = {}): AliyunTaken => {
    const message: AliyunTaken = { action, phone, ref: `r${taken.length}`, query };
    taken.push(message);
    hear();
    return message;
  };
  return { clock, said, hear, take, people };
}

test('a call is answered by its key and an SMS by its code, but for who never answers', () => {
  const { clock, said, take } = startPeople();
  const call = take('IvrCall', '2', { 'MenuKeyMap.1.Key': '7' });
  const rings = take('IvrCall', '1');
  const sms = take('SendSms', '2', { TemplateParam: '{"code":"4711"}' });
  expect([call.outcome, sms.outcome]).toEqual([undefined, { isDelivered: true }]);
  clock.advance(60_000);
  expect(call.outcome).toEqual({ isDelivered: true, key: '7' });
  expect(rings.outcome).toBeUndefined();
  expect(said).toEqual(['2 4711']);
});

test('of messages in the chat one in three is answered by its link; what was refused, or has none, by nobody', () => {
  const { clock, said, hear, people } = startPeople();
  const shown = (at: number) => ({
    title: '',
    text: `[处置](http://127.0.0.1:8080/answer/token-${at})`,
    mentions: [],
    link: null,
  });
  hear({ title: '', text: '已解除', mentions: [], link: null });
  hear(shown(0), false);
  for (let at = 1; at <= 4; at++) hear(shown(at));
  clock.advance(60_000);
  expect(said).toEqual([1, 4].map((at) => `王丽 http://127.0.0.1:8080/answer/token-${at}`));
  hear(shown(5));
  hear(shown(6));
  hear(shown(7));
  people.stop();
  clock.advance(60_000);
  expect(said).toHaveLength(2);
});
