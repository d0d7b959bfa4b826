import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readAlertLog } from '../../src/alerts/read-log.ts';
import { openAlertStore, type StoreChange } from '../../src/alerts/store.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import { alertOf, eventOf } from '../support/console-alerts.ts';
import { temporaryFolder } from '../support/temporary.ts';

const nothing: StoreChange = {
  cursor: 1,
  replayFrom: 1,
  events: [],
  alerts: [],
  retired: [],
  checkpoints: [],
  maintenance: [],
  memory: new Map(),
};

test('a point that was taken away and put back between two writes keeps its new checkpoint', () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = openAlertStore(path);
  const checkpoint = (position: number) => ({ point: 'p', definition: position, position, state: '{}' });
  store.commit({ ...nothing, checkpoints: [checkpoint(1)] });
  store.commit({ ...nothing, cursor: 5, retired: ['p'], checkpoints: [checkpoint(5)] });
  expect([...store.checkpoints()]).toEqual([checkpoint(5)]);
  store.commit({ ...nothing, cursor: 6, retired: ['p'] });
  expect([...store.checkpoints()]).toEqual([]);
  store.close();
});

test('alerts are found by the level they are at and by the most severe one they reached', () => {
  const store = openAlertStore(join(temporaryFolder(), 'alerts.db'));
  onTestFinished(() => store.close());
  const worse = alertOf('a', { level: 'yellow', peak: { value: 3, at: 1, level: 'red' } });
  const same = alertOf('b', { level: 'red', peak: { value: 3, at: 1, level: 'red' } });
  store.commit({ ...nothing, alerts: [worse, same] });
  const found = (filter: object) => store.list({ state: 'all', limit: 9, ...filter }).map(({ id }) => id);
  expect(found({ level: 'red' })).toEqual(['b']);
  expect(found({ level: 'yellow' })).toEqual(['a']);
  expect(found({ peakLevel: 'red' }).sort()).toEqual(['a', 'b']);
  expect(found({ peakLevel: 'red', level: 'yellow' })).toEqual(['a']);
});

test('entries from before causes were kept apart from notes are given theirs, but never what a person typed', () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = openAlertStore(path);
  onTestFinished(() => store.close());
  const plain = alertOf('a');
  const quiet = alertOf('a', { suppressed: true, suppressedBy: 'maintenance:m1' });
  const judged = alertOf('a', { verdict: 'false' });
  const entries = [
    { by: null, note: 'condition-passed', alert: plain, cause: { code: 'condition-passed' } },
    { by: null, note: 'caused-by:x', alert: plain, cause: { code: 'caused-by', ref: 'x' } },
    { by: null, note: 'disk: the journal can write again', alert: plain, cause: null },
    { by: 'li', note: 'maintenance:m1', alert: quiet, cause: { code: 'maintenance', ref: 'm1' } },
    { by: 'li', note: 'maintenance:m1', alert: plain, cause: null },
    { by: 'li', note: 'suppression-ended', alert: plain, cause: { code: 'suppression-ended' } },
    { by: 'li', note: 'verdict:false steam', alert: judged, cause: { code: 'verdict', ref: 'false' } },
    { by: 'li', note: 'verdict:false', alert: plain, cause: null },
    { by: 'li', note: 'pump: on its way', alert: plain, cause: null },
  ];
  const old = entries.map(({ by, note, alert }, index) => {
    const { cause: _, ...rest } = eventOf(index + 1, 'note', alert);
    return { ...rest, by, note } as AlertEvent;
  });
  store.commit({ ...nothing, events: old });
  expect(store.events(0, 100).map(({ cause }) => cause)).toEqual(entries.map(({ cause }) => cause));
  expect(readAlertLog(path, 0, 100)).toEqual(store.events(0, 100));
});
