import { useDraggable } from '@dnd-kit/core';
import { useTranslation } from 'react-i18next';
import type { Person } from '../../../model/notify/people.ts';
import type { Rota } from '../../../model/notify/rota.ts';
import { classes } from '../../ui/classes.ts';
import css from './rota.module.css';

/** More are found in the form of a shift sooner than among others. */
const SHOWN_MAX = 24;

interface Props {
  readonly rota: Rota;
  readonly people: readonly Person[];
}

/** People to be dragged onto a shift, those of the rota first. */
export function PeoplePalette({ rota, people }: Props) {
  const { t } = useTranslation();
  const ids = new Set(rota.order.flatMap(({ primary, backup }) => [primary, backup ?? primary]));
  const ordered = [...people.filter(({ id }) => ids.has(id)), ...people.filter(({ id }) => !ids.has(id))];
  return (
    <div className={css.palette} data-testid="rota-people">
      <span className="soft">{t('setup.rota.dragHelp')}</span>
      {ordered.slice(0, SHOWN_MAX).map((person) => (
        <Chip key={person.id} person={person} />
      ))}
    </div>
  );
}

function Chip({ person: { id, name } }: { readonly person: Person }) {
  const { listeners, setNodeRef, transform, isDragging } = useDraggable({ id });
  // A drag alone can't be done by keyboard: there the shift is pressed, so this is no stop of the tab key.
  return (
    <span
      ref={setNodeRef}
      {...listeners}
      className={classes(css.chip, isDragging && css.dragged)}
      style={transform === null ? {} : { transform: `translate(${transform.x}px, ${transform.y}px)` }}
    >
      {name}
    </span>
  );
}
