import { z } from 'zod';
import type { PointDefinition } from '../model/definition.ts';
import { durationMs, durationSchema } from '../model/duration.ts';
import { LEVELS, type Level } from '../model/level.ts';
import { idSchema, metricNameSchema, type NameText, wordsSchema } from '../model/names.ts';
import { ownOf } from '../model/own.ts';
import { BAD, type Reading, type Value } from '../model/reading.ts';
import { isSameWords, resolveName } from '../model/resolve-name.ts';
import { createSequencer, ONCE } from '../model/sequence.ts';
import { type Metric, metricSchema } from '../model/site.ts';
import { thresholdDocumentSchema } from '../model/threshold.ts';
import { createEvaluator } from './evaluator.ts';
import { parseSeries, type TestSample } from './rule-test-series.ts';
import type { EvaluatedTransition } from './transition.ts';

/**
 * Tests of thresholds as data: what a point reports, and the alerts that must be open at given times. The notation is
 * described in docs/evaluation.md; reading the files is cli/'s work.
 */

/** Texts in the compact notation, by metric. */
const seriesSchema = z.record(
  metricNameSchema,
  z.string({ error: 'a series as text; in quotes when YAML takes it for something else, such as 0x6' }).min(1),
);

const openAlertSchema = z
  .object({
    level: z.enum(LEVELS),
    /** The value and the limit that brought the alert to its level, in the rule's unit. */
    value: z.union([z.number(), z.boolean(), z.string(), z.null()]).optional(),
    limit: z.union([z.number(), z.boolean(), z.string(), z.null()]).optional(),
    /** When it was raised, in event time after the start. */
    since: durationSchema.optional(),
    unverified: z.boolean().optional(),
    /** Latched, and the condition has passed. */
    recovered: z.boolean().optional(),
    label: wordsSchema(64).optional(),
  })
  .strict();
type ExpectedAlert = z.infer<typeof openAlertSchema>;

const LOG_LINE =
  /^-?(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+ (\S+) (raised|escalated|deescalated|recovered|relapsed|cleared|unverified|verified|retrospective) (blue|yellow|orange|red)$/;

export const ruleTestSchema = z
  .object({
    name: z.string().min(1).max(256),
    /** The point whose document is tested; or a template with its parameters; or a document written here. */
    point: idSchema.optional(),
    template: idSchema.optional(),
    parameters: z.record(idSchema, z.number()).optional(),
    document: thresholdDocumentSchema.optional(),
    /** What the sensor measures, as in a profile. A point and a template bring it along; what stands here is added. */
    metrics: z.record(metricNameSchema, metricSchema).optional(),
    /** How often the device reports; default what the point's profile says, otherwise `every`. */
    reportEvery: durationSchema.optional(),
    /** The time that all others count from, which matters to schedules alone. */
    start: z.iso
      .datetime({ offset: true, error: 'a time with its zone, such as 2026-06-01T08:00:00+08:00' })
      .default('2024-01-01T00:00:00+08:00'),
    /** The time between two places of a series. */
    every: durationSchema.default('60s'),
    input: seriesSchema.default({}),
    /** Messages of many readings at once, as after an outage of the network. */
    batches: z
      .array(
        z
          .object({
            /** When it arrives. */
            at: durationSchema,
            /** The time of its first reading. */
            from: durationSchema,
            every: durationSchema.optional(),
            input: seriesSchema,
          })
          .strict(),
      )
      .default([]),
    /** What operators do: let go of the latched alert of a rule. */
    resets: z.array(z.object({ at: durationSchema, rule: idSchema }).strict()).default([]),
    /** All alerts that are open at an arrival time, by rule; the whole of them, so `{}` says that there is none. */
    expect: z
      .array(
        z
          .object({
            at: durationSchema,
            alerts: z.record(idSchema, z.union([z.enum(LEVELS), openAlertSchema])),
          })
          .strict(),
      )
      .default([]),
    /** All changes in their order, each `<event time> <rule> <what> <level>`, such as `75s depth raised red`. */
    log: z.array(z.string().regex(LOG_LINE, { error: 'a line such as "75s depth raised red"' })).optional(),
  })
  .strict()
  .superRefine((test, ctx) => {
    const kinds = [test.point, test.template, test.document].filter((x) => x !== undefined);
    if (kinds.length !== 1) ctx.addIssue({ code: 'custom', message: 'exactly one of point, template and document' });
    if (test.expect.length === 0 && test.log === undefined) {
      ctx.addIssue({ code: 'custom', message: 'expect or log, or nothing is tested' });
    }
    if (test.parameters !== undefined && test.template === undefined) {
      ctx.addIssue({ code: 'custom', path: ['parameters'], message: 'a template, whose parameters they are' });
    }
  });
export type RuleTest = z.infer<typeof ruleTestSchema>;
export const ruleTestFileSchema = z.array(ruleTestSchema);

/** What is put to the test: a point's document and what is known of its metrics. */
export type RuleTestSubject = Pick<PointDefinition, 'document'> & {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly reportEveryMs: number | undefined;
};

/** Something that did not come out as written. */
export interface RuleTestFailure {
  /** Where in the test, such as `['expect', 2, 'alerts']`. */
  readonly path: readonly (string | number)[];
  /** The time after the start that it is about; undefined when it is about the test as such. */
  readonly at: string | undefined;
  readonly expected: string;
  readonly found: string;
}

const POINT = 'point-under-test';

/** Runs a test against its subject. Empty when all came out as written. */
export function runRuleTest(test: RuleTest, subject: RuleTestSubject): RuleTestFailure[] {
  const failures: RuleTestFailure[] = [];
  const { log } = playTest(test, subject, failures);
  if (log !== undefined && test.log !== undefined) failures.push(...compareLogs(test.log, log));
  return failures;
}

/** What comes of a test's input, whatever it expects: the log in its own words, and what is open at the last time it names. */
export function outcomeOfRuleTest(
  test: RuleTest,
  subject: RuleTestSubject,
): { readonly log: readonly string[]; readonly open: ReadonlyMap<string, OpenAlert>; readonly isSound: boolean } {
  const failures: RuleTestFailure[] = [];
  const { log = [], open = new Map() } = playTest(test, subject, failures);
  const isSound = failures.every(({ path }) => path[0] === 'expect' || path[0] === 'log');
  return { log, open, isSound };
}

/** The log as lines; undefined when the input could not be read. */
function playTest(
  test: RuleTest,
  subject: RuleTestSubject,
  failures: RuleTestFailure[],
): { readonly log?: string[]; readonly open?: ReadonlyMap<string, OpenAlert> } {
  const startMs = Date.parse(test.start);
  const metrics = { ...subject.metrics, ...test.metrics };
  const reportEveryMs =
    test.reportEvery === undefined ? (subject.reportEveryMs ?? durationMs(test.every)) : durationMs(test.reportEvery);
  const numbered = Object.fromEntries(
    Object.entries(metrics).map(([name, metric], i) => [name, { ...metric, series: i + 1 }]),
  );
  const messages = messagesOf(test, numbered, startMs, failures);
  if (failures.length > 0) return {};
  const definition: PointDefinition = {
    id: 1,
    point: POINT,
    area: POINT,
    family: 'other',
    device: POINT,
    reportEveryMs,
    metrics: numbered,
    revision: 1,
    document: subject.document,
  };
  const { log, open } = play(test, definition, messages, startMs, failures);
  return { log: log.map((t) => `${offsetText(t.atMs - startMs)} ${t.rule} ${t.type} ${t.level}`), open };
}

interface Message {
  readonly atMs: number;
  readonly readings: Reading[];
}

/** The messages of a test, by arrival. What arrives at one time and belongs to one time is one message. */
function messagesOf(
  test: RuleTest,
  metrics: PointDefinition['metrics'],
  startMs: number,
  failures: RuleTestFailure[],
): Message[] {
  const messages: Message[] = [];
  const byTimes = new Map<string, Message>();
  const sources = [
    { input: test.input, path: ['input'], fromMs: 0, everyMs: durationMs(test.every), arrivesMs: undefined },
    ...test.batches.map((batch, b) => ({
      input: batch.input,
      path: ['batches', b, 'input'],
      fromMs: durationMs(batch.from),
      everyMs: durationMs(batch.every ?? test.every),
      arrivesMs: durationMs(batch.at),
    })),
  ];
  for (const { input, path, fromMs, everyMs, arrivesMs } of sources) {
    for (const [name, text] of Object.entries(input)) {
      const fail = (found: string, expected: string) =>
        failures.push({ path: [...path, name], at: undefined, found, expected });
      const metric = ownOf(metrics, name);
      if (metric === undefined) {
        fail(`"${name}"`, `a metric of the point: ${Object.keys(metrics).join(', ')}`);
        continue;
      }
      const parsed = parseSeries(text, everyMs);
      if ('problem' in parsed) {
        fail(`"${parsed.problem}"`, 'samples such as 5, 20x10, 0+2x5, _x3, null, bad, =, 7@-1h, 7>2m');
        continue;
      }
      for (const sample of parsed.samples) {
        const atMs = startMs + (arrivesMs ?? fromMs + sample.arrivesMs);
        const tsMs = startMs + fromMs + sample.tsMs;
        const key = arrivesMs === undefined ? `${atMs} ${tsMs}` : `batch ${path[1]}`;
        const message = byTimes.get(key) ?? { atMs, readings: [] };
        if (!byTimes.has(key)) messages.push(message);
        byTimes.set(key, message);
        message.readings.push({
          series: metric.series,
          tsMs,
          value: plainValue(sample),
          marks: marksOf(sample, metric),
        });
      }
    }
  }
  for (const { readings } of messages) readings.sort((a, b) => a.tsMs - b.tsMs);
  // Of messages that arrive together the one with the older readings comes first.
  return messages.sort((a, b) => a.atMs - b.atMs || (a.readings[0]?.tsMs ?? 0) - (b.readings[0]?.tsMs ?? 0));
}

function plainValue({ value }: TestSample): Value {
  return value === 'bad' ? null : typeof value === 'object' && value !== null ? value.text : value;
}

/** As decoding marks them: what the sensor cannot have measured is bad. */
function marksOf({ value }: TestSample, { range, sentinels, type, values }: Metric): number {
  if (value === null) return 0;
  if (value === 'bad') return BAD;
  const plain = typeof value === 'object' ? value.text : value;
  if (typeof plain !== type) return BAD;
  if (typeof plain === 'string') return values?.includes(plain) === false ? BAD : 0;
  if (typeof plain !== 'number') return 0;
  const isOutside = range !== undefined && (plain < range[0] || plain > range[1]);
  return isOutside || sentinels?.includes(plain) === true ? BAD : 0;
}

/** An alert that is open, as the log so far says. */
export interface OpenAlert {
  readonly level: Level;
  readonly value: Value;
  readonly limit: Value;
  readonly label: NameText | null;
  readonly sinceMs: number;
  readonly unverified: boolean;
  readonly recovered: boolean;
}

/**
 * Plays messages and operators into an evaluator as a live server would: ticks at every deadline, a message that arrives
 * at the moment of a deadline before its tick. The expectations are looked at when everything up to their time is done.
 */
function play(
  test: RuleTest,
  definition: PointDefinition,
  messages: readonly Message[],
  startMs: number,
  failures: RuleTestFailure[],
): { readonly log: readonly EvaluatedTransition[]; readonly open: ReadonlyMap<string, OpenAlert> } {
  const evaluator = createEvaluator();
  const sequencer = createSequencer(evaluator.newestInstant);
  const log: EvaluatedTransition[] = [];
  const open = new Map<string, OpenAlert>();
  let position = 0;
  const take = (transitions: readonly EvaluatedTransition[]) => {
    for (const transition of transitions) follow(open, transition);
    log.push(...transitions);
  };
  const passTime = (untilMs: number, isIncluded: boolean) => {
    for (;;) {
      const nextMs = evaluator.nextDeadlineMs();
      if (nextMs === undefined || nextMs > untilMs || (nextMs === untilMs && !isIncluded)) return;
      take(evaluator.tick(nextMs, ++position));
      // A deadline that stays where it is would be a mistake of evaluation; the test says so by its other failures.
      if (evaluator.nextDeadlineMs() === nextMs) return;
    }
  };
  take(evaluator.define(definition, ++position, startMs));
  const steps: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [
    ...messages.map(({ atMs, readings }) => ({
      atMs,
      order: 0,
      run() {
        sequencer.place(readings, () => false, ONCE);
        take(evaluator.message(readings, atMs, ++position));
      },
    })),
    ...test.resets.map(({ at, rule }, r) => {
      const atMs = startMs + durationMs(at);
      const run = () => {
        const outcome = evaluator.reset(POINT, rule, atMs, ++position);
        if (outcome === 'reset') open.delete(rule);
        else failures.push({ path: ['resets', r], at, found: outcome, expected: `an alert of ${rule} to reset` });
      };
      return { atMs, order: 1, run };
    }),
    ...test.expect.map(({ at, alerts }, e) => {
      const atMs = startMs + durationMs(at);
      const run = () => {
        passTime(atMs, true);
        failures.push(
          ...compareOpen(alerts, open, startMs).map((one) => ({ path: ['expect', e, ...one.path], at, ...one.words })),
        );
      };
      return { atMs, order: 2, run };
    }),
  ];
  steps.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  for (const { atMs, run } of steps) {
    passTime(atMs, false);
    run();
  }
  return { log, open };
}

function follow(open: Map<string, OpenAlert>, transition: EvaluatedTransition): void {
  const { rule, type, level, value, limit, label, atMs } = transition;
  const present = open.get(rule);
  switch (type) {
    case 'retrospective':
      return;
    case 'cleared':
      open.delete(rule);
      return;
    case 'raised':
      open.set(rule, { level, value, limit, label, sinceMs: atMs, unverified: false, recovered: false });
      return;
    case 'escalated':
    case 'deescalated':
      if (present !== undefined) open.set(rule, { ...present, level, value, limit, label, recovered: false });
      return;
    case 'recovered':
    case 'relapsed':
      if (present !== undefined) open.set(rule, { ...present, recovered: type === 'recovered', unverified: false });
      return;
    case 'unverified':
    case 'verified':
      if (present !== undefined) open.set(rule, { ...present, unverified: type === 'unverified' });
  }
}

type Comparison = { readonly path: readonly (string | number)[]; readonly words: { expected: string; found: string } };

function compareOpen(
  expected: Readonly<Record<string, Level | ExpectedAlert>>,
  open: ReadonlyMap<string, OpenAlert>,
  startMs: number,
): Comparison[] {
  const comparisons: Comparison[] = [];
  for (const [rule, given] of Object.entries(expected)) {
    const wanted: ExpectedAlert = typeof given === 'string' ? { level: given } : given;
    const found = open.get(rule);
    const since = wanted.since === undefined ? undefined : offsetText(durationMs(wanted.since));
    const words = { expected: `${rule} ${alertText({ ...wanted, since })}`, found: `no alert of ${rule}` };
    if (found === undefined) comparisons.push({ path: ['alerts', rule], words });
    else if (!isAsExpected(wanted, found, startMs)) {
      const whole = { ...found, since: offsetText(found.sinceMs - startMs) };
      comparisons.push({ path: ['alerts', rule], words: { ...words, found: `${rule} ${alertText(whole, wanted)}` } });
    }
  }
  for (const [rule, found] of open) {
    if (rule in expected) continue;
    const whole = { ...found, label: found.label ?? undefined, since: offsetText(found.sinceMs - startMs) };
    comparisons.push({
      path: ['alerts'],
      words: { expected: `no alert of ${rule}`, found: `${rule} ${alertText(whole)}` },
    });
  }
  return comparisons;
}

/** An alert is as expected when all that is said of it holds; unverified and recovered must be said when they are so. */
function isAsExpected(wanted: ExpectedAlert, found: OpenAlert, startMs: number): boolean {
  const { level, value, limit, since, label, unverified = false, recovered = false } = wanted;
  return (
    level === found.level &&
    unverified === found.unverified &&
    recovered === found.recovered &&
    (value === undefined || value === found.value) &&
    (limit === undefined || limit === found.limit) &&
    (label === undefined || (found.label !== null && isSameWords(label, found.label))) &&
    (since === undefined || durationMs(since) === found.sinceMs - startMs)
  );
}

type Described = Omit<ExpectedAlert, 'label'> & { readonly label?: NameText | null | undefined };

/** In words: the level, then what else is said, or asked for by `wanted`. */
function alertText(alert: Described, wanted: Described = alert): string {
  const parts: string[] = [alert.level];
  if (alert.unverified === true) parts.push('unverified');
  if (alert.recovered === true) parts.push('recovered');
  for (const key of ['value', 'limit', 'since', 'label'] as const) {
    const value = key === 'label' && alert.label != null ? resolveName(alert.label, '').zh : alert[key];
    if (wanted[key] !== undefined) parts.push(`${key} ${value}`);
  }
  return parts.join(', ');
}

/** Lines that are missing and lines that are too many, each with its place in the log as written. */
function compareLogs(expected: readonly string[], found: readonly string[]): RuleTestFailure[] {
  const wanted = expected.map((line) => {
    const [at = '', ...rest] = line.split(' ');
    const atMs = at.startsWith('-') ? -durationMs(at.slice(1)) : durationMs(at);
    return [offsetText(atMs), ...rest].join(' ');
  });
  const failures: RuleTestFailure[] = [];
  let [w, f] = [0, 0];
  for (const [nextW, nextF] of [...commonLines(wanted, found), [wanted.length, found.length] as const]) {
    const missing = wanted.slice(w, nextW);
    const extra = found.slice(f, nextF);
    for (let i = 0; i < Math.max(missing.length, extra.length); i++) {
      const at = (missing[i] ?? extra[i])?.split(' ')[0];
      const words = { expected: missing[i] ?? 'nothing more here', found: extra[i] ?? 'nothing of the kind' };
      failures.push({ path: ['log', Math.min(w + i, Math.max(0, wanted.length - 1))], at, ...words });
    }
    [w, f] = [nextW + 1, nextF + 1];
  }
  return failures;
}

const PARTS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** A time after the start as a person writes it, such as `28h30m`; late data may bear times before the start. */
export function offsetText(ms: number): string {
  let left = Math.abs(ms);
  let text = '';
  for (const [unit, unitMs] of PARTS) {
    const count = Math.floor(left / unitMs);
    left -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return `${ms < 0 ? '-' : ''}${text === '' ? '0s' : text}`;
}

/** The longest common subsequence of two logs, as pairs of places. */
function commonLines(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row !== undefined) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
