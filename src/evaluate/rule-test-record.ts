import { type Columns, marksAt, valueAt } from '../model/columns.ts';
import { metricsOfRule } from '../model/consistency.ts';
import type { PointDefinition } from '../model/definition.ts';
import { formatDuration } from '../model/duration.ts';
import { msOf } from '../model/instant.ts';
import { BAD, LATE, type Value } from '../model/reading.ts';
import type { Metric } from '../model/site.ts';
import { offsetText, outcomeOfRuleTest, type RuleTest, ruleTestSchema } from './rule-test.ts';
import { type Place, writeSeries } from './rule-test-write.ts';

/** Real history as a rule test: a lesson that is kept. */

export interface RecordRequest {
  readonly definition: PointDefinition;
  /** The readings of the point's metrics from `fromMs` to `toMs`, in time order. */
  readonly readings: readonly { readonly series: number; readonly columns: Columns }[];
  readonly fromMs: number;
  readonly toMs: number;
  /** How often the readings come, where that is more seldom than the point's profile says: silence is judged by it. */
  readonly seldomMs?: number;
  /** When operators let go of latched alerts. Those that mean nothing in the test are left out. */
  readonly resets: readonly { readonly atMs: number; readonly rule: string }[];
  readonly name: string;
  /** What stands above the test, for people. */
  readonly comment: string;
}

export interface RecordedTest {
  /** The text of a `*.test.yaml`, which passes under the definition's document. */
  readonly text: string;
  /** What the rules did, as the test has it. */
  readonly log: readonly string[];
  readonly samples: number;
  /** The time between two places of its series, ms. */
  readonly everyMs: number;
  /** Whether each sample has its own time, or the nearest place of a regular series. */
  readonly isExact: boolean;
}

interface Sample {
  readonly tsMs: number;
  readonly value: Value | 'bad';
}

/** The samples of each metric that has any. */
type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * The period as a test, as short as it can be without another outcome: first with the metrics the rules look at alone and
 * each sample at the nearest place of a regular series, then with everything as it was. Readings that came too late are
 * left out, because they changed nothing live; each of the others counts as having arrived at its own time. What the
 * test expects is what the document does with it, so it begins from nothing: a period should begin while all is calm.
 */
export function recordRuleTest(request: RecordRequest): RecordedTest {
  const startMs = Math.floor(request.fromMs / 1_000) * 1_000;
  const all = samplesOf(request);
  const relevant = onlyRelevant(all, request.definition);
  const whole = candidate(request, all, startMs, true);
  if (whole === undefined) throw new Error('a test with every sample at its own time can always be written');
  const shorter = [
    () => candidate(request, relevant, startMs, false),
    () => candidate(request, all, startMs, false),
    () => candidate(request, relevant, startMs, true),
  ];
  for (const make of shorter) {
    const found = make();
    if (found !== undefined && isSameStory(found, whole)) return found.recorded;
  }
  return whole.recorded;
}

interface Candidate {
  readonly recorded: RecordedTest;
  readonly openAtEnd: string;
}

/** Undefined when the samples do not fit into a regular series. */
function candidate(request: RecordRequest, samples: Samples, startMs: number, isExact: boolean): Candidate | undefined {
  const { definition, name, toMs, resets, seldomMs } = request;
  const everyMs = isExact ? finestMs(samples) : regularMs(samples);
  const input: Record<string, string> = {};
  let count = 0;
  for (const [metric, list] of samples) {
    const places = isExact ? exactPlaces(list, startMs, everyMs) : regularPlaces(list, startMs, everyMs);
    if (places === undefined) return undefined;
    input[metric] = writeSeries(places);
    count += places.length;
  }
  const metrics = definition.metrics;
  const base: RuleTest = ruleTestSchema.parse({
    name,
    point: definition.point,
    start: zonedTime(startMs),
    every: formatDuration(everyMs),
    ...(seldomMs === undefined ? {} : { reportEvery: formatDuration(seldomMs) }),
    input,
    expect: [{ at: offsetText(Math.max(0, Math.ceil(toMs / 1_000) * 1_000 - startMs)), alerts: {} }],
  });
  const subject = { document: definition.document, metrics, reportEveryMs: definition.reportEveryMs };
  const kept: RuleTest['resets'] = [];
  for (const { atMs, rule } of [...resets].sort((a, b) => a.atMs - b.atMs)) {
    const reset = { at: offsetText(Math.max(0, Math.ceil((atMs - startMs) / 1_000) * 1_000)), rule };
    if (outcomeOfRuleTest({ ...base, resets: [...kept, reset] }, subject).isSound) kept.push(reset);
  }
  const { log, open } = outcomeOfRuleTest({ ...base, resets: kept }, subject);
  const alerts = [...open].map(([rule, { level, unverified, recovered }]) => {
    const marks = [unverified ? ', unverified: true' : '', recovered ? ', recovered: true' : ''].join('');
    return `${key(rule)}: ${marks === '' ? level : `{ level: ${level}${marks} }`}`;
  });
  const openAtEnd = alerts.length === 0 ? '{}' : `{ ${alerts.join(', ')} }`;
  const text = textOf({ ...base, resets: kept }, log, openAtEnd, request.comment);
  return { recorded: { text, log, samples: count, everyMs, isExact }, openAtEnd };
}

/** The same changes in the same order, none of them further from its time than a place is wide. */
function isSameStory(a: Candidate, b: Candidate): boolean {
  const [mine, theirs] = [a.recorded, b.recorded];
  if (a.openAtEnd !== b.openAtEnd || mine.log.length !== theirs.log.length) return false;
  const untimed = (line: string) => line.slice(line.indexOf(' '));
  return mine.log.every((line, index) => untimed(line) === untimed(theirs.log[index] ?? ''));
}

function samplesOf({ definition, readings, fromMs, toMs }: RecordRequest): Samples {
  const samples = new Map<string, Sample[]>();
  for (const [name, metric] of Object.entries(definition.metrics)) {
    const columns = readings.find(({ series }) => series === metric.series)?.columns;
    const list: Sample[] = [];
    for (let i = 0; i < (columns?.tsMs.length ?? 0); i++) {
      const tsMs = msOf(columns?.tsMs[i] ?? 0);
      if (columns === undefined || tsMs < fromMs || tsMs >= toMs) continue;
      const marks = marksAt(columns, i);
      if (marks & LATE) continue;
      const value = valueAt(columns, i);
      list.push({ tsMs, value: (marks & BAD) !== 0 && !isBadByItself(value, metric) ? 'bad' : value });
    }
    if (list.length > 0) samples.set(name, list);
  }
  return samples;
}

/** Whether a test finds that the value is none, without being told. */
function isBadByItself(value: Value, { type, range, sentinels }: Metric): boolean {
  if (typeof value !== 'number') return false;
  if (type !== 'number') return true;
  return (range !== undefined && (value < range[0] || value > range[1])) || sentinels?.includes(value) === true;
}

function onlyRelevant(samples: Samples, { document }: PointDefinition): Samples {
  const used = new Set(
    Object.values(document.rules).flatMap((rule) => metricsOfRule(rule).map(({ metric }) => metric)),
  );
  const relevant = [...samples].filter(([metric]) => used.has(metric));
  return relevant.length === 0 ? samples : new Map(relevant);
}

/** Times between places that read well, ms. */
const NICE_MS = [1, 2, 5, 10, 15, 20, 30]
  .flatMap((count) => [count * 1_000, count * 60_000, count * 3_600_000])
  .sort((a, b) => a - b);

/** The usual time between two samples of the metric that reports most, as a person would say it. */
function regularMs(samples: Samples): number {
  const gaps = [...samples.values()].map(medianGapMs).filter((gap) => gap > 0);
  const usual = Math.min(...gaps);
  if (!Number.isFinite(usual)) return 60_000;
  const nearest = NICE_MS.reduce((best, one) => (Math.abs(one - usual) < Math.abs(best - usual) ? one : best));
  return Math.abs(nearest - usual) <= usual / 10 ? nearest : Math.max(1_000, Math.round(usual / 1_000) * 1_000);
}

function medianGapMs(list: readonly Sample[]): number {
  const gaps = list.slice(1).map(({ tsMs }, i) => tsMs - (list[i]?.tsMs ?? tsMs));
  gaps.sort((a, b) => a - b);
  return gaps[gaps.length >> 1] ?? 0;
}

/** Fine enough for each time of a metric to have a place of its own. */
function finestMs(samples: Samples): number {
  let least = regularMs(samples);
  for (const list of samples.values()) {
    for (let i = 1; i < list.length; i++) {
      const gapMs = (list[i]?.tsMs ?? 0) - (list[i - 1]?.tsMs ?? 0);
      if (gapMs > 0) least = Math.min(least, gapMs);
    }
  }
  return NICE_MS.findLast((nice) => nice <= least) ?? Math.max(1, Math.floor(least));
}

/** Each sample at the nearest place, or the one after when that is taken; undefined when there is none for it. */
function regularPlaces(list: readonly Sample[], startMs: number, everyMs: number): Place[] | undefined {
  const places: Place[] = [];
  for (const { tsMs, value } of list) {
    const last = places.at(-1)?.place ?? -1;
    const nearest = Math.max(0, Math.round((tsMs - startMs) / everyMs));
    if (nearest < last) return undefined;
    places.push({ place: nearest === last ? nearest + 1 : nearest, value, shiftMs: 0 });
  }
  return places;
}

function exactPlaces(list: readonly Sample[], startMs: number, everyMs: number): Place[] {
  let next = 0;
  return list.map(({ tsMs, value }) => {
    // Of several samples of one time the later ones have places of their own and arrive a little after it.
    const place = Math.max(Math.floor((tsMs - startMs) / everyMs), next);
    next = place + 1;
    return { place, value, shiftMs: tsMs - startMs - place * everyMs };
  });
}

const ZONE_MS = 8 * 3_600_000;

/** A time as people in China write it. */
function zonedTime(atMs: number): string {
  return `${new Date(atMs + ZONE_MS).toISOString().slice(0, 19)}+08:00`;
}

/** A key of a map on one line; what YAML could take for something else is quoted. */
function key(text: string): string {
  return /^[a-z][\w-]*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

const LINE_WIDTH = 100;

/** A long text over several lines, which YAML puts together again with blanks. */
function folded(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const token of text.match(/'[^']*'\S*|\S+/g) ?? []) {
    if (line !== '' && line.length + token.length >= LINE_WIDTH) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? token : `${line} ${token}`;
  }
  lines.push(line);
  return lines.map((each) => `${indent}${each}\n`).join('');
}

function textOf(test: RuleTest, log: readonly string[], openAtEnd: string, comment: string): string {
  const notes = comment.split('\n').map((line) => `# ${line}\n`);
  const input = Object.entries(test.input).map(
    ([metric, series]) => `    ${key(metric)}: >-\n${folded(series, '      ')}`,
  );
  const resets = test.resets.map(({ at, rule }) => `    - { at: ${at}, rule: ${key(rule)} }\n`);
  const lines = log.map((line) => `    - ${line.includes('#') || line.includes(': ') ? JSON.stringify(line) : line}\n`);
  return [
    ...notes,
    `- name: ${JSON.stringify(test.name)}\n`,
    `  point: ${key(test.point ?? '')}\n`,
    `  start: "${test.start}"\n`,
    `  every: ${test.every}\n`,
    ...(test.reportEvery === undefined ? [] : [`  reportEvery: ${test.reportEvery}\n`]),
    input.length === 0 ? '  input: {}\n' : '  input:\n',
    ...input,
    ...(resets.length === 0 ? [] : ['  resets:\n', ...resets]),
    `  expect:\n    - { at: ${test.expect[0]?.at ?? '0s'}, alerts: ${openAtEnd} }\n`,
    ...(lines.length === 0 ? ['  log: []\n'] : ['  log:\n', ...lines]),
  ].join('');
}
