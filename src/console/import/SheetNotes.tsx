import { useTranslation } from 'react-i18next';
import type { SpreadsheetChanges } from '../../wire/spreadsheet.ts';
import { classes } from '../ui/classes.ts';
import css from './import-dialog.module.css';

type SheetNote = SpreadsheetChanges['errors'][number];

/** What is said of single cells of a file. */
export function SheetNotes({
  title,
  notes,
  isBad = false,
}: {
  title: string;
  notes: readonly SheetNote[];
  isBad?: boolean;
}) {
  const { t } = useTranslation();
  if (notes.length === 0) return null;
  return (
    <section className={classes(css.importNotes, isBad && css.bad)} role={isBad ? 'alert' : undefined}>
      <h3>{title}</h3>
      <table className={css.importTable}>
        <thead className="unseen">
          <tr>
            <th scope="col">{t('table.importWhere')}</th>
            <th scope="col">{t('table.importWhat')}</th>
          </tr>
        </thead>
        <tbody>
          {notes.map(({ place, message }) => (
            <tr key={`${place} ${message}`}>
              <th scope="row">{place}</th>
              <td>{message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
