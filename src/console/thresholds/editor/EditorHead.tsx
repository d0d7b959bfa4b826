import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useNameText } from '../../i18n/i18n.tsx';
import { dateTime } from '../../ui/format.ts';
import { pathTo } from '../../ui/paths.ts';
import css from './editor.module.css';
import type { EditorState } from './useEditorState.ts';

/** Whose thresholds these are, how far the draft has gone from what is in force, and what may be done with it. */
export function EditorHead({ editor }: { editor: EditorState }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { point, present, base, changed, isDirty, isReady, canUndo, undo, change, whyNot, step } = editor;
  const isBehind = present.revision > base.revision && isDirty;
  return (
    <>
      <div className="page-head">
        <h1>
          <Link to={pathTo('point', { id: point.id })}>{nameText(point.name)}</Link> · {t('point.thresholds')}
        </h1>
        <span className="badge">{t('alert.revisionShort', { revision: base.revision })}</span>
        {base.untilMs !== null && (
          <span className="badge strong">{t('editor.temporaryUntil', { time: dateTime(base.untilMs) })}</span>
        )}
        {isDirty && <span className="badge strong">{t('editor.changedPlaces', { count: changed.length })}</span>}
        <span className="push" />
        <Button onClick={() => step({ kind: 'open', dialog: 'revisions' })}>{t('editor.revisions.title')}</Button>
        <Button disabled={!canUndo} onClick={undo}>
          {t('editor.undo')}
        </Button>
        <Button disabled={!isDirty} onClick={() => change(() => base.document)}>
          {t('editor.discard')}
        </Button>
        <span title={whyNot}>
          <Button type="primary" disabled={!isReady} onClick={() => step({ kind: 'open', dialog: 'save' })}>
            {t('editor.save.open')}
          </Button>
        </span>
      </div>
      {whyNot !== undefined && (
        <p className={css.editorNotice} role="note">
          {t('editor.readOnly')} {whyNot}
        </p>
      )}
      {isBehind && (
        <p className={css.editorNotice} role="alert">
          {t('editor.conflict.behind', { revision: present.revision })}{' '}
          <Button size="small" onClick={() => step({ kind: 'open', dialog: 'conflict' })}>
            {t('editor.conflict.look')}
          </Button>
        </p>
      )}
    </>
  );
}
