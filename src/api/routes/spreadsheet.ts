import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { drawSecret } from '../../lib/draw-secret.ts';
import { ConfigError } from '../../lib/errors.ts';
import { CHANGED_POINTS_MAX } from '../../model/bounds.ts';
import { pointMetrics } from '../../model/consistency.ts';
import { hardlyMeant } from '../../model/hardly-meant.ts';
import type { MeasuredPoint } from '../../model/implausible.ts';
import { pointerOf } from '../../model/pointer.ts';
import type { FieldProblem } from '../../model/problem.ts';
import { type Language, placedText, problemText } from '../../model/problem-words.ts';
import type { PointRecord } from '../../model/registry.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { type PlannedDocument, placeOf, type SheetNote, type SheetPlan } from '../../model/spreadsheet.ts';
import type { Proposal } from '../../model/threshold-records.ts';
import { CSV, XLSX } from '../../wire/calls/spreadsheet.ts';
import type { spreadsheetAppliedSchema, spreadsheetChangesSchema } from '../../wire/spreadsheet.ts';
import { areasBelow } from '../areas-below.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { inTurn } from '../in-turn.ts';
import { errorAt, ProblemError, preferredLanguage } from '../problems.ts';
import { proposalPath, proposalView } from '../proposal-view.ts';
import { reasonMissing, reasonOf } from '../reason.ts';
import { route } from '../route.ts';
import { refusingInvalidLater } from '../site-problems.ts';
import { applyChanges, problemsOf } from '../threshold-changes.ts';

/** Ten times what 20,000 points with two rules each take as XLSX. */
const FILE_BYTES_MAX = 32 << 20;

type Answer = z.infer<typeof spreadsheetChangesSchema>;

/** Points and limits as spreadsheets, out and back in. */
export function spreadsheetRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  function selected({ area, family }: { area?: string | undefined; family?: string | undefined }): PointRecord[] {
    const areas = area === undefined ? undefined : new Set(areasBelow(deps.registry.areas(), area));
    const points: PointRecord[] = [];
    for (const point of deps.registry.points()) {
      if (areas !== undefined && !areas.has(point.area)) continue;
      if (family !== undefined && point.family !== family) continue;
      points.push(point);
    }
    return points.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What leaves with the answer: the secrets, and the sheet for whoever sets up the devices. */
  async function handOut(
    reply: FastifyReply,
    { devices }: SheetPlan,
    drawn: ReadonlyMap<string, string>,
    { format, language, host }: { format: 'xlsx' | 'csv'; language: 'zh' | 'en'; host: string },
  ): Promise<Pick<z.infer<typeof spreadsheetAppliedSchema>, 'secrets' | 'handout'>> {
    const wanted = {
      format,
      language,
      broker: { ...deps.mqttPorts(), host },
      devices: devices.flatMap(({ id, name, profile, points }) => {
        const secret = drawn.get(id);
        const text = resolveName(name, id)[language];
        return secret === undefined
          ? []
          : [{ device: id, name: text, profile, points: points.map((point) => point.id), secret }];
      }),
    };
    const file = await inTurn(reply, (signal) => deps.spreadsheets.writeHandout(wanted, signal));
    return {
      secrets: wanted.devices.map(({ device, secret }) => ({ device, secret })),
      handout: {
        name: `brink-secrets.${format}`,
        type: format === 'xlsx' ? XLSX : CSV,
        base64: Buffer.from(file).toString('base64'),
      },
    };
  }

  return async (app) => {
    app.addContentTypeParser([XLSX, CSV], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    route(
      app,
      'GET /spreadsheet',
      {
        access: 'viewer',
        tags: ['thresholds'],
        summary: 'Points and limits as a spreadsheet',
        description:
          'XLSX has two sheets: `limits` with a row for each rule and direction, and `points`. CSV has one of the ' +
          'two, as UTF-8 with its mark. Numbers are numbers; what a number cannot say (windows, changes, ' +
          'combinations, curves, schedules) stands there in words, for reading. Text that a spreadsheet program ' +
          'would take for a formula has an apostrophe before it. The sheet `devices` stands alone, with a row for each ' +
          'device and point, and an empty column for secrets, which never leave the server.',
      },
      async (request, reply) => {
        const { format, sheet, lang, area, family } = request.query;
        const wanted = {
          format,
          sheet,
          language: lang ?? preferredLanguage(request.headers['accept-language']),
          points: selected({ area, family }),
          isWhole: area === undefined && family === undefined,
        } as const;
        const file = await inTurn(reply, (signal) => deps.spreadsheets.write(wanted, signal));
        const name = format === 'xlsx' && sheet !== 'devices' ? 'brink.xlsx' : `brink-${sheet}.${format}`;
        reply
          .type(format === 'xlsx' ? XLSX : `${CSV}; charset=utf-8`)
          .header('content-disposition', `attachment; filename="${name}"`);
        return reply.send(Buffer.from(file));
      },
    );

    route(
      app,
      'POST /spreadsheet',
      {
        access: 'engineer',
        bodyLimit: FILE_BYTES_MAX,
        tags: ['thresholds'],
        summary: 'What a spreadsheet would change, and making it so',
        description:
          `The body is the file, as \`${XLSX}\` or \`${CSV}\` (UTF-8, GB18030, or UTF-16 with its mark). Sheets are known by their ` +
          'headings, Chinese or English, in any order; what the file does not mention stays as it is. A row whose ' +
          'limits are all emptied takes its rule away. A cell that holds something which is no value (an error, a ' +
          'formula without its result, a date, `20%`, a part of merged cells) is an error at its cell, not a blank. With `dryRun=true` nothing changes and everything that is ' +
          'wrong is told, cell by cell. Otherwise a reason is required (`reason`, or the header), and all of it is ' +
          'done in one transaction or nothing: 422 when a cell is wrong, 412 when a row carries a revision that is ' +
          'no longer the present one, or when `If-Match` (the ETag of a dry run) no longer fits. A sheet of devices ' +
          '(device, name, profile, point, area, secret …) adds devices and points and gives names and secrets: a new device ' +
          'without a secret has one drawn, and so has one whose cell says `draw` or `生成`. What was drawn stands in the ' +
          'answer to applying, and nowhere else afterwards. Other profiles and other points are not for sheets.',
        consumes: [XLSX, CSV],
      },
      async (request, reply) => {
        const lang = request.query.lang ?? preferredLanguage(request.headers['accept-language']);
        const format = request.headers['content-type']?.startsWith(CSV) === true ? 'csv' : 'xlsx';
        const bytes = Uint8Array.from(request.body);
        const options = { format, language: lang, isOfDevices: request.query.sheet === 'devices' } as const;
        const read = await inTurn(reply, (signal) => deps.spreadsheets.plan(bytes, options, signal));
        if (!read.ok) throw new ProblemError('spreadsheet-unreadable', { detail: read.message });
        const { plan } = read;
        const author = principalOf(request).name;
        const needsApproval = isForTwo(deps, plan);
        const errors = [...plan.errors, ...problemsAtCells(deps, plan, author, lang)];
        const warnings = [...plan.warnings, ...warningsOf(deps, plan, lang)];
        if (needsApproval && plan.devices.length > 0) errors.push({ place: '', message: SEND_APART[lang] });
        const tag = tagOf(plan);
        reply.header('etag', tag);
        if (request.query.dryRun) return answerOf({ ...plan, warnings }, { errors, applied: false, needsApproval });
        const condition = request.headers['if-match'];
        if (condition !== undefined && condition.trim() !== '*' && condition.trim() !== tag) {
          throw new ProblemError('revision-lost-race');
        }
        const reason = reasonOf(request);
        if (reason === null) throw reasonMissing();
        if (errors.length > 0) throw refused('spreadsheet-invalid', errors);
        if (plan.conflicts.length > 0) throw refused('revision-lost-race', plan.conflicts);
        // Before anything is changed: secrets that could not be handed out would be lost.
        const drawn = drawSecrets(plan);
        const host = request.query.host ?? request.hostname;
        const handout = drawn.size === 0 ? {} : await handOut(reply, plan, drawn, { format, language: lang, host });
        const proposal = await apply(deps, withSecrets(plan, drawn), author, reason);
        if (proposal === undefined) {
          const applied = plan.points.length > 0 || plan.plannedDevices.length > 0;
          return { ...answerOf({ ...plan, warnings }, { errors, applied, needsApproval: false }), ...handout };
        }
        return reply
          .code(202)
          .header('location', proposalPath(proposal.id))
          .send({
            ...answerOf({ ...plan, warnings }, { errors, applied: false, needsApproval: true }),
            proposal: proposalView(deps, proposal),
          });
      },
    );
  };
}

function drawSecrets({ plannedDevices }: SheetPlan): ReadonlyMap<string, string> {
  return new Map(plannedDevices.flatMap(({ device, secret }) => (secret === 'drawn' ? [[device, drawSecret()]] : [])));
}

function withSecrets(plan: SheetPlan, drawn: ReadonlyMap<string, string>): SheetPlan {
  const devices = plan.devices.map((device) => {
    const secret = drawn.get(device.id);
    return secret === undefined ? device : { ...device, secret };
  });
  return { ...plan, devices };
}

function answerOf(plan: SheetPlan, more: Pick<Answer, 'errors' | 'applied' | 'needsApproval'>): Answer {
  const { rowsRead, points, plannedDevices, conflicts, warnings } = plan;
  const items = points.map(({ changes, ...point }) => ({ ...point, changes: [...changes] }));
  const devices = plannedDevices.map(({ changes, ...device }) => ({ ...device, changes: [...changes] }));
  return { ...more, rowsRead, items, devices, conflicts: [...conflicts], warnings: [...warnings] };
}

/** Changes with what the file would do and with the revisions it would do it to, not with the language of the words. */
function tagOf({ documents, devices, plannedDevices }: SheetPlan): string {
  const secrets = plannedDevices.map(({ device, secret }) => [device, secret]);
  const text = JSON.stringify([documents, devices, secrets]);
  return `"${createHash('sha256').update(text).digest('base64url')}"`;
}

function refused(code: 'spreadsheet-invalid' | 'revision-lost-race', notes: readonly SheetNote[]): ProblemError {
  return new ProblemError(code, { errors: notes.map(({ place, message }) => ({ path: place, message })) });
}

/** What evaluation and the registry find wrong with a plan, at the cells that say it. */
function problemsAtCells(deps: ApiDeps, plan: SheetPlan, author: string, language: Language): SheetNote[] {
  const touched = new Set([...plan.documents.map(({ point }) => point), ...plan.points.map(({ point }) => point)]);
  if (touched.size > CHANGED_POINTS_MAX) {
    const values = { points: touched.size, most: CHANGED_POINTS_MAX };
    return [{ place: '', message: problemText({ code: 'too-many-points', values }, language) }];
  }
  if (plan.plannedDevices.length > CHANGED_POINTS_MAX) {
    const values = { devices: plan.plannedDevices.length, most: CHANGED_POINTS_MAX };
    return [{ place: '', message: problemText({ code: 'too-many-devices', values }, language) }];
  }
  // Documents of points that are not there yet can only be judged together with them.
  if (plan.errors.length > 0 && plan.devices.length > 0) return [];
  if (plan.devices.length === 0) {
    return plan.documents.flatMap((planned) =>
      deps.thresholds.problems(planned.point, planned.document).map((problem) => placed(planned, problem, language)),
    );
  }
  try {
    const outcome = deps.site.tryTogether(jointChange(plan, author, ''));
    if (outcome.ok) return [];
    return outcome.failures.flatMap((failure) => {
      const planned = plan.documents.find(({ point }) => point === failure.point);
      return planned === undefined ? [] : problemsOf(failure).map((problem) => placed(planned, problem, language));
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, found, expected, coded }) => ({
      place: '',
      message: coded === undefined ? `${path}: found ${found}, expected ${expected}` : placedText(coded, language),
    }));
  }
}

/** Levels in the wrong order, and limits that are never reached or never left, at the cells that say so. */
function warningsOf(deps: ApiDeps, plan: SheetPlan, language: Language): SheetNote[] {
  return plan.documents.flatMap((planned) => {
    const point = deps.registry.point(planned.point) ?? plannedPoint(deps, plan, planned.point);
    return hardlyMeant(planned.document, point).map((warning) => placed(planned, warning, language));
  });
}

/** What a point that the file adds will measure. */
function plannedPoint(deps: ApiDeps, { devices }: SheetPlan, id: string): MeasuredPoint | undefined {
  for (const { profile: kind, points } of devices) {
    const point = points.find((one) => one.id === id);
    const profile = deps.registry.profiles().find((one) => one.id === kind);
    if (point === undefined || profile === undefined) continue;
    return { metrics: Object.fromEntries(pointMetrics(profile, point).map(({ name, metric }) => [name, metric])) };
  }
  return undefined;
}

function placed({ point, places }: PlannedDocument, problem: FieldProblem, language: Language): SheetNote {
  const place = placeOf(places, pointerOf(problem.path)) ?? places[0]?.place ?? point;
  return { place, message: problemText(problem, language) };
}

function jointChange({ devices, documents }: SheetPlan, author: string, reason: string) {
  return {
    devices,
    author,
    reason,
    thresholds: documents.map(({ point, document, revision }) => ({
      point,
      document,
      expectedRevision: revision,
      author,
      reason,
    })),
  };
}

/** A proposal covers documents only: a new point cannot wait for anybody. */
const SEND_APART = {
  zh: '文件中有须由第二人批准的限值，请与测点的修改分开导入',
  en: 'limits that a second person must approve have to come in a file without changes of points',
} as const;

/** Whether a second person would have to approve it. */
function isForTwo(deps: ApiDeps, { documents, points }: SheetPlan): boolean {
  if (!deps.proposals.required) return false;
  const added = new Set(points.filter(({ isNew }) => isNew).map(({ point }) => point));
  return documents.some(
    ({ point, document }) => !added.has(point) && deps.thresholds.weakenings(point, document).length > 0,
  );
}

/** Gives the proposal when nothing has changed because somebody must approve it first. */
async function apply(deps: ApiDeps, plan: SheetPlan, author: string, reason: string): Promise<Proposal | undefined> {
  if (plan.devices.length === 0) {
    const wanted = plan.documents.map(({ point, revision, document, places }) => {
      return { point, revision, document, place: places[0]?.place ?? point };
    });
    return (await applyChanges(deps, wanted, author, reason)).proposal;
  }
  const outcome = await refusingInvalidLater(deps.site.putTogether(jointChange(plan, author, reason)));
  if (outcome.ok) return undefined;
  const isRace = outcome.failures.every(({ error }) => error === 'lost-race');
  throw new ProblemError(isRace ? 'revision-lost-race' : 'threshold-invalid', {
    errors: outcome.failures.flatMap((failure) =>
      problemsOf(failure).map((problem) => errorAt(failure.point, problem)),
    ),
  });
}
