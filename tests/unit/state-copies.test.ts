import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openAlertStore, type StoreChange } from '../../src/alerts/store.ts';
import { startStateCopies, stateCopiesIn } from '../../src/services/upkeep/state-copies.ts';
import { alertOf } from '../support/console-alerts.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
const nothing: Omit<StoreChange, 'cursor' | 'replayFrom'> = {
  events: [],
  alerts: [],
  retired: [],
  checkpoints: [],
  maintenance: [],
  memory: new Map(),
};

test('a copy is made now and then, holds the state without its history, and goes when the journal no longer reaches it', async () => {
  const folder = temporaryFolder();
  const from = join(folder, 'alerts.db');
  const dir = join(folder, 'states');
  const store = openAlertStore(from);
  const startMs = Date.now();
  const clock = createFakeClock(startMs);
  let first = 1;
  const copies = startStateCopies({ clock, log: pino({ level: 'silent' }), from, dir, firstPosition: () => first });
  const event = (seq: number, id: string) => {
    const alert = { ...alertOf(id), seq };
    return {
      type: 'event',
      seq,
      event: seq === 2 ? 'reset' : 'raised',
      at: 1,
      by: null,
      note: null,
      cause: null,
      alert,
    } as const;
  };
  store.commit({
    ...nothing,
    cursor: 9,
    replayFrom: 7,
    events: [event(1, 'a'), event(2, 'b'), event(3, 'c'), event(4, 'd')],
    alerts: [alertOf('a', { state: 'closed' }), alertOf('c')],
    checkpoints: [{ point: 'p', definition: 1, position: 8, state: '{}' }],
    memory: new Map([['flood', '{}']]),
  });

  clock.advance(10 * MINUTE);
  await until('the copy', () => stateCopiesIn(dir).length === 1);
  expect(stateCopiesIn(dir)).toEqual([{ path: join(dir, '7-9.db'), replayFrom: 7, cursor: 9 }]);
  const copy = openAlertStore(join(dir, '7-9.db'));
  expect([copy.cursor(), copy.replayFrom(), copy.headSeq(), copy.memory()]).toEqual([9, 7, 4, { flood: '{}' }]);
  expect(copy.open().map(({ id }) => id)).toEqual(['c']);
  expect(copy.events(0, 10).map(({ seq }) => seq)).toEqual([2, 4]);
  expect([...copy.checkpoints()]).toHaveLength(1);
  copy.close();

  store.commit({ ...nothing, cursor: 20, replayFrom: 18 });
  clock.advance(60 * MINUTE);
  expect(stateCopiesIn(dir)).toHaveLength(1);
  await until('the second', () => {
    clock.advance(10 * MINUTE);
    return stateCopiesIn(dir).length === 2;
  });
  expect(clock.nowMs() - startMs).toBeGreaterThan(6 * 60 * MINUTE);
  // As if made now by the clock in hand, so that no third one follows.
  for (const name of readdirSync(dir)) utimesSync(join(dir, name), clock.nowMs() / 1_000, clock.nowMs() / 1_000);
  writeFileSync(join(dir, 'notes.txt'), 'not ours');
  first = 10;
  clock.advance(10 * MINUTE);
  expect(stateCopiesIn(dir).map(({ cursor }) => cursor)).toEqual([20]);
  await copies.close();
  store.close();
});
