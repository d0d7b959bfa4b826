import { expect, test } from 'vitest';
import { idSchema } from '../../src/model/names.ts';

test.each(['gas-01', '滨河路-1', 'a.b_c', 'constructor', 'x\\'])('%j is an id', (id) => {
  expect(idSchema.safeParse(id).success).toBe(true);
});

test.each([
  '',
  'a b',
  'a/b',
  'a\u00a0',
  // What comes along when a text is copied, and takes no room.
  'gas-01\u200b',
  '\ufeffgas-01',
  'gas\u00ad-01',
  '\u202agas-01\u202c',
  '\u2066gas-01\u2069',
  'gas-01\u007f',
])('%j is none', (id) => {
  expect(idSchema.safeParse(id).success).toBe(false);
});
