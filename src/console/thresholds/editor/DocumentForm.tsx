import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { formatDuration } from '../../../model/duration.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { formatNumber } from '../../ui/format.ts';
import { durationWords } from '../words.ts';
import { useEditor } from './context.tsx';
import css from './editor.module.css';
import { Field } from './Field.tsx';
import { TextField, WordsField } from './inputs.tsx';

const SILENT_REPORTS = 3;

/** What holds for the document as a whole: the watch for silence that every point has, and where the figures come from. */
export function DocumentForm() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { draft, set, point } = useEditor();
  const hasOwn = Object.values(draft.rules).some((rule) => rule.noData !== undefined && rule.metric === undefined);
  // A rule of the document's own takes the place of the profile's.
  const overruled = new Set(
    Object.values(draft.rules).flatMap(({ range, metric }) => (range === undefined ? [] : [metric])),
  );
  const ranges = Object.entries(point.metrics).flatMap(([metric, { range, unit, name }]) => {
    if (range === undefined || overruled.has(metric)) return [];
    const [low, high] = range.map(formatNumber);
    return [`${name === undefined ? metric : nameText(name)}: ${low} – ${high} ${unit ?? ''}`.trim()];
  });
  const after = durationWords(formatDuration(SILENT_REPORTS * point.reportEveryMs), t);
  return (
    <section className="panel block">
      <h2>{t('editor.document')}</h2>
      <div className={css.fields}>
        {!hasOwn && (
          <Field path={['noData']} label={t('editor.noDataWatched')} wide>
            {(tied) => (
              <Select<string>
                {...tied}
                className={css.choice}
                value={draft.noData === false ? 'off' : 'on'}
                options={[
                  { value: 'on', label: t('editor.noDataDefault', { time: after }) },
                  { value: 'off', label: t('editor.notWatched') },
                ]}
                onChange={(next) => set(['noData'], next === 'off' ? false : undefined)}
              />
            )}
          </Field>
        )}
        {ranges.length > 0 && (
          <div className={`${css.field} ${css.wide}`}>
            <span className={css.fieldLabel}>{t('editor.profileRanges')}</span>
            <ul>
              {ranges.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </div>
        )}
        <WordsField path={['source', 'standard']} label={t('editor.key.standard')} wide />
        <TextField path={['source', 'edition']} label={t('editor.key.edition')} />
        <WordsField path={['source', 'clause']} label={t('editor.key.clause')} />
        <TextField path={['source', 'verifiedBy']} label={t('editor.key.verifiedBy')} />
        <TextField path={['source', 'url']} label={t('editor.key.url')} wide />
        <WordsField path={['source', 'note']} label={t('editor.key.note')} wide rows={2} />
      </div>
    </section>
  );
}
