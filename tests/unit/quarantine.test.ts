import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { QuarantineEntry } from '../../src/model/entry.ts';
import type { WhyRejected } from '../../src/model/rejection.ts';
import { openQuarantine } from '../../src/quarantine/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The file as it was while it said why in English. */
const AS_IT_WAS = `
  CREATE TABLE quarantine (
    position INTEGER PRIMARY KEY, received_at REAL NOT NULL, device TEXT NOT NULL, topic TEXT NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL, payload BLOB NOT NULL, bytes INTEGER NOT NULL
  );
  CREATE INDEX quarantine_by_device ON quarantine (device, position);
  CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 1), cursor INTEGER NOT NULL);
  INSERT INTO progress VALUES (1, 3);
  INSERT INTO quarantine VALUES (3, 1, 'd', 'telemetry/d', 'empty', 'no values', x'7b7d', 2);
  PRAGMA user_version = 1;
`;

test('why is kept as data; what an earlier program wrote, in the file or the journal, stays as it was', async () => {
  const path = join(temporaryFolder(), 'quarantine.db');
  const before = new DatabaseSync(path);
  before.exec(AS_IT_WAS);
  before.close();
  const entry = (reason: string, why: WhyRejected): QuarantineEntry => {
    return {
      kind: 'quarantine',
      receivedAtMs: 2,
      device: 'd',
      topic: 'telemetry/d',
      reason,
      why,
      payload: Buffer.from('{'),
    };
  };
  const repeated = { code: 'key-repeated', values: { name: 'ch4', more: 2 } } as const;
  const store = openQuarantine(path);
  store.take(4, [entry('not-json', 'Unexpected end of JSON input'), entry('duplicate-key', repeated)]);
  store.close();
  const again = openQuarantine(path);
  expect(again.list({ limit: 10 }).map(({ id, why }) => [id, why])).toEqual([
    [5, repeated],
    [4, 'Unexpected end of JSON input'],
    [3, 'no values'],
  ]);
  again.close();
});
