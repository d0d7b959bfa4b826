import { join } from 'node:path';
import type { EventType } from '../../src/model/alert.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import type { ChannelType, Composed, Outcome } from '../../src/notify/channel.ts';
import type { DutyAt } from '../../src/notify/decide/setup.ts';
import type { Step } from '../../src/notify/decide/step.ts';
import type { SystemCondition } from '../../src/notify/outbox/desk.ts';
import { openOutbox } from '../../src/notify/outbox/outbox.ts';
import type { Answer, StoredRequest } from '../../src/notify/outbox/store.ts';
import { afterTest } from './after-test.ts';
import { createFakeClock, uptimeOf } from './fake-clock.ts';
import { entryOf, offered, robotType, setupWith, tellAll } from './telling.ts';
import { temporaryFolder } from './temporary.ts';

/** The outbox with gateways that answer what the test says, when it says so. */

export interface Sent {
  readonly id: string;
  readonly channel: string;
  readonly to: StoredRequest['to'];
  readonly composed: Composed;
  answer(outcome: Outcome): Promise<void>;
}

export const ACCEPTED: Extract<Outcome, { state: 'accepted' }> = {
  state: 'accepted',
  refs: ['ref-1'],
  words: 'ok',
  clockOffsetMs: 0,
};
export const NO_ANSWER: Outcome = {
  state: 'later',
  why: 'no-answer',
  afterMs: null,
  words: 'time-out',
  clockOffsetMs: null,
};
export const refused = (why: 'settings' | 'recipient'): Outcome => ({
  state: 'refused',
  why,
  words: why,
  clockOffsetMs: null,
});
/** A channel that may be used at will. */
export const UNBOUNDED = robotType(async () => ACCEPTED, {
  windows: [],
  perRecipient: [],
  recipientsMax: 1,
  crowdedMinutes: [],
});
const PEOPLE = ['li', 'wang'];
/** Everybody is told of each raise by SMS. */
const tellPeople: Step = (context, state, input) => {
  const result = tellAll(context, state, input);
  const intents = result.intents.flatMap((intent) =>
    context.setup.setup.people.map(({ id: person }) => ({ ...intent, id: `${intent.id}/${person}`, to: { person } })),
  );
  return { ...result, intents };
};
/** Two people with telephones, who are told of everything by SMS. */
export const BY_SMS = {
  setup: notifySetupSchema.parse({
    people: PEOPLE.map((id, i) => ({ id, name: id, phone: `1380000000${i}`, account: `${id}-account` })),
    channels: [{ id: 'sms', kind: 'wecom' }],
  }),
  type: {
    ...robotType(async () => ACCEPTED, { windows: [], perRecipient: [], recipientsMax: 100, crowdedMinutes: [] }),
    reaches: 'phone',
    proof: 'answered',
  },
  step: tellPeople,
} as const;

export const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

export function openTestOutbox({
  path = join(temporaryFolder(), 'notify.db'),
  clock = createFakeClock(),
  step = tellAll,
  setup = setupWith(['robot']),
  type = robotType(async () => ACCEPTED) as ChannelType<unknown>,
  newCode = (): string => '4711',
  dutyAt = (() => null) as DutyAt,
  uptime = uptimeOf(clock),
} = {}) {
  const sent: Sent[] = [];
  const said: SystemCondition[] = [];
  const answers: Answer[] = [];
  let ids = 0;
  const outbox = openOutbox({
    timezone: 'Asia/Shanghai',
    uptime,
    path,
    clock,
    step,
    dutyAt,
    startsAnew: (place) => place === undefined,
    types: { wecom: type },
    send: ({ id: channel }, { id, to, composed }) =>
      new Promise((resolve) => {
        const answer = async (outcome: Outcome) => {
          resolve(outcome);
          await settled();
        };
        sent.push({ id, channel, to, composed, answer });
      }),
    newId: () => `r-${++ids}-${clock.nowMs()}`,
    newCode,
    linkOf: () => null,
    onSystem: (condition) => said.push(condition),
    onAnswer: (answer) => answers.push(answer),
    onBug(error) {
      throw error;
    },
  });
  let isOpen = true;
  const close = () => {
    if (isOpen) outbox.close();
    isOpen = false;
  };
  afterTest(close);
  outbox.setUp({ revision: 1, setup });
  if (outbox.place() === undefined) outbox.begin({ log: 'log', seq: 0 }, []);
  let seq = outbox.place()?.seq ?? 0;
  return {
    outbox,
    clock,
    path,
    sent,
    said,
    answers,
    close,
    raise(id: string, level: 'red' | 'orange' | 'yellow' = 'yellow') {
      seq++;
      outbox.take([offered(entryOf(seq, { id, level, atMs: clock.nowMs() }))]);
    },
    /** An entry about an alert that is open. */
    change(id: string, level: 'red' | 'orange' | 'yellow', event: EventType) {
      seq++;
      outbox.take([offered(entryOf(seq, { id, level, atMs: clock.nowMs() }, event))]);
    },
    clear(id: string, level: 'red' | 'orange' | 'yellow' = 'yellow') {
      seq++;
      outbox.take([offered(entryOf(seq, { id, level, atMs: clock.nowMs(), state: 'cleared' }, 'cleared'))]);
    },
    last: () => sent.at(-1) as Sent,
    stateOf: (alert: string) => outbox.deliveriesOf(alert).map(({ state }) => state),
  };
}
