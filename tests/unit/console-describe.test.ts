import { createInstance, type TFunction } from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { boundTexts, doerWords, limitText, sentence, whatText } from '../../src/console/alerts/describe.ts';
import { en } from '../../src/console/i18n/en.ts';
import { zh } from '../../src/console/i18n/zh.ts';
import type { Alert, Comparison } from '../../src/model/alert.ts';
import { alertOf } from '../support/console-alerts.ts';

let say: Record<'zh' | 'en', TFunction>;
const words = { point: '下穿道', area: '东门社区', metric: '水深' };
const compared = (comparison: Comparison, more: Partial<Alert> = {}) => alertOf('a', { comparison, ...more });
const level = { side: 'above', of: 'value', windowMs: null } as const;

beforeAll(async () => {
  const resources = { zh: { translation: zh }, en: { translation: en } };
  const i18n = createInstance();
  await i18n.init({ resources, interpolation: { escapeValue: false } });
  say = { zh: i18n.getFixedT('zh') as TFunction, en: i18n.getFixedT('en') as TFunction };
});

describe('an alert in words', () => {
  test.each([
    ['above its limit', compared(level), '高于限值 15 cm', 'above the limit of 15 cm'],
    ['exactly at it', compared(level, { value: 15 }), '达到限值 15 cm', 'at the limit of 15 cm'],
    [
      'below its limit',
      compared({ ...level, side: 'below' }, { value: 3 }),
      '低于限值 15 cm',
      'below the limit of 15 cm',
    ],
  ])('says on which side it is: %s', (_what, alert, chinese, english) => {
    expect(sentence(alert, words, say.zh)).toContain(chinese);
    expect(sentence(alert, words, say.en)).toContain(english);
  });

  test('the sign before the limit is that of the rule, whatever the value has become', () => {
    expect(limitText(compared(level, { value: 3 }), say.zh)).toBe('≥ 15 cm');
    expect(limitText(compared({ ...level, side: 'below' }, { value: 20 }), say.zh)).toBe('≤ 15 cm');
  });

  test('a mean, a sum, a rise are called so, with their time', () => {
    const of = (of: Comparison['of'], windowMs: number) => compared({ side: 'above', of, windowMs });
    expect(whatText(of('average', 8 * 3_600_000), '一氧化碳', say.zh)).toBe('一氧化碳 8 小时平均');
    expect(whatText(of('rise', 3_600_000), '水位', say.zh)).toBe('水位 1 小时内上升');
    expect(whatText(of('sum', 3_600_000), 'Rain', say.en)).toBe('Rain total of 1 h');
  });

  test('what is no comparison, or comes from a server that does not tell, goes without', () => {
    expect(sentence(alertOf('a'), words, say.zh)).toBe('黄色报警，东门社区 下穿道，水深 17 cm');
    expect(limitText(alertOf('a'), say.zh)).toBe('15 cm');
  });

  test('limit and peak stand apart and by name, also when the limit is of a curve', () => {
    const curve = compared(level, {
      limit: 5.4,
      value: 6,
      peak: { value: 35.24, at: 2_000, level: 'red' },
      unit: 'mm/s',
    });
    expect(boundTexts(curve, say.zh)).toEqual(['限值 ≥ 5.4 mm/s', '峰值 35.24 mm/s']);
    expect(boundTexts(curve, say.en, true)).toEqual(['limit ≥ 5.4', 'peak 35.24']);
    expect(boundTexts(alertOf('a', { kind: 'noData', limit: 90, unit: 's' }), say.zh)).toEqual([]);
    const smoke = { value: true, limit: true, unit: null, peak: { value: true, at: 1, level: 'red' } } as const;
    expect(boundTexts(alertOf('a', smoke), say.zh)).toEqual([]);
  });

  test('a peak of the log is not shown below what is measured now', () => {
    const risen = compared(level, { peak: { value: 18, at: 1, level: 'red' } });
    expect(boundTexts(risen, say.zh, true, 21)).toEqual(['限 ≥ 15', '峰 21']);
    expect(boundTexts(risen, say.zh, true, 16)).toEqual(['限 ≥ 15', '峰 18']);
    expect(boundTexts({ ...risen, comparison: { ...level, side: 'below' } }, say.zh, true, 12)[1]).toBe('峰 12');
    expect(boundTexts({ ...risen, comparison: { ...level, of: 'average' } }, say.zh, true, 99)[1]).toBe('峰 18');
    expect(boundTexts({ ...risen, state: 'cleared' }, say.zh, true, 99)[1]).toBe('峰 18');
  });

  test('no word of ours calls the value that raised an alert by the name of a set point', () => {
    expect(JSON.stringify(zh)).not.toMatch(/报警值|读不懂/);
  });
});

test('a name that was typed behind a link is told apart from that of somebody who is known', () => {
  expect(doerWords('link:王丽', say.zh)).toBe('王丽（经链接自填）');
  expect(doerWords('link:link:x', say.en)).toBe('link:x (typed behind the link)');
  expect(doerWords('王丽', say.zh)).toBe('王丽');
});
