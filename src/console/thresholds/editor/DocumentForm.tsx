import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { formatDuration } from '../../../model/duration.ts';
import { durationWords } from '../words.ts';
import { useEditor } from './context.tsx';
import { Field } from './Field.tsx';
import { TextField } from './inputs.tsx';

const SILENT_REPORTS = 3;

/** What holds for the document as a whole: the watch for silence that every point has, and where the figures come from. */
export function DocumentForm() {
  const { t } = useTranslation();
  const { draft, set, point } = useEditor();
  const hasOwn = Object.values(draft.rules).some((rule) => rule.noData !== undefined);
  const after = durationWords(formatDuration(SILENT_REPORTS * point.reportEveryMs), t);
  return (
    <section className="panel block">
      <h2>{t('editor.document')}</h2>
      <div className="fields">
        {!hasOwn && (
          <Field path={['noData']} label={t('editor.noDataWatched')} wide>
            {(tied) => (
              <Select<string>
                {...tied}
                className="choice"
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
        <TextField path={['source', 'standard']} label={t('editor.key.standard')} wide />
        <TextField path={['source', 'edition']} label={t('editor.key.edition')} />
        <TextField path={['source', 'clause']} label={t('editor.key.clause')} />
        <TextField path={['source', 'verifiedBy']} label={t('editor.key.verifiedBy')} />
        <TextField path={['source', 'url']} label={t('editor.key.url')} wide />
        <TextField path={['source', 'note']} label={t('editor.key.note')} wide rows={2} />
      </div>
    </section>
  );
}
