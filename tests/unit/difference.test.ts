import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differencesOf, type ValueChange } from '../../src/model/difference.ts';

/** Applies changes as RFC 6902 would: what they say must lead from the one value to the other. */
function patched(value: unknown, changes: readonly ValueChange[]): unknown {
  let root = structuredClone(value);
  for (const { path, change, after } of changes) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    if (last === undefined) {
      root = after;
      continue;
    }
    const holder = keys.reduce<Record<string, unknown>>(
      (at, key) => at[key] as Record<string, unknown>,
      root as Record<string, unknown>,
    );
    if (change === 'removed') delete holder[last];
    else holder[last] = after;
  }
  return root;
}

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
    fc.constantFrom('a', 'b'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('x', 'y/z', 'a~b', 'levels'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

test('the changes lead from one value to the other, and there are none between equal ones', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      const changes = differencesOf(before, after);
      expect(patched(before, changes)).toEqual(after);
      expect(differencesOf(after, structuredClone(after))).toEqual([]);
      // Each place once.
      expect(new Set(changes.map(({ path }) => path)).size).toBe(changes.length);
    }),
  );
});

test('the order of keys does not count', () => {
  expect(differencesOf({ a: 1, b: [1, 2] }, { b: [1, 3], a: 1 })).toEqual([
    { path: '/b/1', change: 'changed', before: 2, after: 3 },
  ]);
});
