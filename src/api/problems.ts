import { pointerOf } from '../model/pointer.ts';
import type { Coded, ProblemCode as FieldCode, FieldProblem } from '../model/problem.ts';
import { type Language, problemText } from '../model/problem-words.ts';

/**
 * Every way a call can fail, with its status and words. A code is stable: programs branch on it. A retired code is
 * never used again with another meaning.
 */

interface Words {
  readonly en: string;
  readonly zh: string;
}

interface ProblemKind {
  readonly status: number;
  readonly title: Words;
}

function kind(status: number, en: string, zh: string): ProblemKind {
  return { status, title: { en, zh } };
}

export const PROBLEMS = {
  'bad-request': kind(400, 'The request could not be understood', '无法理解该请求'),
  'bad-json': kind(400, 'The body is not valid JSON', '请求体不是有效的 JSON'),
  'validation-failed': kind(400, 'Some fields are not as they should be', '部分字段不符合要求'),
  'bad-cursor': kind(400, 'The cursor did not come from this list', '游标无效'),
  'bad-if-match': kind(400, 'If-Match could not be read', 'If-Match 格式有误'),
  'rule-required': kind(400, 'The point has several rules with levels, or none; say which one', '请指定一条分级规则'),
  'metric-required': kind(400, 'The point has several metrics; say which one', '该监测点有多个指标，请指定其一'),

  unauthenticated: kind(401, 'Log in, or send a bearer token', '请登录或提供访问令牌'),
  'bad-credentials': kind(401, 'User name or password is wrong', '用户名或密码错误'),
  'bad-token': kind(401, 'The token is unknown or has expired', '访问令牌无效或已过期'),

  forbidden: kind(403, 'Your role does not allow this', '您的角色无权执行此操作'),
  'not-its-own': kind(403, 'A device sends messages of its own, and of no other', '设备只能上报自己的数据'),
  'proposal-own': kind(403, 'Somebody else must decide on what you have proposed', '本人提出的变更须由他人审批'),
  'password-change-required': kind(
    403,
    'Somebody else has chosen your password: change it first',
    '您的密码由他人设定，请先修改密码',
  ),
  'host-refused': kind(
    403,
    'Without a login this server is reached as localhost or by address only',
    '未启用登录时，只能通过 localhost 或 IP 地址访问',
  ),
  'csrf-refused': kind(403, 'The call did not prove that it comes from the console', '跨站请求防护校验未通过'),
  'origin-refused': kind(403, 'Calls from another site are refused', '拒绝来自其他站点的请求'),
  'metrics-refused': kind(403, 'Metrics are for this machine, or for their own token', '指标仅限本机或专用令牌访问'),

  'not-found': kind(404, 'There is nothing at this address', '该地址不存在'),
  'unknown-point': kind(404, 'There is no such monitoring point', '监测点不存在'),
  'unknown-area': kind(404, 'There is no such area', '区域不存在'),
  'unknown-profile': kind(404, 'There is no such kind of device', '设备类型不存在'),
  'no-codec': kind(409, 'The kind of device has no payload codec that could read it', '该设备类型没有可用的解码脚本'),
  'unknown-device': kind(404, 'There is no such device', '设备不存在'),
  'unknown-rule': kind(404, 'The thresholds have no such rule with levels', '阈值中没有该分级规则'),
  'unknown-template': kind(404, 'There is no such template', '阈值模板不存在'),
  'nothing-scheduled': kind(404, 'No change of the thresholds waits for its time', '没有预定的阈值变更'),
  'unknown-revision': kind(404, 'The thresholds have no such revision', '阈值没有该版本'),
  'unknown-metric': kind(404, 'The point has no such metric', '该监测点没有此指标'),
  'unknown-proposal': kind(404, 'There is no such proposal', '变更申请不存在'),
  'unknown-rule-test': kind(404, 'There is no such rule test', '规则测试不存在'),
  'unknown-preview': kind(404, 'There is no such preview, or it ended long ago', '该试算不存在或已过期'),
  'unknown-plans-revision': kind(404, 'The response plans have no such revision', '处置预案没有该版本'),
  'unknown-step': kind(404, 'The card has no such step', '处置卡中没有该步骤'),
  'no-plan': kind(404, 'No response plan applies', '没有适用的处置预案'),
  'unknown-silence': kind(404, 'There is no such silence, or it has ended', '静默不存在或已结束'),
  'unknown-alert': kind(404, 'There is no such alert', '报警不存在'),
  'unknown-maintenance': kind(404, 'There is no such maintenance', '维护计划不存在'),
  'unknown-user': kind(404, 'There is no such user', '用户不存在'),
  'unknown-token': kind(404, 'There is no such token', '令牌不存在'),

  'no-notify-setup': kind(
    409,
    'Nobody is told of anything yet: there is no setup; send one as `setup`',
    '尚未设置通知；请在 setup 中附上方案',
  ),
  conflict: kind(409, 'The present state does not allow this', '当前状态不允许此操作'),
  'cluster-fixed': kind(
    409,
    'Areas, devices, thresholds and who is told cannot be changed in a cluster yet',
    '集群模式下暂不能修改区域、设备、阈值和通知设置',
  ),
  'alert-already-acknowledged': kind(409, 'The alert has already been acknowledged', '该报警已确认'),
  'alert-closed': kind(409, 'The alert is closed', '该报警已关闭'),
  'alert-not-latched': kind(409, 'The alert is not latched; it clears by itself', '该报警未锁定，会自行解除'),
  'alert-not-active': kind(409, 'The alert has already cleared', '该报警已解除'),
  'alert-still-breaching': kind(
    409,
    'The condition still holds; it cannot be reset yet',
    '报警条件仍然存在，暂不能复位',
  ),
  'alert-not-shelvable': kind(409, 'A latched red alert may not be shelved', '已锁定的红色报警不能搁置'),
  'shelve-time-out-of-range': kind(
    409,
    'Shelving ends in the future, within 24 hours',
    '搁置结束时间须在未来 24 小时之内',
  ),
  'alert-not-shelved': kind(409, 'The alert is not shelved', '该报警未搁置'),
  'response-closed': kind(409, 'The response to the alert is closed; reopen it first', '处置已办结，请先重新打开'),
  'response-not-closed': kind(409, 'The response to the alert is not closed', '处置尚未办结'),
  'reopen-too-late': kind(
    409,
    'The response was closed more than three days ago: it stays closed',
    '处置办结已超过三天，不能重新打开',
  ),
  'too-many-dispatches': kind(409, 'Twenty have been sent to this alert already', '该报警已派出二十人（队），不能再派'),
  'nobody-dispatched': kind(409, 'Nobody was sent to this alert', '该报警尚未派人'),
  'dispatch-unknown': kind(409, 'The alert has no dispatch of this number', '该报警没有此编号的派单'),
  'dispatch-unclear': kind(
    409,
    'Several have been sent, of whom this can be meant; give the number of one as `dispatch`',
    '已派出多人，请用 dispatch 指明是哪一单',
  ),
  'dispatch-answered': kind(409, 'Who was sent has answered already', '被派人员已答复'),
  'dispatch-reported': kind(409, 'Who was sent has declined, or reported this already', '被派人员已谢绝，或已报告过'),
  'not-arrived': kind(409, 'Who was sent has not arrived yet; report that first', '被派人员尚未到场，请先报到场'),
  'still-under-way': kind(
    409,
    'Somebody is on his way or still there: he must be done, or declined, first',
    '还有人员在途或在场，请先报处置完毕或撤回',
  ),
  'feedback-missing': kind(409, 'Say first what it was and what was done', '请先填写反馈，再办结'),
  'alert-still-active': kind(409, 'The alert has not cleared: its response cannot be closed', '报警尚未解除，不能办结'),
  'step-done': kind(409, 'The step was ticked off already', '该步骤已完成'),
  'rule-test-exists': kind(409, 'There is already a rule test of this name', '同名规则测试已存在'),
  'proposal-decided': kind(409, 'Somebody has decided on this proposal already', '该变更申请已处理'),
  'proposal-expired': kind(409, 'The proposal has expired; make it again', '该变更申请已过期，请重新提出'),
  'proposal-outdated': kind(
    409,
    'The thresholds have been changed since it was proposed; make it again',
    '阈值在提出申请之后已被修改，请重新提出',
  ),
  'approval-required': kind(
    409,
    'This makes orange or red levels harder to reach, which needs a second person: propose those changes first',
    '该操作放宽或取消橙色、红色阈值，须经第二人审批：请先就这些变更提出申请',
  ),
  'rules-would-end': kind(
    409,
    'Rules name what the point would measure no longer; say that they may go (endsRules=true)',
    '有规则用到该监测点将不再测量的指标；须确认删除这些规则（endsRules=true）',
  ),
  'maintenance-ended': kind(409, 'The maintenance has ended already', '该维护计划已结束'),
  'schedule-needs-approval': kind(
    409,
    'A change that needs a second person cannot be made ahead of its time; make it when it is due',
    '须第二人审批的变更不能预定，请到时再提交',
  ),
  'point-out-of-service': kind(409, 'The point is out of service already', '该监测点已停用'),
  'point-in-service': kind(409, 'The point is in service', '该监测点正在使用中'),
  'area-in-use': kind(409, 'There is something in this area', '区域之内还有内容'),
  'device-not-connected': kind(
    409,
    'The device has no connection over which it could be told something',
    '设备当前没有可下发命令的连接',
  ),
  'command-not-spoken': kind(409, 'The protocol of the device does not have this command', '该设备的协议不支持此命令'),
  'command-under-way': kind(
    409,
    'The device was told something and has not answered yet; wait for it',
    '设备正在执行上一条命令，请稍后再试',
  ),
  'point-in-use': kind(409, 'Votes of other points count on this point', '其他监测点的表决规则用到该监测点'),
  'user-exists': kind(409, 'There is already a user of this name', '用户名已存在'),
  'last-admin': kind(409, 'The last administrator must stay', '必须保留最后一名管理员'),
  'backup-running': kind(409, 'A backup is being written already', '备份正在进行中'),
  'no-session': kind(
    409,
    'This call is for people who logged in, not for tokens',
    '此操作仅适用于登录用户，不适用于令牌',
  ),
  'other-log': kind(
    409,
    'The number is of another log: the server was restored from a backup; begin again',
    '该序号属于另一份日志（服务器已从备份恢复），请重新开始',
  ),

  'events-gone': kind(410, 'The log no longer reaches back that far', '日志已不再保留该位置的记录'),

  'area-exists': kind(412, 'There is already an area of this id', '已有此编号的区域'),
  'point-exists': kind(412, 'There is already a monitoring point of this id', '已有此编号的监测点'),
  'device-exists': kind(412, 'There is already a device of this id', '已有此编号的设备'),
  'site-lost-race': kind(412, 'The site has been changed since you read it', '站点配置在您读取之后已被修改'),
  'revision-lost-race': kind(412, 'The thresholds have been changed since you read them', '阈值在您读取之后已被修改'),
  'body-too-large': kind(413, 'The body is too large', '请求体过大'),
  'upgrade-required': kind(426, 'Open a WebSocket here', '请使用 WebSocket 连接'),
  'unsupported-media-type': kind(415, 'Send JSON', '请使用 JSON 格式'),

  'threshold-invalid': kind(422, 'The thresholds could not be evaluated', '阈值无法用于评估'),
  'source-invalid': kind(422, 'The source cannot be set up like this', '数据源设置有误'),
  'source-lost-race': kind(412, 'The source has been changed since you read it', '数据源在您读取之后已被修改'),
  'unknown-source': kind(404, 'No such source was set up here', '没有设置过该数据源'),
  'notify-setup-invalid': kind(422, 'The parts of the setup do not fit together', '通知方案内容不一致'),
  'notify-lost-race': kind(412, 'The setup has been changed since you read it', '通知方案在您读取之后已被修改'),
  'plans-invalid': kind(422, 'The response plans do not fit together', '处置预案内容不一致'),
  'plans-lost-race': kind(
    412,
    'The response plans have been changed since you read them',
    '处置预案在您读取之后已被修改',
  ),
  'unknown-notify-revision': kind(404, 'The setup has no such revision', '通知方案没有该版本'),
  'unknown-channel': kind(404, 'There is no such channel', '通知渠道不存在'),
  'unknown-person': kind(404, 'There is no such person', '人员不存在'),
  'unknown-rota': kind(404, 'There is no such rota', '值班表不存在'),
  'unknown-rehearsal': kind(404, 'There is no such rehearsal', '没有该次查岗'),
  'nobody-on-duty': kind(
    409,
    'Nobody is on duty now; name who is to be asked as `people`',
    '此刻无人值班；请在 people 中指明人员',
  ),
  'too-many-entries': kind(422, 'There are too many entries in the period', '该时段记录过多'),
  'site-invalid': kind(422, 'The parts of the site do not fit together', '站点配置内容不一致'),
  'import-refused': kind(422, 'Some lines make no sense; nothing was stored', '部分行无法识别，未写入任何数据'),
  'nothing-selected': kind(422, 'No point and metric fits the selection', '没有符合条件的监测点和指标'),
  'spreadsheet-unreadable': kind(422, 'The file cannot be read as a spreadsheet', '无法读取该表格文件'),
  'spreadsheet-invalid': kind(
    422,
    'Some cells are not as they should be; nothing was changed',
    '部分单元格有误，未做任何修改',
  ),
  'backup-refused': kind(422, 'The backup cannot be written there', '无法在该位置写入备份'),
  'too-many-readings': kind(
    422,
    'The period holds more readings than can be judged at once',
    '该时段的读数过多，请缩短时段',
  ),
  'not-numeric': kind(422, 'Buckets are made of numbers; this metric holds text', '该指标为文本，无法分桶统计'),

  'if-match-required': kind(428, 'Say with If-Match which revision you have changed', '请用 If-Match 指明所修改的版本'),
  'called-off': kind(499, 'The caller went away before the answer was ready', '调用方已断开，请求已取消'),
  'too-many-calls': kind(429, 'Too many calls; wait a little', '请求过于频繁，请稍后再试'),
  'too-many-attempts': kind(429, 'Too many failed attempts; wait a little', '失败次数过多，请稍后再试'),

  internal: kind(500, 'Something went wrong on our side', '服务器内部错误'),
  'backup-failed': kind(500, 'The backup could not be completed', '备份未能完成'),
  'not-stored': kind(
    503,
    'The message is not on disk; send it again, which stores nothing twice',
    '数据未能写入磁盘，请重新发送（不会重复写入）',
  ),
  busy: kind(503, 'Too busy at the moment; try again', '系统繁忙，请稍后重试'),
  'action-unconfirmed': kind(
    503,
    'The action could not be confirmed as recorded; look at the alert before trying again',
    '操作未能确认已记录，请先查看报警状态再重试',
  ),
  'import-interrupted': kind(
    503,
    'Some of the readings could not be stored; send the file again, which stores nothing twice',
    '部分数据未能写入，请重新上传该文件（不会重复写入）',
  ),
  'history-unavailable': kind(503, 'The history store does not answer', '历史数据存储无响应'),
  'no-room': kind(507, 'The disk has no room for it', '磁盘空间不足'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing wrong with one field. `path` is a JSON pointer (RFC 6901) into the body, or the parameter's name. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
  /** Stable, and what the words are made of. */
  readonly code: FieldCode;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One thing wrong with a file that was sent: `path` is a cell or a line, and the words are those of the stage that read it. */
export interface FileError {
  readonly path: string;
  readonly message: string;
  /** The words in Chinese. Nobody is told both. */
  readonly zh?: string;
}

/** A problem as a field of the answer, in English. */
export function fieldError({ path, ...problem }: FieldProblem): FieldError {
  return errorAt(pointerOf(path), problem);
}

/** A problem at a place that is called otherwise in the call: a parameter, or a part of the body around it. */
export function errorAt(path: string, problem: Coded): FieldError {
  return { path, message: problemText(problem, 'en'), code: problem.code, values: { ...problem.values } };
}

/** A field with its words in the language that was asked for. */
export function fieldInLanguage(error: FieldError, language: Language): FieldError {
  const { code, values } = error;
  return language === 'en' ? error : { ...error, message: problemText({ code, values } as Coded, language) };
}

function inLanguage(error: FieldError | FileError, language: Language): FieldError | FileError {
  if ('code' in error) return fieldInLanguage(error, language);
  const { zh, ...inEnglish } = error;
  return language === 'en' || zh === undefined ? inEnglish : { ...inEnglish, message: zh };
}

export interface ProblemExtras {
  /** What is particular about this case. */
  readonly detail?: string;
  readonly errors?: readonly (FieldError | FileError)[];
  /** Seconds after which a further attempt has a chance; also sent as Retry-After. */
  readonly retryAfterSeconds?: number;
  /** Members of the document that belong to the code, such as the present revision. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Thrown by a handler to answer with a problem document. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;
  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(extras.detail ?? PROBLEMS[code].title.en);
    this.name = 'ProblemError';
    this.code = code;
    this.extras = extras;
  }
}

/** The RFC 9457 document. */
export function problemDocument(code: ProblemCode, extras: ProblemExtras, language: Language): Record<string, unknown> {
  const { status, title } = PROBLEMS[code];
  return {
    type: `urn:brink:problem:${code}`,
    title: title[language],
    status,
    ...(extras.detail === undefined ? {} : { detail: extras.detail }),
    code,
    ...(extras.errors === undefined ? {} : { errors: extras.errors.map((error) => inLanguage(error, language)) }),
    ...extras.members,
  };
}

/** A code of another stage, or `conflict` when this table does not know it. */
export function conflictCode(code: string): ProblemCode {
  return Object.hasOwn(PROBLEMS, code) ? (code as ProblemCode) : 'conflict';
}

/** The preferred of our two languages by an Accept-Language header; English when it names neither. */
export function preferredLanguage(header: string | undefined): Language {
  let best: { language: Language; q: number } = { language: 'en', q: 0 };
  for (const part of (header ?? '').split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const weight = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='));
    const q = weight === undefined ? 1 : Number(weight.slice(2));
    const language = tag === 'zh' || tag.startsWith('zh-') ? 'zh' : tag === 'en' || tag.startsWith('en-') ? 'en' : null;
    if (language !== null && q > best.q) best = { language, q };
  }
  return best.language;
}
