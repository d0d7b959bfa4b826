import type { CalendarText } from '../model/calendar.ts';
import type { NameText } from '../model/names.ts';
import type { Ladder, NotifySetup, Route, RouteMatch, Target } from '../model/notify/setup.ts';
import { resolveName } from '../model/resolve-name.ts';

/** The routes of a setup as people say them: which alerts, to whom, by what, and what follows when nobody answers. */
export function routesText(setup: NotifySetup): string {
  if (setup.routes.length === 0) return 'There is no route: nobody is told of anything.\n';
  const ladders = new Map(setup.ladders.map((ladder) => [ladder.id, ladder]));
  const lines = setup.routes.flatMap((route) => routeLines(route, setup, ladders, ''));
  return `${lines.join('\n')}\n`;
}

function routeLines(route: Route, setup: NotifySetup, ladders: ReadonlyMap<string, Ladder>, indent: string): string[] {
  const ladder = route.ladder === undefined ? undefined : ladders.get(route.ladder);
  const said = [
    ...(route.to.length === 0 ? [] : [`tells ${whom(route.to, setup)}${byText(route.by)}`]),
    ...(route.group === undefined ? [] : [groupText(route.group)]),
    ...(route.quiet === undefined ? [] : [`but for red, quiet ${whenText(route.quiet)}`]),
    ...(route.repeat === undefined ? [] : [`again every ${route.repeat} until somebody acknowledges it`]),
    ...(route.ladder === undefined ? [] : [`climbs ${named(route.ladder, ladder?.name)}:`]),
    ...(ladder === undefined ? [] : stepLines(ladder, setup)),
    ...(route.goOn ? ['the routes behind it are asked too'] : []),
  ];
  const below = route.routes.flatMap((one) => routeLines(one, setup, ladders, `${indent}    `));
  return [
    `${indent}${named(route.id, route.name)}: ${matchText(route.match)}`,
    ...said.map((line) => `${indent}  ${line}`),
    ...(below.length === 0 ? [] : [`${indent}  of these, what the following take is told as they say:`, ...below]),
  ];
}

function stepLines({ steps }: Ladder, setup: NotifySetup): string[] {
  const missing = {
    accepted: 'no gateway has taken it',
    delivered: 'it is on no device',
    seen: 'nobody has seen it',
    answered: 'nobody has answered',
  } as const;
  return steps.map(
    ({ after, unless, to, by }, at) =>
      `  ${at + 1}. ${after} later, if ${missing[unless]}: ${whom(to, setup)}${byText(by)}`,
  );
}

function whom(to: readonly Target[], { people, teams, rotas, channels }: NotifySetup): string {
  const nameIn = (list: readonly { readonly id: string; readonly name?: NameText | undefined }[], id: string) =>
    named(id, list.find((one) => one.id === id)?.name);
  const slots = { primary: 'first', backup: 'second', both: 'first and second' } as const;
  return to
    .map((target) => {
      if ('person' in target) return nameIn(people, target.person);
      if ('team' in target) return `everybody of ${nameIn(teams, target.team)}`;
      if ('rota' in target) return `who is on duty in ${nameIn(rotas, target.rota)} (${slots[target.slot]})`;
      return `the group ${nameIn(channels, target.channel)}`;
    })
    .join(', ');
}

const byText = (by: readonly string[] | undefined): string => (by === undefined ? '' : `, by ${by.join(', ')}`);

function groupText({ by, wait }: NonNullable<Route['group']>): string {
  const of = by.length === 0 ? '' : ` of the same ${by.join(' and ')}`;
  return `but for red, what happens${of} within ${wait} is told in one message`;
}

function matchText({ areas, families, levels, kinds, when }: RouteMatch): string {
  const parts = [
    ...(levels === undefined ? [] : [levels.join(' or ')]),
    ...(families === undefined ? [] : [families.join(' or ')]),
    ...(kinds === undefined ? [] : [`of kind ${kinds.join(' or ')}`]),
    ...(areas === undefined ? [] : [`in ${areas.join(' or ')}`]),
    ...(when === undefined ? [] : [whenText(when)]),
  ];
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

function whenText({ season, dates, weekdays, hours, timezone }: CalendarText): string {
  const parts = [
    ...(weekdays === undefined ? [] : [weekdays.join(' ')]),
    ...(season === undefined ? [] : [season.join(' to ')]),
    ...(dates === undefined ? [] : [dates.join(' to ')]),
    ...(hours === undefined ? [] : [hours.join('–')]),
    ...(timezone === undefined ? [] : [`(${timezone})`]),
  ];
  return parts.length === 0 ? 'at any time' : parts.join(' ');
}

function named(id: string, name: NameText | undefined): string {
  const { zh } = resolveName(name, id);
  return zh === id ? id : `${zh} (${id})`;
}
