import { describe, expect, test } from 'vitest';
import type { Control } from '../../src/model/entry.ts';
import type { NotifySetup } from '../../src/model/notify/setup.ts';
import { unreachableDuties } from '../../src/model/notify/unreachable.ts';
import { watchDuties } from '../../src/services/observe/duty-watch.ts';
import { EVENING, HOUR_MS, MINUTE_MS, OFFICE, setupWith } from '../support/deciding.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** Days of Zhang, who has a telephone, and of Zhao, who has nothing, by turns; a shift begins at eight. */
const [rota] = OFFICE.rotas;
const setup: NotifySetup = {
  ...setupWith({ routes: [{ id: 'all', to: [{ rota: 'rota' }] }] }),
  rotas: setupWith({ routes: [] }).rotas.map((one) => ({ ...one, order: [{ primary: 'zhao' }, { primary: 'zhang' }] })),
};
/** 2026-07-03, the third turn: Zhao's, begins at 00:00 UTC. */
const ZHAOS_SHIFT = Date.UTC(2026, 6, 3, 0);

describe('shifts whose person nothing reaches', () => {
  test('are those of people without an address, and of people all of whose channels fail', () => {
    const none = () => false;
    const found = (isFailing: (id: string) => boolean, fromMs: number) =>
      unreachableDuties(setup, isFailing, fromMs, fromMs + HOUR_MS).map(({ person, failing }) => ({ person, failing }));
    expect(found(none, EVENING)).toEqual([]);
    expect(found((id) => id === 'sms', EVENING)).toEqual([{ person: 'zhang', failing: ['sms'] }]);
    expect(found(none, ZHAOS_SHIFT)).toEqual([{ person: 'zhao', failing: [] }]);
    const off = { ...setup, channels: setup.channels.map((channel) => ({ ...channel, off: true })) };
    expect(unreachableDuties(off, none, EVENING, EVENING + 1)).toMatchObject([{ person: 'zhang', failing: [] }]);
  });

  test('are none of a rota that nobody is told by, and channels of routes and steps reach too', () => {
    const failing = (routes: unknown[], ladders: unknown[] = []) => {
      const { routes: read, ladders: steps } = setupWith({ routes, ladders });
      const people = setup.people.map((person) => ({ ...person, by: [] }));
      const changed = { ...setup, people, routes: read, ladders: steps };
      return unreachableDuties(changed, () => false, EVENING, EVENING + 1).length;
    };
    const all = { id: 'all', to: [{ rota: 'rota' }] };
    expect(failing([{ id: 'all', to: [{ channel: 'robot' }] }])).toBe(0);
    expect(failing([all])).toBe(1);
    expect(failing([{ ...all, by: ['call'] }])).toBe(0);
    expect(failing([{ id: 'top', by: ['call'], routes: [all] }])).toBe(0);
    const step = { after: '5m', to: [{ rota: 'rota' }], by: ['call'] };
    expect(failing([{ id: 'all', to: [{ channel: 'robot' }], ladder: 'up' }], [{ id: 'up', steps: [step] }])).toBe(0);
  });

  test('are an alert two hours before they begin, once, until another takes the shift', () => {
    const clock = createFakeClock(ZHAOS_SHIFT - 3 * HOUR_MS);
    const said: Control[] = [];
    let present: NotifySetup | undefined = setup;
    const options = {
      clock,
      setup: () => present,
      areas: () => new Map(),
      isFailing: () => false,
      send: (one: Control) => said.push(one),
    };
    const watch = watchDuties({ ...options, timezone: 'Asia/Shanghai', standing: [] });
    clock.advance(HOUR_MS - MINUTE_MS);
    expect(said).toEqual([]);
    clock.advance(3 * MINUTE_MS);
    const condition = `duty-unreachable.${rota.id}`;
    expect(said).toEqual([expect.objectContaining({ condition, active: true, level: 'orange' })]);
    const swaps = [{ date: '2026-07-03', shift: 'all', primary: 'zhang' }];
    present = { ...setup, rotas: setup.rotas.map((one) => ({ ...one, swaps })) };
    clock.advance(MINUTE_MS);
    expect(said.at(-1)).toMatchObject({ condition, active: false });
    watch.stop();

    // One that stands from before a start ends as well, also when nobody is told of anything any more.
    present = undefined;
    said.length = 0;
    const after = watchDuties({ ...options, timezone: 'Asia/Shanghai', standing: [condition] });
    clock.advance(2 * MINUTE_MS);
    expect(said).toEqual([expect.objectContaining({ condition, active: false })]);
    after.stop();
  });
});
