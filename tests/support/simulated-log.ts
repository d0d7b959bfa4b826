import type { SharedLog, SharedMessage } from '../../src/journal/shared-log.ts';
import { pick } from './chance.ts';

/**
 * A log that several servers share, in memory, as bad as the engine and the network may be: every append and every answer
 * is on its way for a while, and may be late, lost, doubled, or of unknown outcome; readers lag and are handed things
 * again; leaders are lost. What happens, and in which order, follows from `chance` alone.
 */
export interface SimulatedLog {
  connect(): Connection;
  /** One thing happens. False when there was nothing that could. */
  step(): boolean;
  /** From here on nothing goes wrong any more. */
  calm(): void;
  /** All messages in their order, those that are there twice too. */
  messages(): readonly Uint8Array[];
  /** How often each thing happened. */
  readonly happened: Readonly<Record<Happening, number>>;
}

export interface Connection extends SharedLog {
  /** The server at this end is gone: what it has sent may still arrive, and it hears nothing more. */
  cut(): void;
  /** Whether it has been handed all there is. */
  isLevel(): boolean;
}

const HAPPENINGS = [
  'acknowledged',
  'answerLost',
  'lost',
  'lateArrival',
  'storedTwice',
  'toldTwice',
  'leaderLost',
] as const;
type Happening = (typeof HAPPENINGS)[number] | 'dropped' | 'handedAgain' | 'lagged';

interface Sent {
  readonly id: string;
  readonly message: Uint8Array;
  readonly done: (error: Error | null) => void;
}
interface Reader {
  next: number;
  take: (messages: readonly SharedMessage[]) => Promise<void>;
  isBusy: boolean;
  lagSteps: number;
}

/** Ids by which the engine knows that it has a message already; an engine forgets after some time. */
const WINDOW = 4;
const UNKNOWN = new Error('no answer in time');
const NOBODY = () => {};

export function createSimulatedLog(chance: () => number): SimulatedLog {
  const stored: { id: string; message: Uint8Array }[] = [];
  const arriving: Sent[] = [];
  const answers: (() => void)[] = [];
  const readers = new Set<Reader>();
  const happened = Object.fromEntries(
    [...HAPPENINGS, 'dropped', 'handedAgain', 'lagged'].map((kind) => [kind, 0]),
  ) as Record<Happening, number>;
  let leaderlessSteps = 0;
  let isCalm = false;

  function store({ id, message }: Sent): void {
    if (stored.slice(-WINDOW).some((one) => one.id === id)) happened.dropped++;
    else stored.push({ id, message });
  }

  function happening(): Happening {
    const by = chance();
    if (isCalm || by < 0.8) return 'acknowledged';
    return HAPPENINGS[1 + Math.floor(((by - 0.8) / 0.2) * (HAPPENINGS.length - 1))] ?? 'acknowledged';
  }

  /** A message comes to where the leader is, or was. */
  function arrive(): void {
    const sent = arriving.splice(chance() < 0.8 ? 0 : Math.floor(chance() * arriving.length), 1)[0];
    if (sent === undefined) return;
    const kind = leaderlessSteps > 0 ? 'lost' : happening();
    happened[kind]++;
    const fails = () => answers.push(() => sent.done(UNKNOWN));
    switch (kind) {
      case 'lost':
        fails();
        return;
      case 'leaderLost':
        leaderlessSteps = Math.ceil(chance() * 30);
        fails();
        return;
      case 'lateArrival':
        fails();
        arriving.push({ ...sent, done: NOBODY });
        return;
      case 'answerLost':
        store(sent);
        fails();
        return;
      case 'storedTwice':
        store(sent);
        stored.push(sent);
        break;
      case 'toldTwice':
        answers.push(() => sent.done(null));
        store(sent);
        break;
      default:
        store(sent);
    }
    answers.push(() => sent.done(null));
  }

  function deliver(): boolean {
    const behind = [...readers].filter((reader) => !reader.isBusy && reader.next <= stored.length);
    const reader = pick(chance, behind);
    if (reader === undefined) return false;
    if (reader.lagSteps > 0) {
      reader.lagSteps--;
      return true;
    }
    if (!isCalm && chance() < 0.03) {
      happened.lagged++;
      reader.lagSteps = Math.ceil(chance() * 40);
    }
    const isAgain = !isCalm && chance() < 0.05 && reader.next > 1;
    if (isAgain) happened.handedAgain++;
    const from = isAgain ? Math.max(1, reader.next - Math.ceil(chance() * 3)) : reader.next;
    const end = Math.min(stored.length, reader.next + Math.floor(chance() ** 2 * 6));
    const messages = stored.slice(from - 1, end).map(({ message }, i) => ({ number: from + i, message }));
    reader.next = end + 1;
    reader.isBusy = true;
    void reader.take(messages).then(() => {
      reader.isBusy = false;
    });
    return true;
  }

  return {
    connect() {
      let reader: Reader | undefined;
      let isCut = false;
      const cut = () => {
        isCut = true;
        if (reader !== undefined) readers.delete(reader);
      };
      return {
        append(id, message, done) {
          if (!isCut) arriving.push({ id, message, done: (error) => isCut || done(error) });
        },
        follow(after, take) {
          reader = { next: after + 1, take, isBusy: false, lagSteps: 0 };
          readers.add(reader);
        },
        last: () => Promise.resolve(stored.length),
        close: () => Promise.resolve(cut()),
        cut,
        isLevel: () => reader !== undefined && !reader.isBusy && reader.next > stored.length,
      };
    },
    step() {
      if (leaderlessSteps > 0) leaderlessSteps--;
      const by = chance();
      if (by < 0.4 && arriving.length > 0) arrive();
      else if (by < 0.6 && answers.length > 0) answers.splice(Math.floor(chance() * answers.length), 1)[0]?.();
      else if (!deliver()) return arriving.length + answers.length > 0;
      return true;
    },
    calm() {
      isCalm = true;
      leaderlessSteps = 0;
    },
    messages: () => stored.map(({ message }) => message),
    happened,
  };
}
