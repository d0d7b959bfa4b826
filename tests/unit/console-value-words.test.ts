import i18n from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { zh } from '../../src/console/i18n/zh.ts';
import { changeWords, metricNaming } from '../../src/console/thresholds/editor/change-words.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';

beforeAll(() =>
  i18n.init({ lng: 'zh', resources: { zh: { translation: zh } }, interpolation: { escapeValue: false } }),
);

const METRICS = {
  mode: { name: { zh: '运行方式', en: 'Mode' }, valueNames: { manual: { zh: '手动', en: 'By hand' } } },
  smoke_alarm: { name: { zh: '烟雾', en: 'Smoke' } },
};
const of = (rules: ThresholdDocument['rules']): ThresholdDocument => ({ rules });
const nameText = (name: unknown) => (typeof name === 'string' ? name : (name as { zh: string }).zh);

test('a change of what a text or a state must be is said by the names of the metric’s values', () => {
  const before = of({ by: { metric: 'mode', levels: { red: { equals: 'manual' } } } });
  const after = of({ by: { metric: 'mode', levels: { red: { equals: 'auto' } } } });
  const naming = { metric: metricNaming(METRICS, nameText), t: i18n.t };
  const path = '/rules/by/levels/red/equals';
  expect(
    changeWords({ path, change: 'changed', before: 'manual', after: 'auto' }, { before, after }, naming),
  ).toMatchObject({
    place: '运行方式 by · 等于',
    before: '手动',
    after: 'auto',
  });
  const smoke = of({ s: { metric: 'smoke_alarm', levels: { red: { equals: true } } } });
  const whole = changeWords(
    { path: '/rules/s', change: 'added', after: smoke.rules.s },
    { before, after: smoke },
    naming,
  );
  expect(whole.after).toContain(zh.point.boolean.alarm.true);
  const level = { path: '/rules/by/levels/red', change: 'removed', before: { equals: 'manual' } } as const;
  expect(changeWords(level, { before, after }, naming).before).toContain('手动');
});
