import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';
import { decide } from '../../src/notify/decide/step.ts';
import { HOUR_MS, MINUTE_MS } from '../support/deciding.ts';
import { createFakeClock, type FakeClock, uptimeOf } from '../support/fake-clock.ts';
import { ACCEPTED, NO_ANSWER, openTestOutbox, settled } from '../support/outbox.ts';
import { robotType } from '../support/telling.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Somebody sets the clock: what is so long after something comes neither later nor sooner, whatever the clock shows. */

const setup = notifySetupSchema.parse({
  channels: [
    { id: 'robot', kind: 'wecom' },
    { id: 'second', kind: 'wecom' },
  ],
  ladders: [{ id: 'up', steps: [{ after: '3m', to: [{ channel: 'second' }] }] }],
  routes: [
    { id: 'red', match: { levels: ['red'] }, to: [{ channel: 'robot' }], ladder: 'up', repeat: '15m' },
    { id: 'rest', to: [{ channel: 'robot' }], group: { by: ['area'], wait: '5m' } },
  ],
});

const BY = [
  ['back by an hour', -HOUR_MS],
  ['forward by an hour', HOUR_MS],
] as const;

/** What was sent since the last look, by channel; all of it is accepted. */
async function sentBy(desk: ReturnType<typeof openTestOutbox>): Promise<string[]> {
  await settled();
  const fresh = desk.sent.splice(0);
  for (const one of fresh) await one.answer(ACCEPTED);
  return fresh.map(({ channel }) => channel);
}

const set = (clock: FakeClock, byMs: number) => clock.setWall(clock.nowMs() + byMs);

describe.each(BY)('a clock that is set %s', (_, byMs) => {
  test('moves neither the next step of a ladder nor the repetition', async () => {
    const desk = openTestOutbox({ step: decide, setup });
    desk.raise('a', 'red');
    expect(await sentBy(desk)).toEqual(['robot']);
    desk.clock.advance(MINUTE_MS);
    set(desk.clock, byMs);
    desk.clock.advance(2 * MINUTE_MS - 1);
    expect(await sentBy(desk)).toEqual([]);
    desk.clock.advance(1);
    expect(await sentBy(desk)).toEqual(['second']);
    desk.clock.advance(12 * MINUTE_MS - 1);
    expect(await sentBy(desk)).toEqual([]);
    desk.clock.advance(1);
    expect((await sentBy(desk)).sort()).toEqual(['robot', 'second']);
    // Set again by the same in the midst of the next: what is told at the same time of the clock is told all the same.
    set(desk.clock, -byMs);
    desk.clock.advance(15 * MINUTE_MS);
    expect((await sentBy(desk)).sort()).toEqual(['robot', 'second']);
  });

  test('moves neither the end of a wait for others nor the next attempt at a gateway', async () => {
    const desk = openTestOutbox({ step: decide, setup });
    desk.raise('a');
    desk.clock.advance(MINUTE_MS);
    set(desk.clock, byMs);
    desk.clock.advance(4 * MINUTE_MS - 1);
    expect(desk.sent).toEqual([]);
    desk.clock.advance(1);
    expect(desk.sent).toHaveLength(1);
    await desk.last().answer(NO_ANSWER);
    set(desk.clock, -byMs);
    desk.clock.advance(1_000);
    expect(desk.sent).toHaveLength(2);
  });

  test('while the server was down moves nothing either, for the machine knows how long that was', async () => {
    const path = join(temporaryFolder(), 'notify.db');
    const clock = createFakeClock();
    const first = openTestOutbox({ step: decide, setup, path, clock });
    first.raise('a', 'red');
    expect(await sentBy(first)).toEqual(['robot']);
    first.close();
    clock.advance(MINUTE_MS);
    set(clock, byMs);
    const second = openTestOutbox({ step: decide, setup, path, clock });
    clock.advance(2 * MINUTE_MS - 1);
    expect(await sentBy(second)).toEqual([]);
    clock.advance(1);
    expect(await sentBy(second)).toEqual(['second']);
  });
});

describe('a silence', () => {
  const silenced = (desk: ReturnType<typeof openTestOutbox>) => {
    const fromMs = desk.clock.nowMs();
    const silence = { id: 's', match: { levels: ['red' as const] }, fromMs, untilMs: fromMs + 2 * HOUR_MS };
    const given = { ...silence, by: 'li', reason: 'painting' };
    desk.outbox.silence(given);
    desk.raise('a', 'red');
    return given;
  };

  test('lasts no longer when the clock is set back, and not again when it is given again', async () => {
    const desk = openTestOutbox({ step: decide, setup });
    const given = silenced(desk);
    desk.clock.advance(HOUR_MS);
    set(desk.clock, -HOUR_MS);
    desk.clock.advance(HOUR_MS / 2);
    desk.outbox.silence(given);
    desk.raise('b', 'red');
    desk.clock.advance(HOUR_MS / 2 - 1);
    expect(desk.sent).toEqual([]);
    desk.clock.advance(1);
    expect(await sentBy(desk)).not.toEqual([]);
  });

  test('ends when the clock says so, when that is set forward', () => {
    const desk = openTestOutbox({ step: decide, setup });
    silenced(desk);
    desk.clock.advance(HOUR_MS / 2);
    set(desk.clock, HOUR_MS);
    desk.clock.advance(HOUR_MS / 2 - 1);
    expect(desk.sent).toEqual([]);
    desk.clock.advance(1);
    expect(desk.sent).not.toEqual([]);
  });
});

test('a clock that is set forward by days gives nothing up, and a robot is not used beyond its minute', async () => {
  const type = robotType(async () => ACCEPTED, CHANNEL_TYPES.wecom.budget({}));
  const desk = openTestOutbox({ step: decide, setup, type });
  const one = notifySetupSchema.parse({
    channels: [{ id: 'robot', kind: 'wecom' }],
    routes: [{ id: 'all', to: [{ channel: 'robot' }] }],
  });
  desk.outbox.setUp({ revision: 2, setup: one });
  const times: number[] = [];
  let elapsedMs = 0;
  for (let i = 0; i < 60; i++) {
    desk.raise(`a${i}`, 'red');
    // A board without a clock of its own hears the time from the network.
    if (i % 10 === 9) set(desk.clock, 3 * 24 * HOUR_MS);
    for (const sent of desk.sent.splice(0)) {
      times.push(elapsedMs);
      await sent.answer(ACCEPTED);
    }
    desk.clock.advance(1_000);
    elapsedMs += 1_000;
  }
  for (const atMs of times) {
    expect(times.filter((other) => other > atMs - MINUTE_MS && other <= atMs).length).toBeLessThanOrEqual(20);
  }
  for (let i = 0; i < 10; i++) {
    for (const sent of desk.sent.splice(0)) await sent.answer(ACCEPTED);
    desk.clock.advance(MINUTE_MS / 2);
  }
  for (let i = 0; i < 60; i++) expect(desk.stateOf(`a${i}`)).toEqual(['accepted']);
});

test('a machine that was started anew has no time of its own from before: deadlines are those of the clock, unless it runs back', async () => {
  for (const [byMs, restMs] of [
    [MINUTE_MS, MINUTE_MS],
    [-HOUR_MS, 2 * MINUTE_MS],
  ] as const) {
    const path = join(temporaryFolder(), 'notify.db');
    const clock = createFakeClock();
    const first = openTestOutbox({ step: decide, setup, path, clock });
    first.raise('a', 'red');
    expect(await sentBy(first)).toEqual(['robot']);
    clock.advance(MINUTE_MS);
    // Whatever is written says how late it is.
    first.outbox.seen({ user: 'nobody', seq: 1, atMs: clock.nowMs() });
    first.raise('b', 'yellow');
    first.close();
    set(clock, byMs);
    const second = openTestOutbox({ step: decide, setup, path, clock, uptime: uptimeOf(clock, 'boot-2') });
    clock.advance(restMs - 1);
    expect(await sentBy(second)).toEqual([]);
    clock.advance(1);
    expect(await sentBy(second)).toEqual(['second']);
  }
});

test('a container whose time begins anew while the machine goes on delays nothing', async () => {
  const path = join(temporaryFolder(), 'notify.db');
  const clock = createFakeClock();
  clock.advance(5 * HOUR_MS);
  const first = openTestOutbox({ step: decide, setup, path, clock });
  first.raise('a', 'red');
  expect(await sentBy(first)).toEqual(['robot']);
  first.close();
  clock.advance(MINUTE_MS);
  const startedMs = clock.steadyMs();
  const uptime = { boot: 'boot-1', ms: () => clock.steadyMs() - startedMs };
  const second = openTestOutbox({ step: decide, setup, path, clock, uptime });
  clock.advance(2 * MINUTE_MS - 1);
  expect(await sentBy(second)).toEqual([]);
  clock.advance(1);
  expect(await sentBy(second)).toEqual(['second']);
});

test('that nobody is told of an alert ends when it is over, or somebody is told of it', async () => {
  const desk = openTestOutbox({ step: decide, setup: notifySetupSchema.parse({ channels: setup.channels }) });
  desk.raise('a', 'red');
  expect(desk.said).toEqual([expect.objectContaining({ condition: 'alert-not-told', active: true })]);
  desk.raise('b', 'red');
  desk.clear('a', 'red');
  expect(desk.said.at(-1)).toMatchObject({ active: true });
  desk.clear('b', 'red');
  expect(desk.said.at(-1)).toMatchObject({ condition: 'alert-not-told', active: false });
  desk.raise('c', 'red');
  desk.outbox.setUp({ revision: 2, setup });
  expect(desk.said.at(-1)).toMatchObject({ active: false });
  expect(await sentBy(desk)).toEqual(['robot']);
});
