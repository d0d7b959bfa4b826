import { compileCalendar } from '../calendar.ts';
import { type FieldProblem, knownOf, type ProblemPath, placeText, type SetupPart } from '../problem.ts';
import { checkCoverage } from './check-coverage.ts';
import { checkRoutes } from './check-routes.ts';
import { checkShifts } from './check-shifts.ts';
import { type AreasAbove, type Checked, checkArea, openSetup } from './checked.ts';
import { fieldsIn, isNoticeField, NOTICE_FIELDS } from './notice-fields.ts';
import { isAsked } from './rehearsal.ts';
import type { Rota } from './rota.ts';
import type { NotifySetup, Route } from './setup.ts';

export interface SetupFindings {
  /** It cannot be applied as it is. */
  readonly problems: readonly FieldProblem[];
  /** It can, and somebody should look at it: a route that is never asked, a level that no route takes. */
  readonly warnings: readonly FieldProblem[];
}

/**
 * Everything that is wrong in a setup whose shape is right, each with its path. `areas`: those of the site; null when they are
 * not known, and then areas are not looked at.
 */
export function checkSetup(setup: NotifySetup, areas: AreasAbove | null): SetupFindings {
  const problems: FieldProblem[] = [];
  const warnings: FieldProblem[] = [];
  const checked = openSetup(
    setup,
    areas,
    (path, problem) => problems.push({ path, ...problem }),
    (path, problem) => warnings.push({ path, ...problem }),
  );
  checkIds(checked);
  checkPeople(checked);
  checkRotas(checked);
  checkShifts(checked);
  for (const [l, { steps }] of setup.ladders.entries()) {
    for (const [s, step] of steps.entries()) checked.targets(step.to, step.by, ['ladders', l, 'steps', s]);
  }
  checkTexts(checked);
  checkRoutes(checked);
  checkCoverage(checked);
  return { problems, warnings };
}

/** Ids that are there twice: routes in the whole tree, shifts in their rota. */
function checkIds({ setup, problem }: Checked): void {
  const once = (kind: SetupPart) => {
    const first = new Map<string, ProblemPath>();
    return (id: string, path: ProblemPath) => {
      const present = first.get(id);
      if (present === undefined) first.set(id, path);
      else problem([...path, 'id'], { code: 'id-repeated', values: { kind, id, first: placeText(present) } });
    };
  };
  const lists = [
    ['person', 'people'],
    ['team', 'teams'],
    ['rota', 'rotas'],
    ['ladder', 'ladders'],
    ['channel', 'channels'],
  ] as const;
  for (const [kind, key] of lists) {
    const see = once(kind);
    for (const [at, { id }] of setup[key].entries()) see(id, [key, at]);
  }
  for (const [r, rota] of setup.rotas.entries()) {
    const see = once('shift');
    for (const [s, { id }] of rota.shifts.entries()) see(id, ['rotas', r, 'shifts', s]);
  }
  const seeRoute = once('route');
  const seeRoutes = (routes: readonly Route[], path: ProblemPath): void => {
    for (const [at, route] of routes.entries()) {
      seeRoute(route.id, [...path, at]);
      seeRoutes(route.routes, [...path, at, 'routes']);
    }
  };
  seeRoutes(setup.routes, ['routes']);
}

function checkPeople(checked: Checked): void {
  const { setup, people, channels, problem } = checked;
  for (const [p, person] of setup.people.entries()) {
    for (const [b, id] of person.by.entries()) {
      if (channels.has(id)) continue;
      const values = { kind: 'channel', id, ...knownOf(channels.keys()) } as const;
      problem(['people', p, 'by', b], { code: 'not-in-setup', values });
    }
    for (const [a, area] of person.areas.entries()) checkArea(checked, area, ['people', p, 'areas', a]);
  }
  for (const [t, team] of setup.teams.entries()) {
    for (const [m, id] of team.members.entries()) {
      if (people.has(id)) continue;
      const values = { kind: 'person', id, ...knownOf(people.keys()) } as const;
      problem(['teams', t, 'members', m], { code: 'not-in-setup', values });
    }
  }
}

function checkRotas(checked: Checked): void {
  const { setup, people, problem } = checked;
  const known = (
    kind: SetupPart,
    all: ReadonlyMap<string, unknown> | ReadonlySet<string>,
    id: string | undefined,
    path: ProblemPath,
  ): void => {
    if (id === undefined || all.has(id)) return;
    problem(path, { code: 'not-in-setup', values: { kind, id, ...knownOf(all.keys()) } });
  };
  for (const [r, rota] of setup.rotas.entries()) {
    compileCalendar({ timezone: rota.timezone }, (field, found) => problem(['rotas', r, field], found));
    const turns = [
      ...rota.order.map((turn, at) => [turn, ['order', at]] as const),
      ...rota.swaps.map((turn, at) => [turn, ['swaps', at]] as const),
    ];
    for (const [turn, path] of turns) {
      for (const slot of ['primary', 'backup'] as const) {
        known('person', people, turn[slot], ['rotas', r, ...path, slot]);
      }
    }
    if (rota.rehearse !== undefined) checkRehearsal(checked, rota, ['rotas', r, 'rehearse']);
    const shifts = new Set(rota.shifts.map(({ id }) => id));
    for (const [s, { shift }] of rota.swaps.entries()) known('shift', shifts, shift, ['rotas', r, 'swaps', s, 'shift']);
  }
}

/** A field that no message has would stand in it as nothing, and only authorised bodies publish warnings to the public. */
function checkTexts({ setup, problem }: Checked): void {
  for (const [t, template] of setup.templates.entries()) {
    for (const part of ['title', 'body'] as const) {
      for (const field of fieldsIn(template[part])) {
        if (isNoticeField(field)) continue;
        const values = { field, ...knownOf([...NOTICE_FIELDS]) };
        problem(['templates', t, part], { code: 'unknown-notice-field', values });
      }
      if (template[part].includes('预警')) problem(['templates', t, part], { code: 'public-warning-word', values: {} });
    }
  }
}

/** Somebody whom no rehearsal can ask would be said not to have answered, at each of his shifts. */
function checkRehearsal({ personsOf, channels, warn }: Checked, { id }: Rota, path: ProblemPath): void {
  for (const person of personsOf([{ rota: id, slot: 'both' }])) {
    const canBeAsked = person.by.some((by) => {
      const channel = channels.get(by);
      return channel !== undefined && isAsked(person, channel);
    });
    if (!canBeAsked) warn(path, { code: 'person-unrehearsed', values: { person: person.id } });
  }
}
