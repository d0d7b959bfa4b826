import { expect, test } from 'vitest';
import { alertCsv } from '../../src/console/alerts/csv.ts';
import { csvCell } from '../../src/console/alerts/csv-cell.ts';
import { alertOf } from '../support/console-alerts.ts';

test('nothing of the console’s file of alerts is run by a spreadsheet; numbers stay numbers', () => {
  const risky = ['=1', '＝1', '＋镇', '－点', '＠u', '\t=1', ' -1', '　＝1'];
  expect(risky.map(csvCell)).toEqual(risky.map((text) => `'${text}`));
  expect(csvCell('＝HYPERLINK("x")')).toBe('"\'＝HYPERLINK(""x"")"');
  expect([-5, 1.5, true, null, '正阳街道', 'a-1'].map(csvCell)).toEqual(['-5', '1.5', 'true', '', '正阳街道', 'a-1']);
});

test('an alarm is taken along with its comparison, who acknowledged it, and what was written', () => {
  const plain = (id: string) => ({ zh: id, en: id });
  const words = { names: { point: plain, area: plain, metric: (_: string, metric: string) => plain(metric) } };
  const t = ((key: string) => key) as never;
  const alert = {
    ...alertOf('a', { limit: 25, acknowledged: true, comparison: { side: 'above', of: 'value', windowMs: null } }),
    acknowledgedBy: 'li',
    acknowledgedAt: 0,
    notes: [{ at: 0, by: 'li', note: '已派人' }],
  };
  const [head = '', row = ''] = alertCsv([alert], { ...words, nameText: ({ zh }) => zh, t }).split('\r\n');
  const cell = (name: string) => row.split(',')[head.split(',').indexOf(name)];
  expect([cell('alert.comparison'), cell('alert.limit'), cell('alert.acknowledgedBy')]).toEqual(['≥', '25', 'li']);
  expect(cell('action.note')).toContain('li: 已派人');
  const state = alertCsv([{ ...alert, limit: true, comparison: null }], { ...words, nameText: ({ zh }) => zh, t });
  expect(state.split('\r\n')[1]?.split(',')[head.split(',').indexOf('alert.comparison')]).toBe('alert.equals');
});
