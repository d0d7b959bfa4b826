import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { checkSetup } from '../../model/notify/check-setup.ts';
import type { Rehearsal } from '../../model/notify/rehearsal.ts';
import { emptySetup } from '../../model/notify/setup.ts';
import type { ChannelFigures, ToldMessage } from '../../model/notify/told.ts';
import { mayAct } from '../../model/roles.ts';
import { DAY_MS } from '../../model/time.ts';
import { XLSX } from '../../wire/calls/spreadsheet.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps, ShownSetup } from '../deps.ts';
import { inTurn } from '../in-turn.ts';
import { periodOf } from '../period.ts';
import { fieldError, fieldInLanguage, ProblemError, preferredLanguage } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';
import { toldSheetRows } from '../told-sheet.ts';

/** Gaps are looked for hour by hour; a calendar shows a month in whole weeks, six of them at most. */
const GAPS_DAYS_MAX = 43;
const GAPS_DAYS_USUAL = 7;

/** As large as a setup of thousands of people is. */
const SETUP_BYTES_MAX = 4 << 20;

/** Who is told of what: the setup and its revisions, who is on duty, how channels fare, and who was told. */
export function notifyRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { telling } = deps;

  function personOf(id: string): { id: string; name: string } {
    const person = telling.setup()?.setup.people.find((one) => one.id === id);
    return { id, name: person?.name ?? id };
  }

  const nullable = (id: string | null) => (id === null ? null : personOf(id));

  function toldView(told: ToldMessage, mayReadWords: boolean) {
    const { atMs, acceptedAtMs, deliveredAtMs, answeredAtMs, failedAtMs, to, words } = told;
    const { id, reason, alerts, level, channel, route: by, step, state } = told;
    return {
      ...{ id, reason, alerts, level, channel, route: by, step, state },
      person: 'person' in to ? personOf(to.person) : null,
      at: atMs,
      acceptedAt: acceptedAtMs,
      deliveredAt: deliveredAtMs,
      answeredAt: answeredAtMs,
      failedAt: failedAtMs,
      words: mayReadWords ? words : null,
    };
  }

  function rehearsalView({ id, messages }: Rehearsal, mayReadWords: boolean) {
    const byPerson = Map.groupBy(messages, ({ to }) => ('person' in to ? to.person : ''));
    const people = [...byPerson].map(([person, asked]) => ({
      person: personOf(person),
      reachedAt: firstOf(
        asked.map(({ state, acceptedAtMs, answeredAtMs }) =>
          state === 'failed' ? null : (acceptedAtMs ?? answeredAtMs),
        ),
      ),
      answeredAt: firstOf(asked.map(({ answeredAtMs }) => answeredAtMs)),
      // That of a person without a channel says so, and is none.
      messages: asked.filter(({ channel }) => channel !== '').map((told) => toldView(told, mayReadWords)),
    }));
    const isUnreachable = ({ messages: all }: (typeof people)[number]) => all.every(({ state }) => state === 'failed');
    return {
      id,
      at: messages[0]?.atMs ?? 0,
      people,
      counts: {
        people: people.length,
        reached: people.filter(({ reachedAt }) => reachedAt !== null).length,
        answered: people.filter(({ answeredAt }) => answeredAt !== null).length,
        unreachable: people.filter(isUnreachable).length,
      },
    };
  }

  return async (app) => {
    route(
      app,
      'GET /notify/setup',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'Who is told of what: people, teams, rotas, routes, ladders, channels',
        description: 'Revision 0 while nobody has set anything up. Secrets that are known are masked and never given.',
      },
      async (request) => {
        const shown = telling.shown();
        return shown === null ? { revision: 0 as const } : setupView(shown, languageOf(request));
      },
    );

    route(
      app,
      'PUT /notify/setup',
      {
        access: 'engineer',
        tags: ['notify'],
        summary: 'Change who is told of what',
        description:
          'Answers once it is in force. All of the setup is given, with the revision it was made from; 412 when there is ' +
          'another one by now. What does not fit together is refused with 422 and every error. A channel’s secret that is ' +
          'left out or masked stays as it is; it is sealed, and is in no revision, file or answer.',
        bodyLimit: SETUP_BYTES_MAX,
      },
      async (request) => {
        const { revision, reason = null, setup } = request.body;
        const outcome = await telling.put({
          expectedRevision: revision,
          setup,
          author: principalOf(request).name,
          reason,
          isTrial: request.query.dryRun,
        });
        if (outcome.ok) return setupView(outcome, languageOf(request));
        if (outcome.error === 'lost-race') {
          throw new ProblemError('notify-lost-race', { members: { revision: outcome.revision } });
        }
        const errors = outcome.problems.map(({ path, ...problem }) =>
          fieldError({ ...problem, path: ['setup', ...path] }),
        );
        throw new ProblemError('notify-setup-invalid', { errors });
      },
    );

    route(
      app,
      'GET /notify/setup/revisions',
      { access: 'operator', tags: ['notify'], summary: 'Every revision of the setup, newest first' },
      async (request) => {
        const { limit, cursor } = request.query;
        const found = telling.revisions(limit + 1, decodeCursor(z.number(), cursor));
        const items = found
          .slice(0, limit)
          .map(({ revision, author, atMs, reason }) => ({ revision, author, at: atMs, reason }));
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.revision) : null };
      },
    );

    route(
      app,
      'GET /notify/setup/revisions/{revision}',
      { access: 'operator', tags: ['notify'], summary: 'One revision of the setup, without secrets' },
      async (request) => {
        const record = telling.revision(request.params.revision);
        if (record === undefined) throw new ProblemError('unknown-notify-revision');
        const { revision, author, atMs, reason, setup } = record;
        return { revision, author, at: atMs, reason, setup };
      },
    );

    route(
      app,
      'GET /notify/duties',
      { access: 'viewer', tags: ['notify'], summary: 'Who is on duty when, of all rotas' },
      async (request) => {
        const { from = deps.nowMs(), to = from + DAY_MS } = request.query;
        const { fromMs, toMs } = periodOf({ from, to }, deps.nowMs());
        const zones = new Map(telling.setup()?.setup.rotas.map(({ id, timezone }) => [id, timezone]));
        const items = telling
          .duties(fromMs, toMs)
          .map(({ rota, shift, date, fromMs: begins, toMs: ends, primary, backup }) => ({
            ...{ rota, shift, date },
            timezone: zones.get(rota) ?? deps.timezone,
            from: begins,
            to: ends,
            primary: nullable(primary),
            backup: nullable(backup),
          }));
        return { items };
      },
    );

    route(
      app,
      'GET /notify/duties/gaps',
      {
        access: 'viewer',
        tags: ['notify'],
        summary: 'Times in which a route or a step asks for whoever is on duty, and nobody is',
        description: 'By the setup in force. Hours without a shift that no alert would be told in are none.',
      },
      async (request) => {
        const { from = deps.nowMs(), to = from + GAPS_DAYS_USUAL * DAY_MS } = request.query;
        const { fromMs, toMs } = periodOf({ from, to }, deps.nowMs(), GAPS_DAYS_MAX);
        const items = telling
          .gaps(fromMs, toMs)
          .map(({ rotas, fromMs: begins, toMs: ends }) => ({ rotas, from: begins, to: ends }));
        return { items };
      },
    );

    route(
      app,
      'GET /notify/channels',
      { access: 'operator', tags: ['notify'], summary: 'How the channels fare' },
      async (request) => {
        const mayReadWords = mayAct(principalOf(request).role, 'engineer');
        return {
          items: telling.channels().map((channel) => ({
            ...channelView(channel, mayReadWords),
            budget: telling.budgetOf(channel.id),
            // Whoever has the address can say that something was received.
            callback: mayReadWords ? telling.callbackPath(channel.id) : null,
          })),
        };
      },
    );

    route(
      app,
      'POST /notify/channels/{id}/test',
      {
        access: 'engineer',
        tags: ['notify'],
        summary: 'Send a test message, and hear the gateway’s own words',
        description:
          'Goes by the channel as it is set up, beside whatever waits. `clockOffsetMs` is the gateway’s clock minus ours: ' +
          'beyond a minute, signed channels refuse everything.',
      },
      async (request) => {
        const { id } = request.params;
        const { person } = request.body;
        const setup = telling.setup()?.setup;
        if (setup?.channels.some((channel) => channel.id === id) !== true) {
          throw new ProblemError('unknown-channel', { detail: id });
        }
        if (person !== undefined && !setup.people.some((one) => one.id === person)) {
          throw new ProblemError('unknown-person', { detail: person });
        }
        const tested = await telling.test(id, person ?? null);
        if (tested === undefined) throw new ProblemError('no-notify-setup');
        return tested;
      },
    );

    route(
      app,
      'POST /notify/texts',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'What a message would say of alerts that were raised',
        description:
          'Words of the setup, or words that are proposed, put to real alerts as they stand now: several together are one ' +
          'situation. Nothing is sent. A field that no message has is refused.',
      },
      async (request) => {
        const { alerts: ids, reason, language, channel = null, templates = null } = request.body;
        const alerts = ids.map((id) => {
          const alert = deps.alerts.get(id);
          if (alert === undefined) throw new ProblemError('unknown-alert', { detail: id });
          return alert;
        });
        const has = telling.setup()?.setup.channels.some(({ id }) => id === channel) ?? false;
        if (channel !== null && !has) throw new ProblemError('unknown-channel', { detail: channel });
        const { problems } = checkSetup({ ...emptySetup(), templates: templates ?? [] }, null);
        if (problems.length > 0) throw new ProblemError('notify-setup-invalid', { errors: problems.map(fieldError) });
        return telling.textOf(alerts, { reason, language, channel, templates });
      },
    );

    route(
      app,
      'POST /notify/rehearsals',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'Ask everyone on duty to answer, on each of his channels (查岗)',
        description:
          'Answers once it is kept; `GET /notify/rehearsals/{id}` says who has answered since. People answer as they answer ' +
          'alerts: by the code of an SMS, a key in a call, or the link of a card or mail. It acknowledges no alert. Sirens do ' +
          'not sound. Messages go behind those of alerts, and count against the same budgets.',
      },
      async (request, reply) => {
        const { rota = null, people = null } = request.body;
        const begun = await telling.rehearse({ rota, people });
        if (begun === undefined) throw new ProblemError('no-notify-setup');
        if ('error' in begun) throw new ProblemError(begun.error, 'id' in begun ? { detail: begun.id } : {});
        return reply.code(201).send(rehearsalView(begun, mayAct(principalOf(request).role, 'engineer')));
      },
    );

    route(
      app,
      'GET /notify/rehearsals/{id}',
      { access: 'operator', tags: ['notify'], summary: 'Who was reached by a rehearsal, and who has answered' },
      async (request) => {
        const found = await telling.rehearsal(request.params.id);
        if (found === undefined) throw new ProblemError('unknown-rehearsal', { detail: request.params.id });
        return rehearsalView(found, mayAct(principalOf(request).role, 'engineer'));
      },
    );

    route(
      app,
      'GET /notify/channels/{id}/messages',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'What a channel was given to show to people, newest first',
        description: 'The same words that a group chat has seen, without links. Tests are not among them.',
      },
      async (request) => {
        const { id } = request.params;
        const { limit, cursor } = request.query;
        if (telling.setup()?.setup.channels.some((channel) => channel.id === id) !== true) {
          throw new ProblemError('unknown-channel', { detail: id });
        }
        const before = decodeCursor(z.number(), cursor) ?? Number.MAX_SAFE_INTEGER;
        const found = await telling.messagesOf(id, before, limit + 1);
        const items = found.slice(0, limit);
        const last = items.at(-1);
        return {
          items: items.map(({ id: message, level, isOver, text, state, atMs, acceptedAtMs }) => ({
            ...{ id: message, level, isOver, text, state },
            at: atMs,
            acceptedAt: acceptedAtMs,
          })),
          next: found.length > limit && last !== undefined ? encodeCursor(last.number) : null,
        };
      },
    );

    route(
      app,
      'GET /alerts/{id}/told',
      { access: 'viewer', tags: ['alerts'], summary: 'Who was told of an alert, when, and with which proof' },
      async (request) => {
        const { id } = request.params;
        if (deps.alerts.get(id) === undefined) throw new ProblemError('unknown-alert', { detail: id });
        const mayReadWords = mayAct(principalOf(request).role, 'engineer');
        return { items: (await telling.toldOf(id)).map((told) => toldView(told, mayReadWords)) };
      },
    );

    route(
      app,
      'GET /notify/told',
      { access: 'viewer', tags: ['notify'], summary: 'Who was told of what in a period, in the order of decision' },
      async (request) => {
        const { from, to = deps.nowMs(), limit, cursor } = request.query;
        const { fromMs, toMs } = periodOf({ from: from ?? to - DAY_MS, to }, deps.nowMs());
        const after = decodeCursor(z.number(), cursor) ?? 0;
        const found = await telling.toldBetween({ fromMs, toMs, after, limit: limit + 1 });
        const mayReadWords = mayAct(principalOf(request).role, 'engineer');
        const shown = found.slice(0, limit);
        const last = shown.at(-1);
        return {
          items: shown.map((told) => toldView(told, mayReadWords)),
          next: found.length > limit && last !== undefined ? encodeCursor(last.number) : null,
        };
      },
    );

    route(
      app,
      'GET /notify/told/sheet',
      {
        access: 'viewer',
        exposeHeadRoute: false,
        tags: ['notify'],
        summary: 'Who was told of orange and red alerts in a period, with every state, as XLSX',
        description:
          'A row for each message about an alert that was orange or red at its worst and was raised or told of in the ' +
          'period, and one for each of them that nobody was told of. No cell is empty: where there is no time, it says ' +
          'why. Times are in the zone of the site, which the headings name. Text that a spreadsheet program would take ' +
          'for a formula has an apostrophe before it. What gateways said is shown to engineers alone.',
      },
      async (request, reply) => {
        const { from, to = deps.nowMs(), lang } = request.query;
        const period = periodOf({ from: from ?? to - DAY_MS, to }, deps.nowMs());
        const language = lang ?? languageOf(request);
        const mayReadWords = mayAct(principalOf(request).role, 'engineer');
        const file = await inTurn(reply, async (signal) => {
          const rows = await toldSheetRows(deps, period, mayReadWords, signal);
          return deps.spreadsheets.writeTold({ language, timezone: deps.timezone, rows }, signal);
        });
        reply.type(XLSX).header('content-disposition', 'attachment; filename="brink-told.xlsx"');
        return reply.send(Buffer.from(file));
      },
    );
  };
}

/** The first of some times; null when there is none. */
function firstOf(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

const languageOf = ({ headers }: { readonly headers: { readonly 'accept-language'?: string | undefined } }) =>
  preferredLanguage(headers['accept-language']);

function setupView({ record, missingSecrets, warnings: found }: ShownSetup, language: ReturnType<typeof languageOf>) {
  const { revision, author, atMs, reason, setup } = record;
  const warnings = found.map((warning) => fieldInLanguage(fieldError(warning), language));
  return { revision, author, at: atMs, reason, setup, missingSecrets, warnings };
}

function channelView(channel: ChannelFigures, mayReadWords: boolean) {
  const { id, waiting, underWay, failure, failingSinceMs, blockedUntilMs, lastAcceptedAtMs, clockOffsetMs } = channel;
  return {
    ...{ id, waiting, underWay, clockOffsetMs },
    failure: mayReadWords ? failure : null,
    failingSince: failingSinceMs,
    blockedUntil: blockedUntilMs,
    lastAcceptedAt: lastAcceptedAtMs,
  };
}
