import type { Alert } from '../model/alert.ts';
import { whatOf } from '../model/alert-words.ts';
import { localMsAt } from '../model/calendar.ts';
import { CHANNEL_FACTS } from '../model/notify/channel-facts.ts';
import type { ReasonTold } from '../model/notify/delivery.ts';
import type { ToldSheetMessage, ToldSheetRow } from '../model/notify/told-sheet.ts';
import { type Column, titleOf } from './columns.ts';
import type { Cell, Language, Words } from './table.ts';
import { LEVEL_WORDS } from './words.ts';

/**
 * Who was told of orange and red alerts, for the file of a night (叫应): a row for each message about an alert, with every
 * state it can come to. No cell is empty: where there is no time, it says why.
 */

type ToldKey =
  | 'raisedAt'
  | 'level'
  | 'area'
  | 'point'
  | 'what'
  | 'acknowledgedBy'
  | 'acknowledgedAt'
  | 'person'
  | 'channel'
  | 'reason'
  | 'queued'
  | 'accepted'
  | 'delivered'
  | 'answered'
  | 'failed'
  | 'words'
  | 'alert';

interface ToldColumn extends Column<ToldKey> {
  /** Its heading names the zone. */
  readonly isTime?: boolean;
}

export const TOLD_COLUMNS: readonly ToldColumn[] = [
  { key: 'raisedAt', zh: '报警时间', en: 'raised', width: 20, isTime: true },
  { key: 'level', zh: '等级', en: 'level', width: 8 },
  { key: 'area', zh: '区域', en: 'area', width: 18 },
  { key: 'point', zh: '测点', en: 'point', width: 24 },
  { key: 'what', zh: '报警内容', en: 'what', width: 20 },
  { key: 'acknowledgedBy', zh: '确认人', en: 'acknowledged by', width: 14 },
  { key: 'acknowledgedAt', zh: '确认时间', en: 'acknowledged', width: 20, isTime: true },
  { key: 'person', zh: '通知对象', en: 'told', width: 14 },
  { key: 'channel', zh: '渠道', en: 'channel', width: 14 },
  { key: 'reason', zh: '通知原因', en: 'reason', width: 18 },
  { key: 'queued', zh: '发起时间', en: 'queued', width: 20, isTime: true },
  { key: 'accepted', zh: '网关接受', en: 'accepted by the gateway', width: 20, isTime: true },
  { key: 'delivered', zh: '送达', en: 'on the device', width: 20, isTime: true },
  { key: 'answered', zh: '应答', en: 'answered', width: 20, isTime: true },
  { key: 'failed', zh: '失败', en: 'failed', width: 20, isTime: true },
  { key: 'words', zh: '网关原话', en: 'words of the gateway', width: 34 },
  { key: 'alert', zh: '报警编号', en: 'alert', width: 20 },
];

export const TOLD_SHEET_NAME: Words = { zh: '叫应', en: 'told' };

const REASONS: Readonly<Record<ReasonTold, Words>> = {
  raised: { zh: '报警', en: 'raised' },
  escalated: { zh: '升级', en: 'escalated' },
  repeat: { zh: '重复提醒', en: 'reminder' },
  step: { zh: '逐级上报', en: 'next step' },
  returned: { zh: '恢复提示', en: 'announced again' },
  'setup-changed': { zh: '方案变更', en: 'setup changed' },
  'silence-ended': { zh: '静默结束', en: 'silence ended' },
  'quiet-ended': { zh: '免打扰结束', en: 'quiet hours ended' },
  deescalated: { zh: '降级', en: 'less severe' },
  acknowledged: { zh: '已有人确认', en: 'acknowledged by somebody' },
  cleared: { zh: '解除', en: 'cleared' },
  rehearsal: { zh: '查岗', en: 'rehearsal' },
  test: { zh: '试发', en: 'test' },
};

/** What only lets people know: nobody is asked to answer it. */
const ASKS_NOTHING: ReadonlySet<ReasonTold> = new Set(['deescalated', 'acknowledged', 'cleared', 'test']);

const NONE = '—';

const WORDS = {
  group: { zh: '群', en: 'the group' },
  nobody: { zh: '无人', en: 'nobody' },
  notTold: { zh: '没有通知任何人', en: 'nobody was told' },
  retrospective: { zh: '数据迟到，不通知', en: 'not told: late data showed it' },
  suppressed: { zh: '被抑制，不通知', en: 'not told: suppressed' },
  shelved: { zh: '已搁置，不通知', en: 'not told: shelved' },
  notAcknowledged: { zh: '未确认', en: 'not acknowledged' },
  unknown: { zh: '未记录', en: 'not recorded' },
  queued: { zh: '排队中', en: 'queued' },
  notAccepted: { zh: '未被接受', en: 'not accepted' },
  withdrawn: { zh: '无需再发', en: 'needed no more' },
  noReceipts: { zh: '此渠道无回执', en: 'this channel has no receipts' },
  noReceipt: { zh: '未收到回执', en: 'no receipt' },
  notAsked: { zh: '未要求', en: 'not asked for' },
  notAnswered: { zh: '未应答', en: 'not answered' },
  notAnsweredHere: { zh: '未经此渠道应答', en: 'not answered by this channel' },
  forEngineers: { zh: '仅工程师可见', en: 'shown to engineers' },
} as const satisfies Record<string, Words>;

/** The heading and the rows, with times in `timezone`, an IANA name that the headings tell. */
export function* toldRows(
  rows: Iterable<ToldSheetRow>,
  { language, timezone }: { readonly language: Language; readonly timezone: string },
): Generator<Cell[]> {
  yield TOLD_COLUMNS.map((column) => {
    const title = titleOf(column, language);
    if (column.isTime !== true) return title;
    return language === 'zh' ? `${title}（${timezone}）` : `${title} (${timezone})`;
  });
  const time = (ms: number) => new Date(localMsAt(timezone, ms)).toISOString().slice(0, 19).replace('T', ' ');
  for (const row of rows) {
    const { alert, area, point, metric, acknowledged, message } = row;
    const about = {
      raisedAt: time(alert.raisedAt),
      level: LEVEL_WORDS[language][alert.peak.level],
      area: area[language],
      point: point[language],
      what: whatOf(alert, metric?.[language] ?? null, language),
      acknowledgedBy:
        acknowledged === null ? WORDS.notAcknowledged[language] : (acknowledged.by ?? WORDS.unknown[language]),
      acknowledgedAt: acknowledged === null ? NONE : time(acknowledged.atMs),
      alert: alert.id,
    };
    const told = message === null ? untoldCells(alert, language) : messageCells(message, language, time);
    const cells: Readonly<Record<ToldKey, string>> = { ...about, ...told };
    // A name may be blank, and a gateway may say nothing but blanks.
    yield TOLD_COLUMNS.map(({ key }) => (cells[key].trim() === '' ? NONE : cells[key]));
  }
}

type MessageKey = Exclude<
  ToldKey,
  'raisedAt' | 'level' | 'area' | 'point' | 'what' | 'acknowledgedBy' | 'acknowledgedAt' | 'alert'
>;

function messageCells(
  message: ToldSheetMessage,
  language: Language,
  time: (ms: number) => string,
): Record<MessageKey, string> {
  const { person, channel, reason, step, atMs, acceptedAtMs, deliveredAtMs, answeredAtMs, failedAtMs } = message;
  const at = (ms: number | null, otherwise: Words | null) => (ms === null ? (otherwise?.[language] ?? NONE) : time(ms));
  const ladder = { zh: `（第 ${(step ?? 0) + 1} 级）`, en: ` (step ${(step ?? 0) + 1})` };
  return {
    person: person ?? WORDS.group[language],
    channel,
    reason: `${REASONS[reason][language]}${step === null ? '' : ladder[language]}`,
    queued: time(atMs),
    accepted: at(acceptedAtMs, whyNotAccepted(message)),
    delivered: at(deliveredAtMs, whyNotDelivered(message)),
    answered: at(answeredAtMs, whyNotAnswered(message)),
    failed: at(failedAtMs, null),
    words: message.words === null ? NONE : message.mayReadWords ? message.words : WORDS.forEngineers[language],
  };
}

function whyNotAccepted({ state }: ToldSheetMessage): Words | null {
  if (state === 'queued') return WORDS.queued;
  if (state === 'withdrawn') return WORDS.withdrawn;
  // An answer that came before the gateway's own word proves more than that word.
  return state === 'failed' ? WORDS.notAccepted : null;
}

/** Whether it ever left: what did not can have neither receipt nor answer. */
function hasLeft({ state, acceptedAtMs }: ToldSheetMessage): boolean {
  return acceptedAtMs !== null || state === 'accepted' || state === 'delivered' || state === 'answered';
}

function whyNotDelivered(message: ToldSheetMessage): Words | null {
  if (message.kind !== null && CHANNEL_FACTS[message.kind].proof === 'accepted') return WORDS.noReceipts;
  return hasLeft(message) ? WORDS.noReceipt : null;
}

function whyNotAnswered(message: ToldSheetMessage): Words | null {
  if (ASKS_NOTHING.has(message.reason)) return WORDS.notAsked;
  if (!hasLeft(message)) return null;
  // A robot's card or a mail is answered by its link at most, which it may not have.
  const mayAnswer = message.kind !== null && CHANNEL_FACTS[message.kind].proof === 'answered';
  return mayAnswer ? WORDS.notAnswered : WORDS.notAnsweredHere;
}

/** Of an alert that nobody was told of: why, as far as the alert itself says it. */
function untoldCells(
  { retrospective, suppressed, shelvedUntil }: Alert,
  language: Language,
): Record<MessageKey, string> {
  const why = retrospective
    ? WORDS.retrospective
    : suppressed
      ? WORDS.suppressed
      : shelvedUntil !== null
        ? WORDS.shelved
        : WORDS.notTold;
  return {
    person: WORDS.nobody[language],
    channel: NONE,
    reason: why[language],
    queued: NONE,
    accepted: NONE,
    delivered: NONE,
    answered: NONE,
    failed: NONE,
    words: NONE,
  };
}
