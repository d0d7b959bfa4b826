import { useAreas } from '../../api/queries.ts';
import { inTreeOrder } from '../../areas/AreaSelect.tsx';
import { useNameText } from '../../i18n/i18n.tsx';
import { useSetup } from '../useSetup.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** What can be chosen of the setup in force, by what people call it. */
export function useChoices(): {
  readonly people: readonly Choice[];
  readonly teams: readonly Choice[];
  readonly rotas: readonly Choice[];
  readonly channels: readonly Choice[];
  readonly ladders: readonly Choice[];
} {
  const nameText = useNameText();
  const { setup } = useSetup();
  const { people = [], teams = [], rotas = [], channels = [], ladders = [] } = setup?.setup ?? {};
  return {
    people: people.map(({ id, name, role }) => ({ value: id, label: role === undefined ? name : `${name} · ${role}` })),
    teams: teams.map(({ id, name }) => ({ value: id, label: name })),
    rotas: rotas.map(({ id, name = id }) => ({ value: id, label: name })),
    channels: channels.map(({ id, name = id }) => ({ value: id, label: nameText(name) })),
    ladders: ladders.map(({ id, name = id }) => ({ value: id, label: nameText(name) })),
  };
}

/** The areas of the site, those within one behind it. */
export function useAreaChoices(): readonly Choice[] {
  const nameText = useNameText();
  return inTreeOrder(useAreas()).map(({ area, depth }) => ({
    value: area.id,
    label: `${'　'.repeat(depth)}${nameText(area.name)}`,
  }));
}
