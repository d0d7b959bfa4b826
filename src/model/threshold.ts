import { z } from 'zod';
import { calendarFields } from './calendar.ts';
import { durationSchema } from './duration.ts';
import { type Refusal, refusal } from './issue.ts';
import { LEVELS, type Level, levelSchema } from './level.ts';
import { idSchema, metricNameSchema, wordsSchema } from './names.ts';

/**
 * The threshold document of a monitoring point, as written in thresholds/*.yaml and sent over HTTP. This file is the
 * grammar only; what a document means is stated in docs/evaluation.md and done by evaluate/.
 */

const windowFields = {
  /** Share of the window, 0 to 1, that readings must cover before the criterion is judged; default 0.5 for averages. */
  coverage: z.number().min(0).max(1).optional(),
};

/** One test of a level. Several keys of one criterion are joined with "or": above 23.5 or below 19.5 for oxygen. */
export type Criterion = {
  above?: number | undefined;
  below?: number | undefined;
  equals?: number | boolean | string | undefined;
  rise?: number | undefined;
  fall?: number | undefined;
  within?: string | undefined;
  average?: string | undefined;
  maximum?: string | undefined;
  minimum?: string | undefined;
  sum?: string | undefined;
  coverage?: number | undefined;
  curve?: { over: string; points: [number, number][] } | undefined;
  any?: Criterion[] | undefined;
  all?: Criterion[] | undefined;
};

const criterionFields = {
  above: z.number().optional().meta({ description: 'Breached at or above this value' }),
  below: z.number().optional().meta({ description: 'Breached at or below this value' }),
  equals: z.union([z.number(), z.boolean(), z.string()]).optional(),
  rise: z.number().positive().optional().meta({ description: 'Rose by at least this much within the window' }),
  fall: z.number().positive().optional(),
  within: durationSchema.optional(),
  average: durationSchema.optional().meta({ description: 'above/below apply to the mean over this window' }),
  maximum: durationSchema.optional(),
  minimum: durationSchema.optional(),
  sum: durationSchema.optional(),
  ...windowFields,
  curve: z
    .object({
      over: metricNameSchema,
      points: z
        .array(z.tuple([z.number(), z.number()]))
        .min(1)
        .max(64),
    })
    .strict()
    .refine(
      ({ points }) => points.every((p, i) => i === 0 || p[0] > (points[i - 1]?.[0] ?? Number.NEGATIVE_INFINITY)),
      {
        ...refusal('curve-not-rising', {}),
        path: ['points'],
      },
    )
    .optional(),
};

const AGGREGATES = ['average', 'maximum', 'minimum', 'sum'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** What is wrong with the combination of keys of one criterion; empty when nothing is. */
function criterionProblems(criterion: Criterion): Refusal[] {
  const problems: Refusal[] = [];
  const aggregates = AGGREGATES.filter((key) => criterion[key] !== undefined);
  const hasLimit = criterion.above !== undefined || criterion.below !== undefined;
  const hasChange = criterion.rise !== undefined || criterion.fall !== undefined;
  if (aggregates.length > 1) problems.push(refusal('several-aggregates', { aggregates }));
  const [aggregate] = aggregates;
  if (aggregate !== undefined && aggregates.length === 1 && !hasLimit) {
    problems.push(refusal('aggregate-without-limit', { aggregate }));
  }
  if (hasChange && criterion.within === undefined) problems.push(refusal('change-without-window', {}));
  if (!hasChange && criterion.within !== undefined) problems.push(refusal('window-without-change', {}));
  if (criterion.coverage !== undefined && aggregates.length === 0 && !hasChange)
    problems.push(refusal('coverage-without-window', {}));
  const kinds = [hasLimit, hasChange, criterion.equals !== undefined, criterion.curve !== undefined];
  const combined = criterion.any !== undefined || criterion.all !== undefined;
  if (criterion.any !== undefined && criterion.all !== undefined) problems.push(refusal('any-and-all', {}));
  if (combined && kinds.some(Boolean)) problems.push(refusal('group-not-alone', {}));
  if (!combined && !kinds.some(Boolean)) problems.push(refusal('no-criterion', {}));
  return problems;
}

function refineCriterion(criterion: Criterion, ctx: z.RefinementCtx): void {
  for (const problem of criterionProblems(criterion)) ctx.addIssue({ code: 'custom', ...problem });
}

export const criterionSchema: z.ZodType<Criterion> = z.lazy(() =>
  z
    .object({
      ...criterionFields,
      any: z.array(criterionSchema).min(1).max(16).optional(),
      all: z.array(criterionSchema).min(1).max(16).optional(),
    })
    .strict()
    .superRefine(refineCriterion),
);

/** How a level is left again; a level's own values stand before its rule's. */
const recoveryFields = {
  /** How far back inside the limit the value must come before the level is left, in the rule's unit. */
  deadband: z.number().nonnegative().optional(),
  /** The value at which the level is left, instead of a deadband. */
  recover: z.number().optional(),
  /** Off-delay: how long the recovered condition must last. */
  recoverFor: durationSchema.optional(),
};

export const levelRuleSchema = z
  .object({
    ...criterionFields,
    any: z.array(criterionSchema).min(1).max(16).optional(),
    all: z.array(criterionSchema).min(1).max(16).optional(),
    /** On-delay: how long the condition must last before the level is reached. */
    for: durationSchema.optional(),
    ...recoveryFields,
    /** The local name of the level, such as 一级报警; only shown. */
    label: wordsSchema(64).optional(),
  })
  .strict()
  .superRefine(refineCriterion)
  .refine((level) => level.deadband === undefined || level.recover === undefined, refusal('deadband-and-recover', {}));
export type LevelRule = z.infer<typeof levelRuleSchema>;

const levelsShape = z
  .object({
    blue: levelRuleSchema.optional(),
    yellow: levelRuleSchema.optional(),
    orange: levelRuleSchema.optional(),
    red: levelRuleSchema.optional(),
  })
  .strict();
export const levelsSchema = levelsShape.refine(
  (levels) => LEVELS.some((level) => levels[level] !== undefined),
  refusal('no-level', {}),
);
export type Levels = z.infer<typeof levelsSchema>;

/** When another set of values applies: the flood season, nights, weekends. All given conditions must hold. */
export const scheduleEntrySchema = z
  .object({
    ...calendarFields,
    levels: levelsSchema,
  })
  .strict();
export type ScheduleEntry = z.infer<typeof scheduleEntrySchema>;

const ruleExtras = {
  /** Stays until an operator resets it: gas, fire. */
  latch: z.boolean().optional(),
  /** Another set of levels at given times; the first entry that applies is taken, otherwise `levels`. */
  schedule: z.array(scheduleEntrySchema).max(16).optional(),
  labels: z.record(z.string().max(64), z.string().max(256)).optional(),
};

/** Everything a rule may say. Which keys go together is checked by `ruleProblems`. */
export const ruleSchema = z
  .object({
    metric: metricNameSchema.optional(),
    unit: z.string().max(32).optional(),
    levels: levelsSchema.optional(),
    for: durationSchema.optional(),
    ...recoveryFields,
    ...ruleExtras,
    /** With a metric: that metric alone, whatever the others do. */
    noData: z
      .union([z.literal(false), z.object({ after: durationSchema.optional(), level: levelSchema.optional() }).strict()])
      .optional(),
    stuck: z
      .object({ after: durationSchema, tolerance: z.number().nonnegative().optional(), level: levelSchema.optional() })
      .strict()
      .optional(),
    range: z
      .union([
        z.literal(false),
        z
          .object({
            limits: z.tuple([z.number(), z.number()]).optional(),
            sentinels: z.array(z.number()).max(32).optional(),
            level: levelSchema.optional(),
          })
          .strict(),
      ])
      .optional(),
    vote: z
      .object({
        /** The points of the zone. */
        points: z.array(idSchema).min(1).max(256),
        /** How many of them must stand at or above `level`. */
        atLeast: z.number().int().positive(),
        /** The rule of those points that is counted; left out: the most severe of any of their levelled rules. */
        rule: idSchema.optional(),
        level: levelSchema,
        /** The level of the zone's own alert; default the level voted on. */
        raise: levelSchema.optional(),
      })
      .strict()
      .optional(),
  })
  .strict()
  .superRefine((rule, ctx) => {
    for (const problem of ruleProblems(rule)) ctx.addIssue({ code: 'custom', ...problem });
  });

type RuleShape = {
  metric?: string | undefined;
  levels?: Levels | undefined;
  noData?: unknown;
  stuck?: unknown;
  range?: unknown;
  vote?: { points: string[]; atLeast: number } | undefined;
  deadband?: number | undefined;
  recover?: number | undefined;
  schedule?: unknown;
};

/** The kinds of rule; each rule is exactly one of them. */
export const RULE_KINDS = ['levels', 'noData', 'stuck', 'range', 'vote'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

function ruleProblems(rule: RuleShape): (Refusal & { path: string[] })[] {
  const problems: (Refusal & { path: string[] })[] = [];
  const kinds = RULE_KINDS.filter((kind) => rule[kind] !== undefined);
  if (kinds.length !== 1) {
    problems.push({
      path: [],
      ...refusal('not-one-kind', { kinds: RULE_KINDS, found: kinds }),
    });
  }
  const kind = kinds[0];
  if ((kind === 'levels' || kind === 'stuck' || kind === 'range') && rule.metric === undefined) {
    problems.push({ path: ['metric'], ...refusal('rule-without-metric', { kind }) });
  }
  if (rule.deadband !== undefined && rule.recover !== undefined) {
    problems.push({ path: ['recover'], ...refusal('deadband-and-recover', {}) });
  }
  if (rule.schedule !== undefined && kind !== 'levels') {
    problems.push({ path: ['schedule'], ...refusal('schedule-without-levels', {}) });
  }
  if (rule.vote !== undefined && rule.vote.atLeast > rule.vote.points.length) {
    problems.push({ path: ['vote', 'atLeast'], ...refusal('too-many-votes', {}) });
  }
  return problems;
}
export type Rule = z.infer<typeof ruleSchema>;

/** Where a threshold comes from. There is no silent default: a document without a source says so by leaving it out. */
export const sourceSchema = z
  .object({
    standard: wordsSchema(256).optional(),
    edition: z.string().max(64).optional(),
    clause: wordsSchema(128).optional(),
    url: z.string().max(512).optional(),
    note: wordsSchema(2_048).optional(),
    verifiedBy: z.string().max(256).nullable().optional(),
    /** The template this document was taken from. */
    template: idSchema.optional(),
  })
  .strict();
export type ThresholdSource = z.infer<typeof sourceSchema>;

export const thresholdDocumentSchema = z
  .object({
    rules: z.record(idSchema, ruleSchema).default({}),
    /** false switches off the no-data rule that every point has by itself. */
    noData: z.literal(false).optional(),
    source: sourceSchema.optional(),
  })
  .strict();
/** A point's document without the point, as it travels over HTTP. */
export type ThresholdDocument = z.infer<typeof thresholdDocumentSchema>;

/** A list entry of thresholds/*.yaml. */
export const thresholdFileEntrySchema = thresholdDocumentSchema.extend({ point: idSchema });
export type ThresholdFileEntry = z.infer<typeof thresholdFileEntrySchema>;

/** Every key of a threshold document whose text is a duration. */
export const DURATION_KEYS = new Set(['for', 'recoverFor', 'within', 'average', 'maximum', 'minimum', 'sum', 'after']);

/** Ids of the rules every point has by itself. */
export const NO_DATA_RULE_ID = 'noData';
export const RANGE_RULE_PREFIX = 'range-';
export const DEFAULT_FAULT_LEVEL: Level = 'blue';

/** Whether the point has the no-data rule that every point has by itself: unless the document has one, or says no. */
export function impliesNoDataRule({ rules, noData }: Pick<ThresholdDocument, 'rules' | 'noData'>): boolean {
  return (
    noData !== false && !Object.values(rules).some((rule) => rule.noData !== undefined && rule.metric === undefined)
  );
}

/** Whether a document has anything to compare a value with: without it a point is never in alarm, however high it stands. */
export function hasLimits({ rules }: Pick<ThresholdDocument, 'rules'>): boolean {
  return Object.values(rules).some(({ levels, schedule, vote }) => (levels ?? schedule ?? vote) !== undefined);
}

/** Whether anything watches the point's silence: a no-data rule of the document's own, or the one every point has. */
export function watchesSilence({ rules, noData }: Pick<ThresholdDocument, 'rules' | 'noData'>): boolean {
  const own = Object.values(rules).filter((rule) => rule.noData !== undefined && rule.metric === undefined);
  return own.length === 0 ? noData !== false : own.some((rule) => rule.noData !== false);
}
