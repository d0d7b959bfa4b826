import Segmented from 'antd/es/segmented';
import { lazy, Suspense, useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { patiently } from '../../ui/patiently.ts';
import { DocumentForm } from './DocumentForm.tsx';
import css from './editor.module.css';
import { ProblemList } from './ProblemList.tsx';
import { RuleList } from './RuleList.tsx';
import { TemplateNote } from './TemplateNote.tsx';
import type { EditorState } from './useEditorState.ts';

const TextTab = lazy(patiently(() => import('./TextTab.tsx')));

/** The draft in fields or as text. */
export function EditorForm({ editor }: { editor: EditorState }) {
  const { t } = useTranslation();
  const { view, step, problems, warnings, goTo, chosen, choose, template } = editor;
  // The text is read again whenever this is another function.
  const onReadable = useCallback((isReadable: boolean) => step({ kind: 'text', isReadable }), [step]);
  return (
    <div className={`stack ${css.editorForm}`}>
      <Segmented<'fields' | 'text'>
        value={view.form}
        disabled={!view.isTextReadable}
        options={[
          { value: 'fields', label: t('editor.asFields') },
          { value: 'text', label: t('editor.asText') },
        ]}
        onChange={(form) => step({ kind: 'form', form })}
      />
      {view.form === 'text' ? (
        <Suspense fallback={<p className="soft">{t('app.loading')}</p>}>
          <TextTab onReadable={onReadable} onGivenUp={() => step({ kind: 'give-up-text' })} />
        </Suspense>
      ) : (
        <>
          <ProblemList problems={problems} onGo={goTo} />
          <ProblemList problems={warnings} onGo={goTo} kind="warnings" />
          <RuleList chosen={chosen} onChoose={choose} />
          {template !== undefined && <TemplateNote template={template} />}
          <DocumentForm />
        </>
      )}
    </div>
  );
}
