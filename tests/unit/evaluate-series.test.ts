import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../../src/model/reading.ts';
import { type Entry, evaluate, pointWith, reading } from '../support/evaluation.ts';

/** Real series of the field, which lie beside the checkout where there are any; they are not copied into it. */
const SERIES = new URL('../../../shared/series/', import.meta.url);
const nab = new URL('nab_machine_temperature_system_failure.csv', SERIES);
const uci = new URL('uci_air_quality.csv', SERIES);

function raises(
  rules: Readonly<Record<string, unknown>>,
  metric: unknown,
  readings: readonly Reading[],
): Record<string, number> {
  const at = readings[0]?.tsMs ?? 0;
  const entries: Entry[] = [
    { do: 'define', at, definition: pointWith(rules, { metrics: { v: metric }, reportEveryMs: 3_600_000 }) },
    ...readings.map((one): Entry => ({ do: 'message', at: one.tsMs, readings: [one] })),
  ];
  const counts: Record<string, number> = {};
  for (const { type, rule } of evaluate(entries)) if (type === 'raised') counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

describe('activations of real series', () => {
  test.runIf(existsSync(nab))('machine temperature at 100: bare, with a deadband, with a delay', () => {
    const readings = readFileSync(nab, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([time, value]) => reading(1, Date.parse(`${time?.replace(' ', 'T')}Z`), Number(value)));
    const rule = (more: object) => ({ metric: 'v', levels: { red: { above: 100 } }, ...more });
    const rules = {
      bare: rule({}),
      one: rule({ deadband: 1 }),
      two: rule({ deadband: 2 }),
      late: rule({ deadband: 2, for: '10m' }),
    };
    expect(raises(rules, {}, readings)).toEqual({ bare: 239, one: 98, two: 30, late: 24 });
  });

  test.runIf(existsSync(uci))('CO of a year, where -200 says that there is no value', () => {
    const readings = readFileSync(uci, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(';'))
      .filter(([date]) => /^\d\d\/\d\d\/\d{4}$/.test(date ?? ''))
      .map(([date = '', time = '', co = '']) => {
        const iso = `${date.split('/').reverse().join('-')}T${time.replaceAll('.', ':')}Z`;
        return reading(1, Date.parse(iso), Number(co.replace(',', '.')));
      });
    const above = (limit: number) => ({ metric: 'v', levels: { red: { above: limit } } });
    const rules = {
      sensor: { metric: 'v', range: { sentinels: [-200] } },
      five: above(5),
      eight: above(8),
      ten: above(10),
    };
    expect(readings.length).toBeGreaterThan(9_000);
    expect(raises(rules, {}, readings)).toMatchObject({ five: 180, eight: 22, ten: 3 });
  });
});
