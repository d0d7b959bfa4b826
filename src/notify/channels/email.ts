import { isIP } from 'node:net';
import { z } from 'zod';
import { messageOf } from '../../lib/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, Edge, Outcome } from '../channel.ts';
import { accepted, later, refused, type Verdict } from './answers.ts';
import { openSender } from './chat.ts';
import { oneForm, oneLine } from './escape.ts';
import { cutTo, fitted, ucs2Units, utf8Bytes } from './length.ts';
import { bodyBesideItems } from './said.ts';
import { wordsOf } from './words.ts';

/**
 * E-mail by a mail server of the office or of a provider. All messages of an alert name one message that never was as what
 * they answer (References, RFC 5322 3.6.4), by which mail programs show them as one thread.
 */
const settingsSchema = z
  .object({
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535).default(465),
    /** tls from the first byte (465), starttls (587), or none within a house. */
    security: z.enum(['tls', 'starttls', 'none']).default('tls'),
    from: z.email(),
    fromName: z.string().max(64).default(''),
    user: z.string().max(256).default(''),
    /** 授权码 with most Chinese providers, not the password of the mailbox. */
    password: z.string().max(256).default(''),
    /** What the provider takes; most take far less than a robot. */
    perHour: z.int().positive().max(100_000).default(200),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

interface MailBody {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly isUrgent: boolean;
  readonly atMs: number;
}

const TEXT_BYTES_MAX = 100_000;
const SUBJECT_UNITS_MAX = 120;
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 20_000;

export const email: ChannelType<Settings> = {
  kind: 'email',
  settings: settingsSchema,
  secrets: ['password'],
  proof: 'accepted',
  reaches: 'email',
  budget: ({ perHour }) => ({
    windows: [{ count: perHour, perMs: HOUR_MS, keptForRed: Math.ceil(perHour / 10) }],
    perRecipient: [],
    // One each, so that what becomes of a message is known of each person, and nobody reads the others' addresses.
    recipientsMax: 1,
    crowdedMinutes: [],
  }),
  compose(notice, to, { from }) {
    const isList = notice.items.length > 1;
    const words = wordsOf(notice);
    const fit = fitted({
      head: [oneLine(notice.title), oneForm(bodyBesideItems(notice))],
      items: isList ? notice.items.map(({ alert, text }) => ({ alert, line: `- ${oneLine(text)}` })) : [],
      foot: notice.link === null ? [] : [`${words.open}: ${notice.link}`],
      more: words.more,
      most: TEXT_BYTES_MAX,
      measure: utf8Bytes,
    });
    const domain = from.split('@')[1] ?? 'localhost';
    const body: MailBody = {
      id: notice.id,
      to: to[0]?.email ?? '',
      subject: cutTo(oneLine(notice.title), SUBJECT_UNITS_MAX, ucs2Units),
      text: fit.text,
      messageId: `<${idText(notice.id)}@${domain}>`,
      inReplyTo: notice.thread === null ? null : `<alert.${idText(notice.thread)}@${domain}>`,
      isUrgent: notice.tone === 'alarm' && (notice.level === 'red' || notice.level === 'orange'),
      atMs: notice.atMs,
    };
    return { body, alerts: isList ? fit.alerts : notice.items.map(({ alert }) => alert), leftOut: fit.leftOut };
  },
  open(settings, edge) {
    // Read where mail is set up, and by then: it is a third of what the thread would cost to start everywhere else.
    const library = import('nodemailer');
    // Each message that is sent says so.
    library.catch(() => {});
    return openSender(async ({ body }) => sendMail(await library, { settings, edge, mail: body as MailBody }));
  },
};

/** What of an id may stand before the @ of a Message-ID. */
function idText(id: string): string {
  return Buffer.from(id).every((byte) => /[\w.-]/.test(String.fromCharCode(byte)))
    ? id
    : Buffer.from(id).toString('hex');
}

async function sendMail(
  { createTransport }: typeof import('nodemailer'),
  { settings, edge, mail }: { readonly settings: Settings; readonly edge: Edge; readonly mail: MailBody },
): Promise<Outcome> {
  const told = (verdict: Verdict, words: string): Outcome => ({
    words,
    clockOffsetMs: null,
    ...(verdict.state === 'later' ? { ...verdict, afterMs: verdict.afterMs ?? null } : verdict),
  });
  let address: { readonly address: string; readonly port: number };
  try {
    address = await edge.resolve(settings.host, settings.port);
  } catch (error) {
    return told(later('not-allowed'), messageOf(error));
  }
  const transport = createTransport({
    // The address that was checked; the name is what its certificate must be of.
    host: address.address,
    port: address.port,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    ...(isIP(settings.host) === 0 && { tls: { servername: settings.host } }),
    name: settings.from.split('@')[1],
    ...(settings.user !== '' && { auth: { user: settings.user, pass: settings.password } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = await transport.sendMail({
      from: { name: settings.fromName, address: settings.from },
      to: mail.to,
      subject: mail.subject,
      text: mail.text,
      messageId: mail.messageId,
      date: new Date(mail.atMs),
      ...(mail.inReplyTo !== null && { inReplyTo: mail.inReplyTo, references: mail.inReplyTo }),
      priority: mail.isUrgent ? 'high' : 'normal',
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Brink-Notice': mail.id },
    });
    return told(accepted(mail.messageId), sent.response ?? '250');
  } catch (error) {
    return told(classifySmtp(error), messageOf(error).slice(0, 300));
  } finally {
    transport.close();
  }
}

/** What an error of the library comes to: the server's reply code, the command it answered, or that there was no answer. */
export function classifySmtp(error: unknown): Verdict {
  const { code, responseCode, command } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly responseCode?: unknown;
    readonly command?: unknown;
  };
  const reply = typeof responseCode === 'number' ? responseCode : 0;
  if (reply >= 400 && reply < 500) {
    // Of one mailbox, such as a full one or one that is new to the server, it says nothing of the others.
    const isOfMailbox = /^RCPT/i.test(String(command));
    return later(!isOfMailbox && (reply === 450 || reply === 452) ? 'too-many' : 'server-error', MINUTE_MS);
  }
  if (code === 'EAUTH' || reply === 530 || reply === 534 || reply === 535) return refused('settings');
  if (code === 'EENVELOPE' && reply === 0) return refused('recipient');
  if (reply >= 500) {
    if (/^RCPT/i.test(String(command))) return refused('recipient');
    return /^MAIL/i.test(String(command)) ? refused('settings') : refused('content');
  }
  return later('no-answer');
}
