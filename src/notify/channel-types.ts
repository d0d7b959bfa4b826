import type { z } from 'zod';
import { problemsOfIssues } from '../model/issue.ts';
import type { ChannelEntry, ChannelKind } from '../model/notify/channel.ts';
import type { Person } from '../model/notify/people.ts';
import type { FieldProblem } from '../model/problem.ts';
import type { Budget, ChannelType, Composed, Edge, Notice, OpenChannel } from './channel.ts';
import { aliyunSms } from './channels/aliyun-sms.ts';
import { aliyunVoice } from './channels/aliyun-voice.ts';
import { dingtalk } from './channels/dingtalk.ts';
import { email } from './channels/email.ts';
import { feishu } from './channels/feishu.ts';
import { modem } from './channels/modem/modem.ts';
import { mqtt } from './channels/mqtt.ts';
import { templateWebhook } from './channels/template-webhook.ts';
import { tencentSms } from './channels/tencent-sms.ts';
import { tencentVoice } from './channels/tencent-voice.ts';
import { webhook } from './channels/webhook.ts';
import { wecom } from './channels/wecom.ts';

/** Every kind of channel there is. Each checks its own settings, so that here none needs to be known. */
export const CHANNEL_TYPES: Readonly<Record<ChannelKind, ChannelType<unknown>>> = {
  wecom,
  dingtalk,
  feishu,
  email,
  webhook,
  'template-webhook': templateWebhook,
  'aliyun-sms': aliyunSms,
  'aliyun-voice': aliyunVoice,
  'tencent-sms': tencentSms,
  'tencent-voice': tencentVoice,
  modem,
  mqtt,
};

/** A channel with its settings checked and its secrets in their places. */
export interface ReadyChannel {
  readonly id: string;
  readonly type: ChannelType<unknown>;
  readonly budget: Budget;
  compose(notice: Notice, to: readonly Person[]): Composed;
  open(edge: Edge): OpenChannel;
}

/** What a channel's entry comes to: ready, or what is wrong with its settings, or the secrets that nobody has given yet. */
export interface ReadChannel {
  readonly ready: ReadyChannel | null;
  /** `path` from the channel's entry on. Never of a secret that is only missing. */
  readonly problems: readonly FieldProblem[];
  readonly missingSecrets: readonly string[];
}

/**
 * Checks the settings of a channel, with its secrets, by name, as far as they are known. Secrets stand in no file, so that
 * a file without them is well, and the channel waits for them.
 */
export function readChannel(entry: ChannelEntry, secrets: Readonly<Record<string, string>>): ReadChannel {
  const type = CHANNEL_TYPES[entry.kind];
  const known = Object.entries(secrets).filter(([name]) => type.secrets.includes(name));
  const given = { ...entry.settings, ...Object.fromEntries(known) };
  const parsed = (type.settings as z.ZodType<unknown>).safeParse(given);
  if (parsed.success) {
    const settings = parsed.data;
    const ready: ReadyChannel = {
      id: entry.id,
      type,
      budget: type.budget(settings),
      compose: (notice, to) => type.compose(notice, to, settings),
      open: (edge) => type.open(settings, edge),
    };
    return { ready, problems: [], missingSecrets: [] };
  }
  const problems = problemsOfIssues(parsed.error.issues, given);
  const missing = problems.filter(({ code, path }) => code === 'missing' && type.secrets.includes(String(path[0])));
  return {
    ready: null,
    problems: problems
      .filter((problem) => !missing.includes(problem))
      .map((problem) => ({ ...problem, path: ['settings', ...problem.path] })),
    missingSecrets: missing.map(({ path }) => String(path[0])),
  };
}

/** Settings without those that are secrets, and the secrets among them by name, for whoever stores the two apart. */
export function splitSecrets(entry: ChannelEntry): {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
} {
  const names = CHANNEL_TYPES[entry.kind].secrets;
  const given = queryApart(entry);
  const settings = Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
  const secrets = names.flatMap((name) => {
    const value = given[name];
    return typeof value === 'string' && value !== MASK ? [[name, value] as const] : [];
  });
  return { settings, secrets: Object.fromEntries(secrets) };
}

/** The query of an address is a secret where a channel has a place for one: receivers give out addresses with their key in it. */
function queryApart({ kind, settings }: ChannelEntry): Readonly<Record<string, unknown>> {
  const { url } = settings;
  if (!CHANNEL_TYPES[kind].secrets.includes('query') || typeof url !== 'string' || !url.includes('?')) return settings;
  const [address = '', ...query] = url.split('?');
  return { ...settings, url: address, query: query.join('?') };
}

/** Settings that say where a channel connects to, of whatever kind. */
const WHERE = ['origin', 'endpoint', 'url', 'host', 'port'] as const;

/**
 * Whether secrets that were given for the one may be used for the other: of the same kind, and for the same place. Otherwise
 * whoever may change a setting could have a secret sent to another server, which he was never shown.
 */
export function mayKeepSecrets(before: ChannelEntry, after: ChannelEntry): boolean {
  const [was, is] = [splitSecrets(before).settings, splitSecrets(after).settings];
  return before.kind === after.kind && WHERE.every((name) => was[name] === is[name]);
}

/** What stands where a secret is that is known. Sent back unchanged, it means: as it was. */
export const MASK = '••••••••';

/** Settings as they may be shown: a secret that is known is a mask, one that is not known is not there. */
export function maskSettings(entry: ChannelEntry, known: readonly string[]): Readonly<Record<string, unknown>> {
  const { settings, secrets } = splitSecrets(entry);
  const names = CHANNEL_TYPES[entry.kind].secrets.filter(
    (name) => known.includes(name) || Object.hasOwn(secrets, name),
  );
  return { ...settings, ...Object.fromEntries(names.map((name) => [name, MASK])) };
}
