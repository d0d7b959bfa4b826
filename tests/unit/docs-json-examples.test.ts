import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { tryMessage } from '../../src/decode/trial.ts';
import { profileSchema } from '../../src/model/site.ts';

/** Each rule of the page reads the message that stands below it, all of it. */

const PAGE = 'docs/devices/json-examples.md';
const NOW_MS = Date.parse('2026-07-01T00:00:05Z');
const sections = readFileSync(PAGE, 'utf8').split('\n## ').slice(1);

test.each(sections.map((text) => [text.split('\n', 1)[0] ?? '', text] as const))('%s', async (_title, text) => {
  const [rule] = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => parse(block) as object);
  const [message] = [...text.matchAll(/```(?:json|text) (\S+)\n([\s\S]*?)\n```/g)];
  const [, topic = '', payload = ''] = message ?? [];
  const profile = { ...profileSchema.parse({ family: 'other', ...rule }), id: 'example' };
  const { devices, rejection } = await tryMessage(
    profile,
    { topic, payload: Buffer.from(payload), receivedAtMs: NOW_MS },
    { futureMaxMs: 60_000 },
  );
  expect(rejection).toBeNull();
  expect(devices.length).toBeGreaterThan(0);
  for (const { ids, readings, rejection: why } of devices) {
    expect(ids[0]).toBeDefined();
    expect(why).toBeNull();
    expect(new Set(readings.map(({ field }) => field))).toEqual(new Set(Object.keys(profile.metrics)));
    for (const { quality, tsMs } of readings) {
      expect(quality).toBe('good');
      if (/time:/.test(text)) expect(tsMs).toBeLessThan(NOW_MS);
    }
  }
});

test('there are some', () => {
  expect(sections.length).toBeGreaterThan(6);
});
