import { parentPort, workerData } from 'node:worker_threads';
import { readAllowedTargets } from '../lib/allowed-targets.ts';
import { machineUptime, systemClock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { dutyAt } from '../model/notify/duty.ts';
import { DAY_MS } from '../model/time.ts';
import { type AnswerLinks, createAnswerLinks } from './answer-link.ts';
import { CHANNEL_TYPES } from './channel-types.ts';
import { decide } from './decide/step.ts';
import { openNotifier } from './notifier.ts';
import type { FromThread, NotifySettings, QuestionName, Questions, ToThread } from './notify-protocol.ts';
import { createTransport, USUAL_HOSTS } from './transport.ts';

/**
 * The thread that tells people. It owns notify.db and all connections to gateways, so that nothing of either waits for the
 * thread that acknowledges readings, and that one for nothing of them.
 */

/** How often the main thread hears how channels fare, when it has changed. */
const REPORT_EVERY_MS = 500;

function run(
  port: NonNullable<typeof parentPort>,
  { path, allow, timezone, log, isAnew, links }: NotifySettings,
): void {
  const say = (message: FromThread): void => port.postMessage(message);
  const publishing = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const hearing = new Map<number, (payload: string) => void>();
  let lastId = 0;
  const { allowed } = readAllowedTargets(allow, USUAL_HOSTS);
  const transport = createTransport({ allowed, nowMs: systemClock.nowMs });
  const notifier = openNotifier({
    path,
    clock: systemClock,
    uptime: machineUptime(),
    timezone,
    step: decide,
    dutyAt,
    types: CHANNEL_TYPES,
    linkOf: links === null ? () => null : linksTo(links.publicUrl, createAnswerLinks(links.key)),
    startsAnew: (place) => isAnew || place?.log !== log,
    edge: {
      http: transport,
      resolve: transport.resolve,
      publish: (topic, payload, { retain }) =>
        new Promise((resolve, reject) => {
          const id = ++lastId;
          publishing.set(id, { resolve, reject });
          say({ type: 'publish', id, topic, payload, retain });
        }),
      subscribe(topic, heard) {
        const id = ++lastId;
        hearing.set(id, heard);
        say({ type: 'subscribe', id, topic });
        return () => {
          hearing.delete(id);
          say({ type: 'unsubscribe', id });
        };
      },
    },
    onSystem: (condition) => say({ type: 'system', condition }),
    onAnswer: (answer) => say({ type: 'answer', answer }),
    onBug: (error, input) => say({ type: 'bug', words: messageOf(error), input }),
  });

  const answers: {
    readonly [Name in QuestionName]: (
      asked: Questions[Name]['asked'],
    ) => Questions[Name]['answer'] | Promise<Questions[Name]['answer']>;
  } = {
    begin({ place, open, standing }) {
      if (notifier.isToBegin()) notifier.begin(place, open);
      notifier.repeat(standing);
      return null;
    },
    take({ entries }) {
      notifier.take(entries);
      return null;
    },
    setUp(setup) {
      notifier.setUp(setup);
      return null;
    },
    silence(silence) {
      notifier.silence(silence);
      return null;
    },
    endSilence({ id }) {
      notifier.endSilence(id);
      return null;
    },
    test: ({ channel, person }) => notifier.test(channel, person),
    rehearse({ id, of }) {
      notifier.rehearse(id, of);
      return notifier.rehearsal(id);
    },
    rehearsal: ({ id }) => notifier.rehearsal(id),
    deliveriesOf: ({ alert }) => notifier.deliveriesOf(alert),
    deliveriesBetween: ({ fromMs, toMs, after, limit }) => notifier.deliveriesBetween(fromMs, toMs, after, limit),
    requestsOf: ({ channel, before, limit }) => notifier.requestsOf(channel, before, limit),
    proofs({ channel, proofs }) {
      for (const proof of proofs) notifier.proof(channel, proof);
      return null;
    },
    answerPage: ({ request }) => notifier.answerPage(request),
    answerByLink: ({ request, by }) => notifier.answerByLink(request, by),
    async close() {
      stopReports();
      await notifier.end();
      return null;
    },
  };

  async function answer<Name extends QuestionName>(
    id: number,
    name: Name,
    asked: Questions[Name]['asked'],
  ): Promise<void> {
    try {
      say({ type: 'answer-to', id, answer: await answers[name](asked) });
      if (name === 'close') port.close();
    } catch (error) {
      say({ type: 'failed', id, words: messageOf(error) });
    }
  }

  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'ask':
        return void answer(message.id, message.name, message.asked);
      case 'seen':
        return notifier.seen(message);
      case 'answered':
        return notifier.answered(message.id);
      case 'published': {
        const waiting = publishing.get(message.id);
        publishing.delete(message.id);
        if (message.failure === null) waiting?.resolve();
        else waiting?.reject(new Error(message.failure));
        return;
      }
      case 'heard':
        return hearing.get(message.id)?.(message.payload);
    }
  });

  let reported = '';
  const stopReports = systemClock.every(REPORT_EVERY_MS, () => {
    const channels = notifier.channels();
    const text = JSON.stringify(channels);
    if (text === reported) return;
    reported = text;
    say({ type: 'channels', channels });
  });
  say({ type: 'ready', place: notifier.isToBegin() ? null : (notifier.place() ?? null) });
}

/** How long a link is good for: until the next day's shift has taken over. */
const LINK_HOLDS_MS = DAY_MS;

function linksTo(publicUrl: string, links: AnswerLinks): (request: string, nowMs: number) => string {
  return (request, nowMs) => `${publicUrl}/answer/${links.tokenOf(request, nowMs + LINK_HOLDS_MS)}`;
}

if (parentPort !== null) run(parentPort, workerData as NotifySettings);
