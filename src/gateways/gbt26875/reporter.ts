import { connect, type Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { ComponentReport, OperationReport } from '../../model/component-report.ts';
import { COMMAND, FRAME_BYTES_MAX, type Frame, frameTo, nextFrame, readFrame } from './frame.ts';
import { answerToRequest } from './requests.ts';
import { tagOf } from './time.ts';
import { TYPE } from './unit.ts';
import { analogOf, componentStates, guardAnswer, STATES_MAX, transmitterState } from './write.ts';

export interface ReporterOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly platform: { readonly host: string; readonly port: number };
  /** Its address as a transmission device, which the platform has given it: 12 hex digits, the high byte first. */
  readonly address: string;
  /** How all components are, for a platform that asks. */
  readonly present: () => readonly ComponentReport[];
  /** What people have done of late, the oldest first. */
  readonly operations: () => readonly OperationReport[];
  /** Of this program: `1.2.3`. */
  readonly version: string;
  /** The platform wants to know within so many minutes whether somebody is at the post. */
  readonly onGuardCheck: (minutes: number) => void;
}

/**
 * Reports to a higher platform over TCP, as a user information transmission device does: one frame at a time, each confirmed
 * before the next. What is not confirmed is repeated, then the connection is made anew.
 */
export interface Reporter {
  /** Connects, and again whenever the connection has ended. */
  connect(): void;
  /** Resolves when the platform has confirmed all of it; rejects when it cannot be told, and nothing is known of it then. */
  send(reports: readonly ComponentReport[]): Promise<void>;
  /** Somebody is at the post. */
  answerGuardCheck(): Promise<void>;
  close(): void;
}

/** A frame is confirmed within so long, or repeated, so often (8.2.3 of GB/T 26875.3-2011). */
const CONFIRM_WITHIN_MS = 10_000;
const REPEATS = 3;
/** How often it says that it is there, where nothing else is to be said. */
const ALIVE_EVERY_MS = 60_000;
const CONNECT_WITHIN_MS = 10_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 60_000;
/** Answers that a platform does not read. */
const UNREAD_BYTES_MAX = 1 << 20;
/** The platform's address stands nowhere in what it is told to connect to; it knows itself. */
const PLATFORM_ADDRESS = '000000000000';
const VERSION = [1, 1] as const;
const NO_DATA = new Uint8Array(0);

export function createReporter(options: ReporterOptions): Reporter {
  const { clock, log, platform } = options;
  const peer = { version: VERSION, source: PLATFORM_ADDRESS, destination: options.address };
  let link: Socket | undefined;
  let isUp = false;
  let failure = 'not connected yet';
  let retryMs = RETRY_FIRST_MS;
  let cancelRetry = () => {};
  let isClosed = false;
  let serial = 0;
  /** What is under way; the rest waits for it. */
  let awaited: { readonly serial: number; settle(answer: 'confirmed' | 'denied' | 'lost'): void } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function open(): void {
    const socket = connect({ ...platform });
    link = socket;
    const cancelConnect = clock.after(CONNECT_WITHIN_MS, () => socket.destroy(new Error('no connection within 10 s')));
    let rest: Uint8Array = NO_DATA;
    socket.setKeepAlive(true, ALIVE_EVERY_MS);
    socket.on('connect', () => {
      cancelConnect();
      isUp = true;
      log.info({ protocol: 'gbt26875', ...platform }, 'connected to the platform above');
      // What fails is found by the connection's end.
      sayAlive();
    });
    socket.on('data', (piece: Uint8Array) => {
      rest = Buffer.concat([rest, piece]);
      for (let next = nextFrame(rest); ; next = nextFrame(rest)) {
        if (next.kind === 'more') {
          rest = rest.slice(next.keepFrom);
          break;
        }
        take(socket, rest.subarray(next.start, next.end));
        rest = rest.subarray(next.end);
      }
      if (rest.length > FRAME_BYTES_MAX || socket.writableLength > UNREAD_BYTES_MAX) {
        socket.destroy(new Error('the platform does not keep to the protocol'));
      }
    });
    socket.on('error', (error) => {
      failure = error.message;
    });
    socket.on('close', () => {
      cancelConnect();
      if (isUp)
        log.warn({ protocol: 'gbt26875', ...platform, failure }, 'the connection to the platform above has ended');
      isUp = false;
      link = undefined;
      awaited?.settle('lost');
      if (isClosed) return;
      cancelRetry = clock.after(retryMs, open);
      retryMs = Math.min(RETRY_LAST_MS, retryMs * 2);
    });
  }

  function frame(
    command: number,
    data: Uint8Array,
    to: Pick<Frame, 'version' | 'source' | 'destination'>,
    number: number,
  ) {
    return frameTo(to, { serial: number, time: tagOf(clock.nowMs(), 'binary'), command, data });
  }

  function take(socket: Socket, bytes: Uint8Array): void {
    const heard = readFrame(bytes);
    if (heard === undefined) return;
    const say = (command: number, data: Uint8Array = NO_DATA) =>
      void socket.write(frame(command, data, heard, heard.serial));
    if (!heard.isWhole) return say(COMMAND.deny);
    switch (heard.command) {
      case COMMAND.confirm:
      case COMMAND.deny:
        if (heard.serial === awaited?.serial)
          awaited.settle(heard.command === COMMAND.confirm ? 'confirmed' : 'denied');
        return;
      case COMMAND.control:
        return say(obeys(heard) ? COMMAND.confirm : COMMAND.deny);
      case COMMAND.request: {
        const answers = answerToRequest(heard.data, options, clock.nowMs());
        for (const answer of answers) say(COMMAND.answer, answer);
        if (answers.length === 0) say(COMMAND.deny);
        return;
      }
      case COMMAND.alive:
        return say(COMMAND.confirm);
      default:
        return say(COMMAND.deny);
    }
  }

  /** The clock of a server is set by its own network, not by a platform; that it was told is confirmed. */
  function obeys({ data }: Frame): boolean {
    const [type, , minutes = 0] = data;
    if (type === TYPE.setTime) return true;
    if (type !== TYPE.guardCheck) return false;
    options.onGuardCheck(minutes);
    return true;
  }

  /** The connection, as soon as it is there if one is under way. */
  async function up(): Promise<Socket> {
    const socket = link;
    if (socket !== undefined && !isUp)
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    if (!isUp || socket === undefined) throw new Error(failure);
    return socket;
  }

  /** Says one thing until it is confirmed. */
  async function exchange(data: Uint8Array): Promise<void> {
    const socket = await up();
    serial = (serial + 1) & 0xffff;
    for (let time = 0; time <= REPEATS; time++) {
      const answer = await new Promise<'confirmed' | 'denied' | 'lost' | 'silence'>((resolve) => {
        const cancel = clock.after(CONFIRM_WITHIN_MS, () => resolve('silence'));
        const settle = (how: 'confirmed' | 'denied' | 'lost') => {
          cancel();
          resolve(how);
        };
        awaited = { serial, settle };
        socket.write(frame(COMMAND.send, data, peer, serial));
      });
      awaited = undefined;
      if (answer === 'confirmed') {
        retryMs = RETRY_FIRST_MS;
        return;
      }
      if (answer === 'denied') throw new Error('the platform denies what it is told');
      if (answer === 'lost') throw new Error(failure);
    }
    failure = 'the platform does not confirm';
    socket.destroy();
    throw new Error(failure);
  }

  /** One after the other, in the order in which they came. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  function sayAlive(): void {
    if (isUp) inTurn(() => exchange(transmitterState(clock.nowMs()))).catch(() => {});
  }

  const stopAlive = clock.every(ALIVE_EVERY_MS, sayAlive);
  return {
    connect: open,
    send: (reports) =>
      inTurn(async () => {
        for (let from = 0; from < reports.length; from += STATES_MAX) {
          const some = reports.slice(from, from + STATES_MAX);
          await exchange(componentStates(some));
          for (const report of some) {
            const analog = analogOf(report);
            if (analog !== undefined) await exchange(analog);
          }
        }
      }),
    answerGuardCheck: () => inTurn(() => exchange(guardAnswer(clock.nowMs()))),
    close() {
      isClosed = true;
      stopAlive();
      cancelRetry();
      link?.destroy();
    },
  };
}
