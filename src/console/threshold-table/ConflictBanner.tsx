import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { useNameText } from '../i18n/i18n.tsx';
import type { Edits, LimitRow } from './rows.ts';
import css from './threshold-table.module.css';

interface Props {
  readonly rows: readonly LimitRow[];
  readonly edits: Edits;
  readonly conflicts: ReadonlySet<string>;
  readonly onChange: (change: (edits: Edits) => Edits) => void;
}

/** Points that somebody else changed under one's typing: whose change shall stand, point by point. */
export function ConflictBanner({ rows, edits, conflicts, onChange }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  if (conflicts.size === 0) return null;
  const keysOf = (point: string) => rows.filter(({ at }) => at.point === point).map(({ key }) => key);
  const keep = (point: string, revision: number) =>
    onChange((before) => {
      const next = new Map(before);
      for (const key of keysOf(point)) {
        const edit = before.get(key);
        if (edit !== undefined) next.set(key, { ...edit, revision });
      }
      return next;
    });
  const drop = (point: string) =>
    onChange((before) => {
      const next = new Map(before);
      for (const key of keysOf(point)) next.delete(key);
      return next;
    });
  return (
    <section className={css.conflictBanner} role="alert">
      <strong>{t('table.conflictTitle')}</strong>
      <ul>
        {[...conflicts].map((point) => {
          const row = rows.find(({ key, at }) => at.point === point && edits.has(key));
          if (row === undefined) return null;
          const now = row.at.revision;
          return (
            <li key={point}>
              {t('table.conflict', { point: nameText(row.at.name), mine: edits.get(row.key)?.revision, now })}
              <Button size="small" onClick={() => keep(point, now)}>
                {t('table.keepMine')}
              </Button>
              <Button size="small" onClick={() => drop(point)}>
                {t('table.takeTheirs')}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
