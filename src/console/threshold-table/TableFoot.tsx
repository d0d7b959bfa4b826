import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import type { useThresholdTable } from './useThresholdTable.ts';

interface Props {
  readonly table: ReturnType<typeof useThresholdTable>;
  readonly leaving: (go: () => void) => void;
  readonly onOpen: (dialog: 'save' | 'preview') => void;
}

/** What has been typed so far, the steps back and forth, and the way to have it in force. */
export function TableFoot({ table, leaving, onOpen }: Props) {
  const { t } = useTranslation();
  const { isDirty, isReady, cellCount, problemCount, changes, canUndo, canRedo, undo, redo } = table;
  return (
    <div className="page-head">
      <output className={isDirty ? '' : 'soft'}>
        {isDirty ? t('table.changed', { cells: cellCount, count: changes.documents.length }) : t('table.unchanged')}
        {problemCount > 0 && ` · ${t('table.problems', { count: problemCount })}`}
      </output>
      <span className="push row-buttons">
        <Button disabled={!canUndo} onClick={undo}>
          {t('table.undo')}
        </Button>
        <Button disabled={!canRedo} onClick={redo}>
          {t('table.redo')}
        </Button>
        <Button disabled={!isDirty} onClick={() => leaving(() => {})}>
          {t('table.discard')}
        </Button>
        <Button disabled={!isReady} onClick={() => onOpen('preview')}>
          {t('table.preview')}
        </Button>
        <Button type="primary" disabled={!isReady} onClick={() => onOpen('save')}>
          {t('table.save')}
        </Button>
      </span>
    </div>
  );
}
