import { z } from 'zod';
import { idSchema, wordsSchema } from './names.ts';
import { timeMsOrNull } from './time-schema.ts';

/**
 * The response to an alert, beside its state: who was sent, who arrived, what was done, what it was, and that it is over
 * (预警 – 响应 – 执行 – 反馈). It may outlive the alert: a road stays closed when the water has gone.
 */

/** What a step of a plan says, at most: characters. */
export const STEP_WORDS_MAX = 200;

/** How far a response has come: that of whoever is on his way or there counts before what is done already. */
export const RESPONSE_STAGES = ['open', 'dispatched', 'accepted', 'arrived', 'handled', 'feedback', 'closed'] as const;
export type ResponseStage = (typeof RESPONSE_STAGES)[number];

/** Who is sent: somebody or a team of the setup of notifications, or whoever goes, by name alone. */
export const assigneeSchema = z
  .object({
    person: idSchema.optional().meta({ description: 'Of the setup of notifications' }),
    team: idSchema.optional().meta({ description: 'Of the setup of notifications' }),
    name: z.string().meta({ description: 'As it was when he was sent' }),
  })
  .meta({ id: 'Assignee' });
export type Assignee = z.infer<typeof assigneeSchema>;

export const dispatchSchema = z
  .object({
    number: z.number().int().meta({ description: 'Counted from 1 in the alert' }),
    to: assigneeSchema,
    state: z.enum(['waiting', 'accepted', 'declined', 'arrived', 'handled']),
    by: z.string(),
    at: z.number().meta({ description: 'When he was sent, ms since 1970' }),
    answeredAt: timeMsOrNull('When he accepted or declined; that he came is an answer'),
    arrivedAt: timeMsOrNull('When he was there'),
    handledAt: timeMsOrNull('When it was done'),
  })
  .meta({ id: 'Dispatch' });
export type Dispatch = z.infer<typeof dispatchSchema>;

export const feedbackSchema = z
  .object({
    cause: z.string().nullable().meta({ description: 'What it came from' }),
    measures: z.string().nullable().meta({ description: 'What was done' }),
    moved: z.number().int().nullable().meta({ description: 'How many people were moved; null where nobody said' }),
    by: z.string(),
    at: z.number().meta({ description: 'ms since 1970' }),
  })
  .meta({ id: 'Feedback', description: 'What came of it; what it was is the alert’s `verdict`' });
export type Feedback = z.infer<typeof feedbackSchema>;

export const planProgressSchema = z
  .object({
    id: idSchema,
    revision: z.number().int().meta({ description: 'Of the plans, when a step of it was ticked off last' }),
    steps: z
      .array(
        z.object({
          step: idSchema,
          do: wordsSchema(STEP_WORDS_MAX).meta({ description: 'As the plan had it then' }),
          by: z.string(),
          at: z.number().meta({ description: 'ms since 1970' }),
        }),
      )
      .meta({ description: 'Those that are done, in the order in which they were ticked off' }),
  })
  .meta({ id: 'PlanProgress', description: 'The plan that is followed' });
export type PlanProgress = z.infer<typeof planProgressSchema>;

export const responseSchema = z
  .object({
    stage: z.enum(RESPONSE_STAGES),
    dispatches: z.array(dispatchSchema),
    feedback: feedbackSchema.nullable(),
    plan: planProgressSchema.optional(),
    closedAt: timeMsOrNull('When it was closed'),
    closedBy: z.string().nullable(),
  })
  .meta({
    id: 'Response',
    description: 'Who is on it, and what came of it; absent until somebody was sent or reported',
  });
export type Response = z.infer<typeof responseSchema>;

/** Entries of the alert log that are of the response: they change nothing of the alert's own state. */
export const RESPONSE_EVENTS = [
  'dispatched',
  'accepted',
  'declined',
  'arrived',
  'handled',
  'feedback',
  'closed',
  'reopened',
  'step-done',
] as const;
export type ResponseEvent = (typeof RESPONSE_EVENTS)[number];

export function isOfResponse(event: string): event is ResponseEvent {
  return (RESPONSE_EVENTS as readonly string[]).includes(event);
}

export const NO_RESPONSE: Response = { stage: 'open', dispatches: [], feedback: null, closedAt: null, closedBy: null };

/** Whether the response to an alert goes on; false where there never was one. */
export function isResponding({ response }: { readonly response?: Response | undefined }): boolean {
  return response !== undefined && response.stage !== 'closed';
}

/** Those who are on their way or there. */
export function underWay({ dispatches }: Response): Dispatch[] {
  return dispatches.filter(({ state }) => state === 'waiting' || state === 'accepted' || state === 'arrived');
}

/** The same response with its stage, which follows from all else. */
export function staged(response: Omit<Response, 'stage'>): Response {
  return { ...response, stage: stageOf({ ...response, stage: 'open' }) };
}

function stageOf(response: Response): ResponseStage {
  const { closedAt, dispatches, feedback } = response;
  if (closedAt !== null) return 'closed';
  const states = new Set(underWay(response).map(({ state }) => state));
  if (states.has('arrived')) return 'arrived';
  if (states.has('accepted')) return 'accepted';
  if (states.has('waiting')) return 'dispatched';
  if (feedback !== null) return 'feedback';
  return dispatches.some(({ state }) => state === 'handled') ? 'handled' : 'open';
}
