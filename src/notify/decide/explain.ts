import type { Alert } from '../../model/alert.ts';
import type { Intent } from '../../model/notify/delivery.ts';
import type { Explanation, Stage } from '../../model/notify/explanation.ts';
import type { Silence } from '../../model/notify/silence.ts';
import { DAY_MS } from '../../model/time.ts';
import { createPlay } from './play.ts';
import type { DecideContext } from './run.ts';

/** So far ahead one looks, and at most so many deadlines: whole ladders, and the first of what is repeated. */
const LOOK_AHEAD_MS = 2 * DAY_MS;
const DEADLINES_MAX = 64;

/**
 * Who would get an alert now: what live telling would do if it were raised at `atMs` and went on, with each message accepted
 * by its gateway at once and nobody answering. It is the live function itself that is run, so it cannot say otherwise.
 * `alert` may be one that is open, or imagined; what is shelved or suppressed is told to nobody, and that is said.
 */
export function explain(
  context: Omit<DecideContext, 'hear'>,
  silences: readonly Silence[],
  { alert, areas }: { readonly alert: Alert; readonly areas: readonly string[] },
  atMs: number,
): Explanation {
  const stages: Stage[] = [];
  const told: Intent[] = [];
  let hasRepeated = false;
  const play = createPlay({
    context,
    proofOf: () => 'accepted',
    onPlayed(played) {
      stages.push(...played.stages);
      told.push(...played.intents);
      hasRepeated ||= played.intents.some(({ reason }) => reason === 'repeat');
    },
  });
  for (const silence of silences) if (silence.untilMs > atMs) play.give({ type: 'silence', silence, atMs });
  const raised: Alert = { ...alert, state: 'active', acknowledged: false, clearedAt: null };
  const event = {
    type: 'event',
    // What late data showed is told to nobody, now or ever.
    event: alert.retrospective ? 'retrospective' : 'raised',
    seq: alert.seq,
    at: atMs,
    by: null,
    note: null,
    cause: null,
  } as const;
  play.give({ type: 'entry', event: { ...event, alert: raised }, areas, atMs });
  let goesOn = true;
  for (let count = 0; count < DEADLINES_MAX && goesOn && !hasRepeated; count++) {
    goesOn = play.until(atMs + LOOK_AHEAD_MS, 1);
  }
  return { revision: context.setup.revision, atMs, stages, told, goesOn };
}
