import { createConnection, type Socket } from 'node:net';
import { z } from 'zod';
import { messageOf } from '../../../lib/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../../model/time.ts';
import type { ChannelType, Edge, OpenChannel, Outcome } from '../../channel.ts';
import { accepted, later, refused, type Verdict } from '../answers.ts';
import { oneForm } from '../escape.ts';
import { fitted, ucs2Units } from '../length.ts';
import { bodyBesideItems } from '../said.ts';
import { phoneDigits, smsText } from '../sms-template.ts';
import { wordsOf } from '../words.ts';
import { type CommandAnswer, createModemLine, type ModemLine } from './line.ts';
import { PART_UNITS, type Pdu, readDeliver, readStatusReport, SINGLE_UNITS, submitPdus } from './pdu.ts';

/**
 * A GSM modem (短信猫) behind a serial server: SMS without a platform, an approved text or the internet, with a report of
 * each that has arrived, and replies. It sends one part at a time, in three to six seconds.
 */
const settingsSchema = z
  .object({
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535),
    /** Parts that a text may have; each costs a message. */
    partsMax: z.int().min(1).max(6).default(3),
    perMinute: z.int().min(1).max(30).default(10),
    /** What the card's operator lets a person send before it is taken for one who sends advertising. */
    perHour: z.int().min(1).max(2_000).default(200),
    /** The card's PIN; empty when it asks for none. A wrong one locks the card, so that it is tried once. */
    pin: z
      .string()
      .regex(/^\d{4,8}$/)
      .or(z.literal(''))
      .default(''),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

interface SmsBody {
  readonly phone: string;
  readonly parts: readonly Pdu[];
}

const CONNECT_MS = 5_000;
const COMMAND_MS = 5_000;
/** The network may take its time to take a message. */
const SEND_MS = 60_000;
const RECONNECT_MS = 5_000;
/** One unit less than a part has, as a character of two moves to the next part whole. */
const UNITS_OF_A_PART = PART_UNITS - 1;

export const modem: ChannelType<Settings> = {
  kind: 'modem',
  settings: settingsSchema,
  secrets: ['pin'],
  proof: 'answered',
  reaches: 'phone',
  budget: ({ perMinute, perHour }) => ({
    windows: [
      { count: perMinute, perMs: MINUTE_MS, keptForRed: Math.min(2, perMinute - 1) },
      { count: perHour, perMs: HOUR_MS, keptForRed: Math.floor(perHour / 5) },
    ],
    perRecipient: [],
    recipientsMax: 1,
    crowdedMinutes: [],
  }),
  compose(notice, to, { partsMax }) {
    const isList = notice.items.length > 1;
    const words = wordsOf(notice);
    const said = (text: string) => oneForm(text).split('\n').map(smsText).join('\n');
    // The way to answer stands at the end, where nothing cuts it off, whatever the names before it are like.
    const answer = notice.code === null ? [] : [words.answer(notice.code)];
    const body = bodyBesideItems(notice)
      .split('\n')
      .filter((line) => !answer.includes(line));
    const fit = fitted({
      head: [said(notice.title), said(body.join('\n'))],
      items: isList ? notice.items.map(({ alert, text }) => ({ alert, line: said(text) })) : [],
      foot: answer,
      more: words.more,
      most: partsMax === 1 ? SINGLE_UNITS : partsMax * UNITS_OF_A_PART,
      measure: ucs2Units,
    });
    const phone = phoneDigits(to[0]?.phone ?? '');
    const sms: SmsBody = { phone, parts: submitPdus(phone, fit.text, referenceOf(notice.id)) };
    return { body: sms, alerts: isList ? fit.alerts : notice.items.map(({ alert }) => alert), leftOut: fit.leftOut };
  },
  open: openModem,
};

/** The same for the same notice, and rarely that of the one before. */
function referenceOf(id: string): number {
  return [...Buffer.from(id)].reduce((sum, byte) => (sum * 31 + byte) & 0xff, 7);
}

/** A message that was sent and is not reported as arrived yet: which of its parts are missing. */
interface Sent {
  readonly ref: string;
  readonly phone: string;
  readonly missing: Set<number>;
}

function openModem(settings: Settings, edge: Edge): OpenChannel {
  const { host, port, pin } = settings;
  const sent: Sent[] = [];
  let socket: Socket | undefined;
  let line: ModemLine | undefined;
  let ready: Promise<ModemLine> | undefined;
  let cancelReconnect: (() => void) | undefined;
  let isClosed = false;
  let isPinRefused = false;
  /** One message at a time: parts of two would take turns otherwise. */
  let turn: Promise<unknown> = Promise.resolve();

  const connected = (): Promise<ModemLine> => {
    ready ??= connect().catch((error: unknown) => {
      drop(messageOf(error));
      throw error;
    });
    return ready;
  };

  async function connect(): Promise<ModemLine> {
    const at = await edge.resolve(host, port);
    const opened = await connectTo(at.address, at.port, edge);
    if (isClosed) {
      opened.destroy();
      throw new Error('the channel is closed');
    }
    const talk = createModemLine((text) => opened.write(text), {
      onMessage: heardMessage,
      onReport: heardReport,
    });
    socket = opened;
    line = talk;
    opened.setEncoding('latin1');
    opened.on('data', (text: string) => talk.take(text));
    opened.on('error', () => {});
    opened.on('close', () => {
      if (socket === opened) drop('the line is gone');
    });
    await prepare(talk);
    return talk;
  }

  async function prepare(talk: ModemLine): Promise<void> {
    const must = async (text: string) => {
      const answer = await inTime(talk, COMMAND_MS, text);
      if (!answer.isOk) throw new Error(`${text.replace(/="?\d+"?$/, '')}: ${answer.final}`);
      return answer;
    };
    // The first may meet a half-written line of another time.
    await inTime(talk, COMMAND_MS, 'AT');
    await must('ATE0');
    await must('AT+CMEE=1');
    const { lines } = await must('AT+CPIN?');
    if (lines.some((text) => /SIM PIN$/.test(text))) {
      if (pin === '' || isPinRefused) throw new Error('the card asks for its PIN');
      isPinRefused = true;
      await must(`AT+CPIN="${pin}"`);
      isPinRefused = false;
    }
    await must('AT+CMGF=0');
    // Messages and reports are handed on at once and not kept on the card, which would be full one day.
    const routed = await inTime(talk, COMMAND_MS, 'AT+CNMI=2,2,0,1,0');
    if (!routed.isOk) await must('AT+CNMI=1,2,0,1,0');
  }

  async function inTime(talk: ModemLine, ms: number, text: string, then?: string): Promise<CommandAnswer> {
    const cancel = edge.after(ms, () => talk.giveUp('no answer in time'));
    const answer = await talk.command(text, then);
    cancel();
    return answer;
  }

  function drop(why: string): void {
    const [gone, talk] = [socket, line];
    socket = undefined;
    line = undefined;
    ready = undefined;
    gone?.destroy();
    talk?.giveUp(why);
    if (isClosed || cancelReconnect !== undefined) return;
    // Replies come to a line that is open only.
    cancelReconnect = edge.after(RECONNECT_MS, () => {
      cancelReconnect = undefined;
      if (!isClosed) connected().catch(() => {});
    });
  }

  function heardMessage(pdu: string): void {
    const message = readDeliver(pdu);
    if (message === undefined) return;
    const { phone, text } = message;
    edge.onProof({ state: 'answered', ref: null, phone, text: text.trim(), atMs: edge.nowMs(), words: '+CMT' });
  }

  function heardReport(pdu: string): void {
    const report = readStatusReport(pdu);
    if (report === undefined) return;
    const { reference, phone, status } = report;
    // The centre still tries.
    if (status >= 32 && status < 64) return;
    const words = `+CDS ${status}`;
    const of = sent.findLast(({ missing, phone: to }) => missing.has(reference) && isSameNumber(to, phone));
    const state = status < 32 ? 'delivered' : 'undelivered';
    of?.missing.delete(reference);
    if (of !== undefined && state === 'delivered' && of.missing.size > 0) return;
    if (of !== undefined) sent.splice(sent.indexOf(of), 1);
    edge.onProof({ state, ref: of?.ref ?? null, phone, text: null, atMs: edge.nowMs(), words });
  }

  async function sendParts({ phone, parts }: SmsBody): Promise<Outcome> {
    let talk: ModemLine;
    try {
      talk = await connected();
    } catch (error) {
      const words = messageOf(error);
      return told(/--notify-allow/.test(words) ? later('not-allowed') : later('no-answer'), words);
    }
    const references: number[] = [];
    let words = '';
    for (const { length, hex } of parts) {
      const answer = await inTime(talk, SEND_MS, `AT+CMGS=${length}`, hex);
      words = answer.lines.find((text) => text.startsWith('+CMGS:')) ?? answer.final;
      const reference = Number(/^\+CMGS:\s*(\d+)/.exec(words)?.[1]);
      if (!answer.isOk || Number.isNaN(reference)) return told(classifyModem(answer.final), words);
      references.push(reference);
    }
    const ref = `${phone}/${edge.nowMs()}/${references.join('.')}`;
    remember({ ref, phone, missing: new Set(references) });
    return told(accepted(ref), words);
  }

  /** References go from 0 to 255 and round: what is older than that many parts can no longer be told from newer ones. */
  function remember(message: Sent): void {
    for (const older of sent) for (const reference of message.missing) older.missing.delete(reference);
    sent.push(message);
    if (sent.length > 256) sent.shift();
  }

  connected().catch(() => {});
  return {
    send({ body }) {
      const result = turn.then(() => sendParts(body as SmsBody));
      turn = result;
      return result;
    },
    close() {
      isClosed = true;
      cancelReconnect?.();
      drop('the channel is closed');
    },
  };
}

function connectTo(address: string, port: number, edge: Edge): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port });
    socket.setKeepAlive(true, 30_000);
    const cancel = edge.after(CONNECT_MS, () => socket.destroy(new Error('no connection in time')));
    socket.once('connect', () => {
      cancel();
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => {
      cancel();
      reject(error);
    });
  });
}

function told(verdict: Verdict, words: string): Outcome {
  const common = { words, clockOffsetMs: null };
  return verdict.state === 'later'
    ? { ...common, ...verdict, afterMs: verdict.afterMs ?? null }
    : { ...common, ...verdict };
}

/** 8 or more figures from the end are the same: one has the country's code and the other has not. */
function isSameNumber(a: string, b: string): boolean {
  return phoneDigits(a).replace(/\D/g, '').slice(-11) === phoneDigits(b).replace(/\D/g, '').slice(-11);
}

/** Codes of +CMS ERROR (27.005, 3.2.5) and of the network below it (24.011, annex E). */
export function classifyModem(final: string): Verdict {
  const code = Number(/^\+CMS ERROR:\s*(\d+)/.exec(final)?.[1]);
  // No answer, no network, congestion, the modem is busy: it may pass.
  if (Number.isNaN(code)) return later(final === 'ERROR' ? 'server-error' : 'no-answer');
  // A number that does not exist or does not take messages.
  if ([1, 27, 28, 29, 30].includes(code)) return refused('recipient');
  // Barred by the operator, no contract, a card that is locked or not there.
  if ([8, 10, 50].includes(code) || (code >= 310 && code <= 318)) return refused('settings');
  if ([95, 96, 97, 99, 304, 305].includes(code)) return refused('content');
  if (code === 42 || code === 322) return later('too-many', MINUTE_MS);
  return later('server-error');
}
