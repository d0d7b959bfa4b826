import AntApp from 'antd/es/app';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { patiently } from '../../ui/patiently.ts';
import type { EditorState } from './useEditorState.ts';

const ConflictDialog = lazy(patiently(() => import('./ConflictDialog.tsx')));
const RevisionsDrawer = lazy(patiently(() => import('./RevisionsDrawer.tsx')));
const SaveDialog = lazy(patiently(() => import('./SaveDialog.tsx')));

/** Saving, what to do about somebody who was faster, and what was in force before: one of them at a time. */
export function EditorDialogs({ editor }: { editor: EditorState }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const { point, present, base, draft, document, preview, view, step, isDirty, mayEdit, whyNot, goOnFrom } = editor;
  const close = () => step({ kind: 'close' });
  return (
    <Suspense>
      {view.dialog === 'save' && document !== undefined && (
        <SaveDialog
          point={point}
          before={base.document}
          after={document}
          preview={preview.isCurrent && preview.error === null ? preview.data : undefined}
          isBusy={editor.isBusy}
          failure={view.failure}
          onSave={editor.submit}
          onClose={close}
        />
      )}
      {view.dialog === 'conflict' && (
        <ConflictDialog
          point={point}
          base={base}
          mine={draft}
          onResolved={(now, next) => {
            goOnFrom(now, next);
            close();
          }}
          onClose={close}
        />
      )}
      {view.dialog === 'revisions' && (
        <RevisionsDrawer
          point={point}
          present={present.revision > base.revision ? present : base}
          mayRestore={mayEdit && !isDirty}
          whyNot={whyNot ?? (isDirty ? t('editor.revisions.saveFirst') : undefined)}
          onRestored={(now) => {
            goOnFrom(now);
            message.success(t('editor.save.saved', { revision: now.revision }));
          }}
          onClose={close}
        />
      )}
    </Suspense>
  );
}
