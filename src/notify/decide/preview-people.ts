import type { AlertEvent } from '../../model/alert.ts';
import { appliesAt, compileCalendar } from '../../model/calendar.ts';
import { CHANNEL_FACTS } from '../../model/notify/channel-facts.ts';
import type { Intent, NotTold } from '../../model/notify/delivery.ts';
import type {
  PeoplePreview,
  PreviewAssumptions,
  PreviewedPerson,
  PreviewMoment,
} from '../../model/notify/people-preview.ts';
import type { RecordedEntry } from '../../model/notify/telling-request.ts';
import { createPlay } from './play.ts';
import type { DecideContext } from './run.ts';
import type { DecideSetup } from './setup.ts';

/**
 * What live telling would have sent over a recorded night by a setup, entry by entry, and who would have been woken when. The
 * same function decides as does live. Deadlines that fall after `toMs` are not met.
 */
export function previewPeople(
  context: Omit<DecideContext, 'hear'>,
  entries: Iterable<RecordedEntry>,
  toMs: number,
  assumptions: PreviewAssumptions,
): PeoplePreview {
  const moments: PreviewMoment[] = [];
  const notTold: (NotTold & { atMs: number })[] = [];
  const play = createPlay({
    context,
    proofOf: ({ channel }) => proofOf(context.setup, channel, assumptions.proof),
    onPlayed({ input, intents, stages, notTold: unheard }) {
      const { atMs } = input;
      moments.push({ atMs, seq: input.type === 'entry' ? input.event.seq : null, intents, stages });
      notTold.push(...unheard.map((one) => ({ ...one, atMs })));
    },
  });
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { event, areas, atMs } of entries) {
    const assumed = assumptions.answers === 'nobody' ? unanswered(event) : event;
    lastMs = Math.max(lastMs, atMs);
    if (assumed !== null) play.give({ type: 'entry', event: assumed, areas, atMs: lastMs });
  }
  play.until(toMs);
  const intents = moments.flatMap((moment) => moment.intents);
  return {
    revision: context.setup.revision,
    moments,
    persons: personsOf(context.setup, intents, assumptions),
    byChannel: countBy(intents, ({ channel }) => channel),
    notTold,
  };
}

function proofOf(setup: DecideSetup, channel: string, most: PreviewAssumptions['proof']): 'accepted' | 'delivered' {
  const kind = setup.channels.get(channel)?.kind;
  return most === 'delivered' && kind !== undefined && CHANNEL_FACTS[kind].proof !== 'accepted' ? most : 'accepted';
}

/** An entry as it would have been if nobody had acknowledged anything; null when it would not have been. */
function unanswered(event: AlertEvent): AlertEvent | null {
  if (event.event === 'acknowledged') return null;
  return event.alert.acknowledged ? { ...event, alert: { ...event.alert, acknowledged: false } } : event;
}

function personsOf(
  setup: DecideSetup,
  intents: readonly Intent[],
  { night, timezone }: PreviewAssumptions,
): PreviewedPerson[] {
  const hours = compileCalendar({ hours: [...night], timezone }, () => {});
  const byPerson = new Map<string, Intent[]>();
  for (const intent of intents) {
    if (!('person' in intent.to)) continue;
    const his = byPerson.get(intent.to.person) ?? [];
    his.push(intent);
    byPerson.set(intent.to.person, his);
  }
  const wakes = ({ channel, atMs }: Intent): boolean => {
    const kind = setup.channels.get(channel)?.kind;
    return kind !== undefined && CHANNEL_FACTS[kind].wakes && appliesAt(hours, atMs);
  };
  return [...byPerson]
    .map(([person, his]) => ({
      person,
      messages: his.length,
      byChannel: countBy(his, ({ channel }) => channel),
      woken: his.filter(wakes).map(({ atMs, channel, alerts }) => ({ atMs, channel, alerts })),
    }))
    .sort((a, b) => b.messages - a.messages || (a.person < b.person ? -1 : 1));
}

function countBy<T>(list: readonly T[], keyOf: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of list) counts[keyOf(one)] = (counts[keyOf(one)] ?? 0) + 1;
  return counts;
}
