import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { ThresholdAdvice } from '../model/advice.ts';
import { formatDuration } from '../model/duration.ts';
import { LEVELS } from '../model/level.ts';
import type { PreviewTotals, ThresholdPreview } from '../model/preview.ts';
import { previewedPoint, totalsOf } from '../model/preview-totals.ts';
import { remainingMs } from '../model/progress.ts';
import type { Given } from '../wire/calls.ts';
import { type AddCommand, type CliContext, type ExitStatus, show } from './context.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { counted, tableText, timeText } from './table.ts';
import { type PointDocument, readDocuments } from './threshold-documents.ts';

interface PeriodOptions {
  readonly days?: number;
  readonly from?: string;
  readonly to?: string;
}

interface PreviewOptions extends PeriodOptions {
  readonly point?: string;
}

const ASK_EVERY_MS = 500;
const TENTHS = 10;

/** What a point’s own history says of values: previews and advice. */
export const addThresholdEvidence: AddCommand = (thresholds, context, finish) => {
  onServer<PreviewOptions>(
    thresholds
      .command('preview <file>')
      .description('what the last days would have done under the documents of a file, beside what they did')
      .option('--point <id>', 'only this point; needed when the file holds one document alone')
      .option('--days <days>', 'the last so many days (default 30)', positive)
      .option('--from <time>', 'instead: from; ISO 8601 with a time zone, or ms')
      .option('--to <time>', 'to (default now)'),
    context,
    finish,
    async (server, options, [file = '']) => {
      const items = readDocuments(file, options.point);
      const [only] = items;
      return items.length === 1 && only !== undefined
        ? previewOne(server, context, options, only)
        : previewMany(server, context, options, { items });
    },
  );

  onServer<PeriodOptions & { readonly rule?: string }>(
    thresholds
      .command('advice <point>')
      .description('what its history says about the deadband and the delays of a rule')
      .option('--rule <rule>', 'which; may be left out when one has levels, or one of them on a number')
      .option('--days <days>', 'the last so many days (default 30)', positive)
      .option('--from <time>', 'instead: from; ISO 8601 with a time zone, or ms')
      .option('--to <time>', 'to (default now)'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const { rule, days, from, to } = options;
      const advice = await server.follow('GET /points/{id}/thresholds/advice', tellProgress(context), {
        path: { id: point },
        query: { rule, days, from, to },
      });
      show(context, options, advice, adviceText(advice));
      return 0;
    },
  );
};

/** How far it is, at every tenth, with how long it still takes. */
function tellProgress(context: CliContext): (share: number) => void {
  const startedMs = performance.now();
  let next = 1 / TENTHS;
  return (share) => {
    if (share < next) return;
    next = (Math.floor(share * TENTHS) + 1) / TENTHS;
    const leftMs = remainingMs(share, performance.now() - startedMs);
    const left = leftMs === null ? '' : `, about ${Math.ceil(leftMs / 1_000)} s to go`;
    context.stderr(`${Math.floor(share * 100)} %${left}\n`);
  };
}

async function previewOne(
  server: Server,
  context: CliContext,
  options: PreviewOptions & ServerOptions,
  { point, document }: PointDocument,
): Promise<ExitStatus> {
  const { days, from, to } = options;
  const { body: preview } = await server.call('POST /points/{id}/thresholds/preview', {
    path: { id: point },
    query: { days, from, to },
    body: document,
  });
  const { gained, lost, present, proposed, lessons } = preview;
  const list = (title: string, incidents: typeof gained) =>
    incidents.length === 0
      ? []
      : [title, ...incidents.map(({ rule, level, raisedAt }) => `  ${timeText(raisedAt)}  ${level}  ${rule}`)];
  const delays = [present, proposed].map(({ delay }) => (delay === null ? '–' : spanText(delay.median)));
  const text = [
    `${point}, ${timeText(preview.from)} to ${timeText(preview.to)}, ${counted(preview.data.readings, 'reading')}`,
    totalsText(totalsOf([previewedPoint(preview)]), [['breach to alert, median', ...delays]]),
    ...dataText(preview),
    ...list('Only under the proposed values:', gained),
    ...list('Only under the present values:', lost),
    ...lessons.flatMap(({ title, failures }) => [
      `Rule test "${title}": ${failures.length === 0 ? 'as before' : 'otherwise'}`,
      ...failures.map(({ expected, found }) => `  expected ${expected}, found ${found}`),
    ]),
  ].join('\n');
  show(context, options, preview, `${text}\n`);
  return 0;
}

/** A job of the server, which is called off when the program is ended. */
export async function previewMany(
  server: Server,
  context: CliContext,
  options: PeriodOptions & ServerOptions,
  wanted: Pick<NonNullable<Given<'POST /thresholds/preview'>['body']>, 'items' | 'template'>,
): Promise<ExitStatus> {
  const { days, from, to } = options;
  const time = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : text);
  const body = { ...wanted, days, from: time(from), to: time(to) };
  let { body: job } = await server.call('POST /thresholds/preview', { body });
  const path = { job: job.id };
  let told = -1;
  while (job.state === 'running') {
    if (job.done !== told) context.stderr(`${job.done} of ${job.total} points\n`);
    told = job.done;
    await sleep(ASK_EVERY_MS);
    job = (await server.call('GET /thresholds/preview/{job}', { path })).body;
  }
  const rows = job.items
    .toSorted((a, b) => (a.point < b.point ? -1 : 1))
    .map(({ point, present, proposed, lost, gained, weakens }) => [
      point,
      String(present.alerts),
      String(proposed.alerts),
      String(lost),
      String(gained),
      weakens.map(({ rule, level }) => `${level} of ${rule}`).join(', '),
    ]);
  const text = [
    tableText(['point', 'alerts', 'proposed', 'lost', 'gained', 'harder to reach'], rows),
    totalsText(job.totals, []),
    ...dataTotals(job.totals),
    ...job.failures.map(({ point, code, detail }) => `${point}: ${code} ${detail}`),
  ].join('\n');
  show(context, options, job, `${text}\n`);
  return job.failures.length === 0 ? 0 : 1;
}

function totalsText(
  { present, proposed, gained, lost, levelChanged }: PreviewTotals,
  more: readonly string[][],
): string {
  const row = (name: string, of: (side: PreviewTotals['present']) => string) => [name, of(present), of(proposed)];
  const rows = [
    row('alerts', ({ alerts }) => String(alerts)),
    ...LEVELS.toReversed().map((level) => row(`  ${level}`, ({ byLevel }) => String(byLevel[level]))),
    row('alerts a day', ({ alertsPerDay }) => String(alertsPerDay)),
    row('time in alarm', ({ timeInAlarm }) => spanText(timeInAlarm)),
    row('longest', ({ longest }) => spanText(longest)),
    row('chattering', ({ chatteringEpisodes }) => String(chatteringEpisodes)),
    ...more,
  ];
  return `${tableText(['', 'present', 'proposed'], rows)}${lost} lost, ${gained} gained, ${levelChanged} at another level`;
}

/** What the judgement can't say, and by which intervals it was made. */
function dataText({ data, from, to }: ThresholdPreview): string[] {
  const covered = spanText(data.covered * (to - from));
  const profile = spanText(data.reportEvery);
  return [
    ...(data.judges === 'nothing'
      ? [`Too little data to judge anything: ${counted(data.readings, 'reading')}, covering ${covered}.`]
      : data.judges === 'part'
        ? [`The readings cover only ${covered}.`]
        : []),
    ...data.slower.map(
      (one) =>
        `From ${timeText(one.from)} to ${timeText(one.to)} readings come every ${spanText(one.interval)}, more seldom than ` +
        `the profile's ${profile}; silence is judged by three times that.`,
    ),
    ...(data.coarse.length === 0
      ? []
      : [`Judged only roughly, being shorter than that: delays, windows or silences of ${data.coarse.join(', ')}.`]),
  ];
}

function dataTotals({ slower, unjudged }: PreviewTotals): string[] {
  return [
    ...(unjudged === 0 ? [] : [`${counted(unjudged, 'point has', 'points have')} too little data to judge anything`]),
    ...(slower === 0
      ? []
      : [
          `${counted(slower, 'point is', 'points are')} judged by the interval of their data, longer than the profile's`,
        ]),
  ];
}

function spanText(ms: number): string {
  return formatDuration(Math.round(ms / 1_000) * 1_000);
}

function adviceText({ point, rule, present, suggested, reasons, noise, unit, deadband }: ThresholdAdvice): string {
  const curve = (deadband?.curve ?? []).map(({ deadband: width, alerts, lost, delay }) => [
    String(width),
    String(alerts),
    String(lost),
    delay === null ? '–' : spanText(delay),
  ]);
  return [
    `${point} ${rule}: ${counted(present.alerts, 'alert')} at present, ${suggested?.alerts ?? present.alerts} as suggested`,
    `noise ${noise ?? '–'} ${unit ?? ''}`.trimEnd(),
    ...reasons.map(({ en }) => en),
    ...(curve.length === 0 ? [] : ['', tableText(['deadband', 'alerts', 'lost', 'delay'], curve).trimEnd()]),
    ...(suggested === null ? [] : ['', JSON.stringify(suggested.rule)]),
    '',
  ].join('\n');
}

function positive(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0)) throw new InvalidArgumentError('expected a whole number above zero');
  return value;
}
