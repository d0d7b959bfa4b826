import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '../ui/classes.ts';
import css from './import-dialog.module.css';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What a file is sent as; browsers leave the type of many empty. */
export function sheetType(name: string): string {
  if (/\.csv$/i.test(name)) return 'text/csv';
  return /\.ics$/i.test(name) ? 'text/calendar' : XLSX;
}

interface Props {
  readonly isBusy: boolean;
  /** Which files are taken, in words. */
  readonly kinds: string;
  /** Beside workbooks and CSV, as the browser asks for it. */
  readonly accept?: string;
  readonly onFile: (file: File) => void;
}

/** Where a file is dropped, or chosen. */
export function DropBox({ isBusy, kinds, accept = '', onFile }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setIsOver(is);
  };
  return (
    <>
      <button
        type="button"
        className={classes(css.dropBox, isOver && css.over)}
        data-testid="drop-box"
        disabled={isBusy}
        onClick={() => input.current?.click()}
        onDragOver={over(true)}
        onDragLeave={over(false)}
        onDrop={(event) => {
          over(false)(event);
          const [file] = event.dataTransfer.files;
          if (file !== undefined) onFile(file);
        }}
      >
        <strong>{t(isBusy ? 'table.importReading' : 'table.importDrop')}</strong>
        <span className="soft">{kinds}</span>
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('table.importDrop')}
        accept={`.xlsx,.csv,${XLSX},text/csv${accept}`}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          // The same file, mended, may be chosen again.
          event.target.value = '';
          if (file !== undefined) onFile(file);
        }}
      />
    </>
  );
}
