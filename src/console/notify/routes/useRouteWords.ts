import { useTranslation } from 'react-i18next';
import type { CalendarText } from '../../../model/calendar.ts';
import { parseDurationMs } from '../../../model/duration.ts';
import type { Proof, Route, RouteMatch, Target } from '../../../model/notify/setup.ts';
import { useNames } from '../../api/queries.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { formatSpan } from '../../ui/format.ts';
import { useChannelName, useRotaName, useSetup } from '../useSetup.ts';

export interface RouteWords {
  /** Which alerts are meant: 红、橙，积水，集市社区，每天 22:00–07:00. */
  readonly match: (match: RouteMatch) => string;
  readonly whom: (to: readonly Target[]) => string;
  readonly by: (channels: readonly string[] | undefined) => string;
  readonly span: (duration: string) => string;
  readonly when: (calendar: CalendarText) => string;
  readonly group: (group: NonNullable<Route['group']>) => string;
  /** 5 分钟仍无人应答: how long after the first message, and what is missing. */
  readonly step: (proof: Proof, sinceMs: number) => string;
  readonly person: (id: string) => string;
}

/** Routes and ladders as people say them. */
export function useRouteWords(): RouteWords {
  const { t } = useTranslation();
  const nameText = useNameText();
  const listText = (list: readonly string[]) => list.join(t('setup.listed'));
  const names = useNames();
  const channelName = useChannelName();
  const rotaName = useRotaName();
  const { setup } = useSetup();
  const { people = [], teams = [] } = setup?.setup ?? {};

  const person = (id: string) => people.find((one) => one.id === id)?.name ?? id;
  const span = (duration: string) => formatSpan(parseDurationMs(duration) ?? 0, t);
  const when = ({ season, dates, weekdays, hours }: CalendarText) =>
    [
      season?.join(' – '),
      dates?.join(' – '),
      weekdays?.map((day) => t(`maintenance.day.${day}`)).join(' '),
      hours?.join('–'),
    ]
      .filter(Boolean)
      .join(' ');

  function target(one: Target): string {
    if ('person' in one) return person(one.person);
    if ('team' in one) return teams.find(({ id }) => id === one.team)?.name ?? one.team;
    if ('rota' in one) return t(`setup.routes.onDuty.${one.slot}`, { rota: rotaName(one.rota) });
    return channelName(one.channel);
  }

  return {
    person,
    span,
    when,
    match: ({ areas, families, levels, kinds, when: hours }) =>
      [
        levels && listText(levels.map((level) => t(`level.${level}`))),
        kinds && listText(kinds.map((kind) => t(`alert.kind.${kind}`))),
        families && listText(families.map((family) => t(`family.${family}`))),
        areas && listText(areas.map((area) => nameText(names.area(area)))),
        hours && when(hours),
      ]
        .filter(Boolean)
        .join(t('setup.routes.and')) || t('setup.routes.everything'),
    whom: (to) => listText(to.map(target)),
    by: (channels) =>
      channels === undefined ? '' : t('setup.routes.by', { channels: channels.map(channelName).join(' + ') }),
    group: ({ by, wait }) =>
      t('setup.routes.group', {
        wait: span(wait),
        by:
          by.length === 0
            ? ''
            : t('setup.routes.groupBy', { by: listText(by.map((one) => t(`setup.routes.of.${one}`))) }),
      }),
    step: (proof, sinceMs) => t(`setup.routes.unless.${proof}`, { after: formatSpan(sinceMs, t) }),
  };
}
