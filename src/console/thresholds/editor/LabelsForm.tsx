import Button from 'antd/es/button';
import Input from 'antd/es/input';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEditor } from './context.tsx';
import { getAt, type Path } from './draft.ts';
import css from './editor.module.css';
import { TextField } from './inputs.tsx';

/** Labels of a rule: free names with free values, for whoever takes the alerts on. */
export function LabelsForm({ path }: { path: Path }) {
  const { t } = useTranslation();
  const { draft, set, readOnly } = useEditor();
  const [name, setName] = useState('');
  const labels = getAt<Readonly<Record<string, string>>>(draft, path) ?? {};
  const names = Object.keys(labels);
  const isFree = name.trim() !== '' && !names.includes(name.trim());
  function add() {
    if (!isFree) return;
    set([...path, name.trim()], '');
    setName('');
  }
  return (
    <div className={css.fields}>
      {names.map((each) => (
        <div key={each} className={css.labelPair}>
          <TextField path={[...path, each]} label={each} />
          {!readOnly && (
            <Button
              size="small"
              type="text"
              aria-label={t('editor.removeLabel', { name: each })}
              onClick={() => set(names.length === 1 ? path : [...path, each], undefined)}
            >
              ×
            </Button>
          )}
        </div>
      ))}
      {!readOnly && (
        <span className={css.pair}>
          <Input
            aria-label={t('editor.labelName')}
            placeholder={t('editor.labelName')}
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onPressEnter={add}
          />
          <Button size="small" disabled={!isFree} onClick={add}>
            {t('editor.addLabel')}
          </Button>
        </span>
      )}
    </div>
  );
}
