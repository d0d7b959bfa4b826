import { expect, test } from 'vitest';
import { csvCell } from '../../src/console/alerts/csv-cell.ts';

test('nothing of the console’s file of alerts is run by a spreadsheet; numbers stay numbers', () => {
  const risky = ['=1', '＝1', '＋镇', '－点', '＠u', '\t=1', ' -1', '　＝1'];
  expect(risky.map(csvCell)).toEqual(risky.map((text) => `'${text}`));
  expect(csvCell('＝HYPERLINK("x")')).toBe('"\'＝HYPERLINK(""x"")"');
  expect([-5, 1.5, true, null, '正阳街道', 'a-1'].map(csvCell)).toEqual(['-5', '1.5', 'true', '', '正阳街道', 'a-1']);
});
