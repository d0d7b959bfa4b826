import { expect, test } from 'vitest';
import { dutiesBySetups } from '../../src/model/notify/duties-kept.ts';
import { EVENING, HOUR_MS, setupWith } from '../support/deciding.ts';

/** Each day a shift from 00:00 UTC on. */
const DAY = 24 * HOUR_MS;
const MIDNIGHT = Date.UTC(2026, 6, 3);
const old = { atMs: EVENING - 10 * DAY, setup: setupWith({ routes: [] }) };
const swapped = (atMs: number, date: string) => ({
  atMs,
  setup: {
    ...old.setup,
    rotas: old.setup.rotas.map((rota) => ({ ...rota, swaps: [{ date, shift: 'all', primary: 'li' }] })),
  },
});
const said = (setups: Parameters<typeof dutiesBySetups>[0], fromMs: number, toMs: number) =>
  dutiesBySetups(setups, fromMs, toMs).map((duty) => [
    duty.date,
    duty.primary,
    (duty.fromMs - MIDNIGHT) / HOUR_MS,
    (duty.toMs - MIDNIGHT) / HOUR_MS,
  ]);

test('what was stays: a swap of a day that is over changes nothing of it', () => {
  const later = swapped(MIDNIGHT + 30 * HOUR_MS, '2026-07-03');
  expect(said([later, old], MIDNIGHT + HOUR_MS, MIDNIGHT + 40 * HOUR_MS)).toEqual([
    ['2026-07-03', 'zhang', 0, 24],
    ['2026-07-04', 'zhang', 24, 48],
  ]);
});

test('who takes over in the midst of a shift has the rest of it, and who is named before it all of it', () => {
  expect(said([swapped(MIDNIGHT + 6 * HOUR_MS, '2026-07-03'), old], MIDNIGHT, MIDNIGHT + DAY)).toEqual([
    ['2026-07-03', 'zhang', 0, 6],
    ['2026-07-03', 'li', 6, 24],
  ]);
  expect(said([swapped(MIDNIGHT - 1, '2026-07-03'), old], MIDNIGHT, MIDNIGHT + DAY)).toEqual([
    ['2026-07-03', 'li', 0, 24],
  ]);
  expect(said([], MIDNIGHT, MIDNIGHT + DAY)).toEqual([]);
});
