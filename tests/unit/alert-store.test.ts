import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAlertStore, type StoreChange } from '../../src/alerts/store.ts';
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
