import { useTranslation } from 'react-i18next';
import { isLevelField } from '../../model/rule-row.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useStore } from '../live/context.tsx';
import type { Store } from '../live/store.ts';
import { criterionWords } from '../thresholds/words.ts';
import type { ActiveCell } from './LimitGrid.tsx';
import type { CellMarks } from './marks.ts';
import { type Edits, textIn, wordsIn } from './rows.ts';
import css from './threshold-table.module.css';

interface Props {
  readonly active: Store<ActiveCell | null>;
  readonly edits: Edits;
  readonly marks: CellMarks;
  readonly mayEdit: boolean;
}

/** What there is to say of the cell one is on: in full, for eyes and for screen readers. */
export function CellBar({ active: store, edits, marks, mayEdit }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const active = useStore(store);
  if (active === null) {
    return (
      <p className={css.cellBar} data-testid="cell-bar">
        {mayEdit ? t('table.hint') : t('table.readOnly')}
      </p>
    );
  }
  const { row, field } = active;
  const before = textIn(row, field);
  const typed = edits.get(row.key)?.cells[field];
  const says = marks.deviations.get(row.key)?.[field];
  const problem = marks.problems.get(row.key)?.[field];
  const words = wordsIn(row, field);
  const unit = row.rule.unit ?? row.at.unit ?? '';
  return (
    <p className={css.cellBar} data-testid="cell-bar" aria-live="polite">
      <span>
        {nameText(row.at.name)} · {row.ruleId} ·{' '}
        {isLevelField(field) ? t(`level.long.${field}`) : t(`table.column.${field}`)}
      </span>
      <strong>
        {words === undefined
          ? `${typed ?? before}${isLevelField(field) && (typed ?? before) !== '' ? ` ${unit}` : ''}`
          : criterionWords(words, row.rule.metric ?? '', unit, t)}
      </strong>
      {typed !== undefined && <span>{t('table.wasBefore', { value: before || t('table.nothing') })}</span>}
      {says !== undefined && <span>{t('table.templateSays', { value: says || t('table.nothing') })}</span>}
      {words !== undefined && <span>{t('table.words')}</span>}
      {words === undefined && row.isSecond && !isLevelField(field) && <span>{t('table.second')}</span>}
      {problem !== undefined && <strong>{problem}</strong>}
    </p>
  );
}
