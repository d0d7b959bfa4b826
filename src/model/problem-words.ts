import type { Level } from './level.ts';
import {
  type CodedAs,
  type FieldProblem,
  type Known,
  type ProblemCode,
  type ProblemValues,
  placeText,
} from './problem.ts';

/** The words of every problem in both languages, for whoever wrote a file or a request body: they name its keys. */

export type Language = 'en' | 'zh';

/** A sentence, or what should stand there, with what does where that is more than the value itself. */
type Words = string | FoundExpected | { readonly expected: string };
interface FoundExpected {
  readonly found: string;
  readonly expected: string;
}

type Table = { readonly [C in ProblemCode]: (values: ProblemValues[C]) => Words };

const quoted = (value: number | boolean | string): string => JSON.stringify(value);

const TYPES_EN: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  null: 'null',
};
const COUNTED_EN = { number: '', text: ' characters', list: ' entries' } as const;

const TIME_EN = 'ms since 1970, or ISO 8601 with a time zone such as 2026-07-01T08:00:00+08:00';

const EN: Table = {
  missing: ({ type }) => ({ expected: `${TYPES_EN[type] ?? type} (it is missing)` }),
  'other-type': ({ type }) => ({ expected: TYPES_EN[type] ?? type }),
  'not-one-of': ({ allowed }) => ({ expected: `${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}` }),
  'unknown-keys': ({ keys }) =>
    keys.length === 1
      ? `has the unknown key ${quoted(keys[0] ?? '')}`
      : `has the unknown keys ${keys.map(quoted).join(', ')}`,
  'key-refused': ({ problems }) => ({ expected: `a usable key: ${problems.map(expectedText).join(', ')}` }),
  'no-form-fits': ({ problems }) => ({ expected: [...new Set(problems.map(expectedText))].join(' or ') }),
  'too-small': ({ least, of, isIncluded }) => ({
    expected: `${isIncluded ? 'at least' : 'more than'} ${least}${COUNTED_EN[of]}`,
  }),
  'too-big': ({ most, of, isIncluded }) => ({
    expected: `${isIncluded ? 'at most' : 'less than'} ${most}${COUNTED_EN[of]}`,
  }),
  'not-valid': ({ words }) => words,
  'no-duration': () => ({ expected: 'a duration such as 500ms, 30s, 10m, 8h or 1h30m' }),
  'no-month-day': () => ({ expected: 'a day as MM-DD, such as 06-01' }),
  'no-date': () => ({ expected: 'a date that exists as YYYY-MM-DD, such as 2026-06-01' }),
  'no-clock-time': () => ({ expected: 'a time of the day as HH:MM, such as 08:00' }),
  'no-clock-time-or-end': () => ({ expected: 'a time of the day as HH:MM, such as 17:30, or 24:00 for its end' }),
  'bad-id': () => 'may not contain / + # ? % or blanks',
  'control-characters': () => 'may not contain control characters',
  'not-encoded': ({ encoding }) => ({ expected: `${encoding}` }),
  'curve-not-rising': () => 'curve points must rise in their first coordinate',
  'deadband-and-recover': () => 'take deadband or recover, not both',
  'no-level': () => ({ expected: 'at least one level' }),
  'not-one-kind': ({ kinds, found }) => ({
    expected: `exactly one of ${kinds.join(', ')}; found ${found.join(', ') || 'none'}`,
  }),
  'rule-without-metric': ({ kind }) => `a rule with ${kind} needs a metric`,
  'schedule-without-levels': () => 'schedule is for a rule with levels',
  'too-many-votes': () => 'cannot be more than the number of points',
  'several-aggregates': ({ aggregates }) => `take one of ${aggregates.join(', ')}`,
  'aggregate-without-limit': ({ aggregate }) => `${aggregate} needs above or below`,
  'change-without-window': () => 'rise and fall need within',
  'window-without-change': () => 'within needs rise or fall',
  'coverage-without-window': () => 'coverage needs a window',
  'any-and-all': () => 'take any or all, and nest the other',
  'group-not-alone': () => 'any and all stand alone; put the other criteria in their list',
  'no-criterion': () => ({ expected: 'a criterion: above, below, equals, rise, fall, curve, any or all' }),
  'unknown-metric': ({ metric, ...known }) => there(metric, `a metric of the point: ${listed(known)}`),
  'unknown-point': ({ point }) => there(point, 'a point of the site'),
  'needs-number': ({ by, metric, type }) => {
    if (by === 'curve') return `metric ${metric} is a ${type}, not a number`;
    if (by === 'range') return `limits and sentinels are for numbers; metric ${metric} is a ${type}`;
    return `a ${by} needs a number; metric ${metric} is a ${type}`;
  },
  'equals-other-type': ({ metric, type, value }) =>
    `metric ${metric} is a ${type}; ${quoted(value)} is a ${typeof value}`,
  'equals-unknown-value': ({ metric, value, ...known }) =>
    `${quoted(value)} is not a value of metric ${metric}: ${listed(known)}`,
  'range-reversed': () => ({ expected: '[low, high] with low below high' }),
  'only-with-levels': () => 'is for rules with levels',
  'not-with-vote': () => 'is not for a rule with vote',
  'window-empty': () => 'must be longer than nothing',
  'recover-two-sides': () => 'has two sides to recover on (above and below); use deadband',
  'recover-needs-limit': () => 'needs a limit (above, below or curve) to recover from',
  'recover-not-below': ({ recover, limit }) => `${recover} must lie below the limit ${limit}`,
  'recover-not-above': ({ recover, limit }) => `${recover} must lie above the limit ${limit}`,
  'deadband-too-wide': ({ low, high }) => `leaves nothing between ${low} and ${high} to recover in`,
  'metric-without-unit': ({ unit, metric }) => `cannot convert ${unit}: metric ${metric} has no unit`,
  'unknown-unit': ({ unit, metric, to }) => `unknown unit ${unit} (metric ${metric} is in ${to})`,
  'unknown-unit-of-metric': ({ unit, metric, to }) => `cannot convert ${unit} to ${to}, the unit of metric ${metric}`,
  'unit-of-other-gas': ({ unit, to }) => `cannot convert ${unit} to ${to}: two different gases`,
  'unit-needs-gas': ({ unit, metric, to }) =>
    `cannot convert ${unit} to ${to}: needs a known gas, as in ppm(H2S); metric ${metric} names none`,
  'unit-of-other-quantity': ({ unit, to }) => `cannot convert ${unit} to ${to}: they measure different things`,
  'unknown-timezone': ({ timezone }) => `${timezone} is not a time zone of the IANA list`,
  'dates-reversed': ({ from, to }) => `${from} is after ${to}`,
  'level-easier': ({ level, than, found, other }) => ({
    found: `${level} (${found}), which is easier to reach than ${than} (${other})`,
    expected: `${than} before ${level}`,
  }),
  'level-sooner': ({ level, than, found, other }) => ({
    found: `${level} (${found}), which is reached sooner than ${than} (${other})`,
    expected: `${than} before ${level}`,
  }),
  'limit-never': (values) => ({
    found: `${values.limit}, which is never reached`,
    expected: `a limit within what can be measured, ${spanOf(values, ' to ')}`,
  }),
  'limit-always': (values) => ({
    found: `${values.limit}, which every value reaches`,
    expected: `a limit within what can be measured, ${spanOf(values, ' to ')}`,
  }),
  'limit-never-left': (values) => ({
    found: `${values.limit}, so that the level is never left`,
    expected: `recovery within what can be measured, ${spanOf(values, ' to ')}`,
  }),
  'silence-between-reports': ({ after, reportEvery }) => ({
    found: `${after}, which passes between any two reports`,
    expected: `more than the report interval, ${reportEvery}`,
  }),
  'range-not-for-type': () => 'range and sentinels are for numbers',
  'values-not-for-type': () => 'values are for strings',
  'place-swapped': () => 'latitude and longitude look swapped: expected [longitude, latitude] such as [108.75, 29.52]',
  'no-longitude': () => ({ expected: 'a longitude from -180 to 180' }),
  'no-latitude': () => ({ expected: 'a latitude from -90 to 90' }),
  'unknown-profile': ({ profile, ...known }) => there(profile, `a profile that exists: ${listed(known)}`),
  'unknown-device': ({ device }) => there(device, 'a device of the site'),
  'not-another-area': ({ area }) => there(area, 'another area of this site'),
  'unknown-area': ({ area, ...known }) => there(area, `an area of this site: ${listed(known)}`),
  'unknown-field': ({ field, profile, ...known }) => there(field, `a field of profile ${profile}: ${listed(known)}`),
  'area-in-itself': ({ area, parent }) => ({
    found: `"${parent}", which lies in "${area}"`,
    expected: 'areas that do not contain themselves',
  }),
  'id-repeated': ({ kind, id, first }) => ({
    found: `"${id}" again`,
    expected: `${kind} ids that differ (${first} has it)`,
  }),
  'document-repeated': ({ point }) => ({ found: `"${point}" again`, expected: 'one document for each point' }),
  'point-taken': ({ point, device }) => there(point, `a point id that is free (device ${device} has it)`),
  'bad-path': () => ({ expected: 'a path such as data[0].ch4, data[n=ch4].v or $.imei' }),
  'bad-topic-pattern': () => ({
    expected:
      'levels of a topic such as zigbee2mqtt/{device}: others may be + or, at the end, #; the first is a word, not telemetry, commands or alerts',
  }),
  'bad-zone': () => ({ expected: 'a zone such as +08:00, or Z' }),
  'bad-codec-file': () => ({ expected: 'the name of a script beside profile.yaml, such as codec.js' }),
  'at-or-constant': () => 'take at or constant, exactly one of them',
  'device-nowhere': () => 'needs one place where the device is named: {device} in the topic, device, or split',
  'topic-nowhere': () => 'needs a topic, unless its format is uplink or sparkplug',
  'not-of-format': ({ keys, format }) => `cannot have ${keys.join(', ')}, as its format is ${format}`,
  'unknown-value': ({ value, ...known }) => there(value, `one of values: ${listed(known)}`),
  'unknown-profile-metric': ({ metric, ...known }) => there(metric, `a metric of the profile: ${listed(known)}`),
  'public-secret': ({ device }) => ({
    found: `the secret of device ${device} in the sample site, which everybody can read`,
    expected: 'a secret of its own, because others than this machine can reach the server',
  }),
  'public-warning-word': () => 'may not hold the word for public warnings, which authorised bodies alone may publish',
  'header-of-transport': () =>
    'must be a header of its own, such as Authorization or X-Api-Key: this one is needed to send at all',
  'header-value-signs': () => 'may hold letters, figures and signs of ASCII alone: a header takes nothing else',
  'keyword-with-signs': () => 'may hold no signs of Markdown such as * _ [ ] < > # @',
  'template-signs': ({ signs }) => ({
    found: signs.join(' '),
    expected: 'no signs that operators refuse in an SMS; units written as words',
  }),
  'template-link-in-variable': () => 'a link may only be fixed text of an SMS, never a variable',
  'unknown-notice-field': ({ field, ...known }) => there(field, `a field of a message: ${listed(known)}`),
  'template-variables': ({ text, given }) => ({
    found: given.join(', ') || 'none',
    expected: `each variable of the text: ${text.join(', ') || 'none'}`,
  }),
  'template-not-json': () => ({ expected: 'JSON, with fields in braces within its texts, such as {"msg": "{title}"}' }),
  'no-broker-address': () => ({
    expected: 'a broker as mqtt:// or mqtts://, host and port, such as mqtts://broker.example:8883',
  }),
  'bad-topic-filter': () => ({
    expected: 'a topic filter, in which + stands for a whole level and # for the last ones, such as v3/+/devices/+/#',
  }),
  'cannot-listen': ({ why }) => ({
    found: {
      'in-use': 'a port where another program listens already',
      'not-allowed': 'a port where this program may not listen',
      'not-here': 'an address that this machine does not have',
    }[why],
    expected: {
      'in-use': 'a free port',
      'not-allowed': 'a port from 1024 on',
      'not-here': 'an address of this machine, or 0.0.0.0 for every one',
    }[why],
  }),
  'loopback-only': () => ({
    found:
      'an address that others than this machine can reach, while this server needs no login or has the sample site',
    expected: '127.0.0.1',
  }),
  'name-in-configuration': ({ name }) => ({
    found: `${name}, which the configuration of the server has`,
    expected: 'another name, or a change there',
  }),
  'name-of-other-kind': ({ name }) => ({
    found: `${name}, which is a source of another kind`,
    expected: 'another name',
  }),
  'secret-needed': () => ({ expected: 'a secret of 16 to 256 characters' }),
  'bad-webhook-secret': () => ({ expected: 'whsec_ and 24 to 64 bytes in Base64' }),
  'address-with-login': () => ({
    expected: 'an address without user and password: everybody who sees the setup reads it',
  }),
  'address-with-query': () => ({ expected: 'an address without ? and #: paths are put behind it' }),
  'not-in-setup': ({ kind, id, ...known }) => there(id, `a ${kind} of this setup: ${listed(known)}`),
  'channel-needs-person': ({ channel }) => `channel ${channel} reaches nobody by itself: name persons, and it under by`,
  'channel-is-off': ({ channel }) => `channel ${channel} is switched off`,
  'nobody-has-address': ({ channel, addresses }) =>
    `nobody who is told by channel ${channel} has what it needs: ${addresses.join(' or ')}`,
  'person-unreachable': ({ person }) => `no channel reaches ${person}: needs an address and a channel under by`,
  'person-unrehearsed': ({ person }) =>
    `no channel can ask ${person} in a rehearsal: one by approved texts needs templates.rehearsal`,
  'team-empty': ({ team }) => `team ${team} has nobody in it`,
  'shifts-overlap': ({ other }) => `overlaps shift ${other}: whoever begins later takes over`,
  'rota-uncovered': ({ days, from }) =>
    `nobody is on duty from ${from} on ${days === 'working' ? 'working days' : 'days off'}`,
  'ladder-ends-unproven': ({ ladder, levels }) =>
    `ladder ${ladder} is for ${levels.join(' and ')} and must end on a call, an SMS, a modem or a siren, or on persons ` +
    'with an account: no other channel can prove that a message came',
  'red-without-proof': ({ levels }) =>
    `takes ${levels.join(' and ')} without a ladder, and by no channel that can prove that a message came`,
  'proof-never-comes': ({ proof }) =>
    `waits for ${proof}, which none of the channels before it can give: it is always climbed`,
  'route-never-asked': ({ by }) => `is never asked: ${by} before it takes all that it would, and does not go on`,
  'route-takes-nothing': ({ above }) => `can take nothing that ${above} above it takes`,
  'route-tells-nobody': () => 'names nobody to tell and no ladder, so what it takes is told to nobody',
  'repeat-too-often': ({ least }) => ({ expected: `at least ${least}` }),
  'not-routed': ({ level, kind, families, areas }) =>
    `no route is sure to take ${level} of kind ${kind}, ${families.length > 0 ? families.join(', ') : 'any family'}` +
    (areas.known.length === 0 ? '' : `, in ${listed(areas)}`),
  'of-point': ({ point, problem }) => `${point}: ${placedText(problem, 'en')}`,
  'revision-made-since': ({ revision, since }) =>
    `revision ${revision} has been made since${since === null ? '' : ` revision ${since}`}`,
  'point-repeated': ({ point }) => `${point} stands here twice`,
  'too-many-points': ({ points, most }) => `${points} points; at most ${most} can be changed at once`,
  'too-many-devices': ({ devices, most }) => `${devices} devices; at most ${most} can be changed at once`,
  'reason-needed': () => 'say why, for the record',
  'reason-needed-for-approval': () => 'say why, for this change needs the approval of a second person',
  'not-both': ({ first, second }) => `take ${first} or ${second}, not both`,
  'none-given': ({ names }) => `give ${names.join(' or ')}`,
  'not-together': ({ others }) => `not together with ${others.join(' or ')}`,
  'no-time': () => ({ expected: TIME_EN }),
  'time-in-other-unit': ({ time, unit }) => `${time} looks like ${unit}; expected ${TIME_EN}`,
  'no-positive-duration': () => ({ expected: 'a duration such as 30s, 5m, 1h, or ms, above zero' }),
  'must-lie-ahead': () => 'must lie ahead',
  'period-reversed': () => 'must lie before the end of the period',
  'period-too-long': ({ days }) => `at most ${days} days at a time`,
  'too-many-rows': ({ most }) => `more than ${most} rows; ask for a shorter period`,
  'nested-too-deeply': ({ most }) => `is nested more than ${most} levels deep`,
  'no-text': ({ fault, isName }) =>
    `${isName ? 'a name in it ' : ''}holds ${fault === 'nul' ? 'the character NUL' : 'half of a character'}`,
  'bad-username': () => ({ expected: 'letters, digits, . _ @ -, at most 64' }),
  'bad-rule-test-name': () => ({ expected: 'letters, digits, dots, dashes and underscores, 100 at most' }),
  'parameter-missing': ({ parameter, name }) => `${parameter} (${name.en}) must be given`,
  'parameter-outside': ({ parameter, low, high, value }) =>
    `${parameter} must lie within ${low} to ${high}, not ${value}`,
  'unknown-parameter': ({ parameter, template }) => `${parameter} is no parameter of ${template}`,
  'shelved-too-long': ({ hours }) => `shelving must end in the future and within ${hours} hours`,
  'finding-needed': () =>
    'say what was found on site: the detector is silent or bad, so no reading says that the condition has passed',
  'unknown-scope': () => 'there is nothing of this id',
  'maintenance-without-end': () => 'maintenance must end; say when',
  'ends-before-it-begins': () => 'the end lies before the beginning or now',
  'recurring-without-times': () => 'needs weekdays, hours or season',
  'not-another-point': ({ point }) => there(point, 'another point than those it has'),
  'point-exists': () => ({ expected: 'nothing: the point is there already' }),
  'not-another-device': () => ({ expected: 'another id than that of the device that goes' }),
  'not-a-point-of-device': ({ point, points }) => {
    const expected = `one of its points: ${points.join(', ')}`;
    return point === null ? { expected } : there(point, expected);
  },
  'area-of-point-needed': () => ({ expected: 'the area of the new point' }),
};

const TYPES_ZH = { number: '数值', boolean: '布尔值', string: '文本' } as const;
const LEVELS_ZH: Readonly<Record<Level, string>> = { blue: '蓝色', yellow: '黄色', orange: '橙色', red: '红色' };
const KINDS_ZH = {
  area: '区域',
  device: '设备',
  point: '监测点',
  person: '人员',
  team: '小组',
  rota: '排班',
  shift: '班次',
  ladder: '升级方案',
  route: '通知规则',
  channel: '渠道',
  plan: '预案',
  step: '步骤',
} as const;
const ADDRESSES_ZH: Readonly<Record<string, string>> = {
  phone: '电话',
  email: '邮箱',
  wecom: '企业微信账号',
  dingtalk: '钉钉账号',
  feishu: '飞书账号',
};
const PROOFS_ZH: Readonly<Record<string, string>> = {
  accepted: '网关已接收',
  delivered: '已送达',
  seen: '已看到',
  answered: '已应答',
};

const TYPES_OF_VALUES_ZH: Readonly<Record<string, string>> = {
  string: '文本',
  number: '数字',
  int: '整数',
  boolean: ' true 或 false',
  array: '列表',
  tuple: '列表',
  object: '键值表',
  record: '键值表',
  null: ' null',
};
const COUNTED_ZH = { number: '', text: ' 个字符', list: ' 项' } as const;

const TIME_ZH = '应为 1970 年以来的毫秒数，或带时区的 ISO 8601 时间，如 2026-07-01T08:00:00+08:00';

const ZH: Table = {
  missing: ({ type }) => `缺少此项，应为${TYPES_OF_VALUES_ZH[type] ?? type}`,
  'other-type': ({ type }) => `应为${TYPES_OF_VALUES_ZH[type] ?? type}`,
  'not-one-of': ({ allowed }) => `应为${allowed.length > 1 ? '以下之一：' : ' '}${allowed.join('、')}`,
  'unknown-keys': ({ keys }) => `不认识的键：${keys.map(quoted).join('、')}`,
  'key-refused': ({ problems }) => `键名不可用：${problems.map((problem) => problemText(problem, 'zh')).join('，')}`,
  'no-form-fits': ({ problems }) => [...new Set(problems.map((problem) => problemText(problem, 'zh')))].join('，或'),
  'too-small': ({ least, of, isIncluded }) => `${isIncluded ? '至少' : '须大于'} ${least}${COUNTED_ZH[of]}`,
  'too-big': ({ most, of, isIncluded }) => `${isIncluded ? '至多' : '须小于'} ${most}${COUNTED_ZH[of]}`,
  'not-valid': ({ words }) => `填写有误：${words}`,
  'no-duration': () => '应为时长，如 500ms、30s、10m、8h 或 1h30m',
  'no-month-day': () => '应为“月-日”，如 06-01',
  'no-date': () => '应为存在的日期，如 2026-06-01',
  'no-clock-time': () => '应为时刻，如 08:00',
  'no-clock-time-or-end': () => '应为时刻，如 17:30；一天结束写 24:00',
  'bad-id': () => '不能含有 / + # ? % 和空格',
  'control-characters': () => '不能含有控制字符',
  'not-encoded': ({ encoding }) => `不是 ${encoding} 编码`,
  'curve-not-rising': () => '曲线各点的横坐标须逐点增大',
  'deadband-and-recover': () => 'deadband（回差）与 recover（解除值）只能取一个',
  'no-level': () => '至少要有一个级别',
  'not-one-kind': ({ kinds, found }) =>
    `须有且只有 ${kinds.join('、')} 之一，实有${found.length === 0 ? '零个' : ` ${found.join('、')}`}`,
  'rule-without-metric': ({ kind }) => `${kind} 规则须有 metric（指标）`,
  'schedule-without-levels': () => 'schedule（分时段）只用于分级规则（levels）',
  'too-many-votes': () => '不能多于参与的监测点数',
  'several-aggregates': ({ aggregates }) => `${aggregates.join('、')} 只能取一个`,
  'aggregate-without-limit': ({ aggregate }) => `${aggregate} 须有 above（上限）或 below（下限）`,
  'change-without-window': () => 'rise（上升）和 fall（下降）须有 within（时间）',
  'window-without-change': () => 'within（时间）须有 rise（上升）或 fall（下降）',
  'coverage-without-window': () => '有时段时才需要 coverage（覆盖率）',
  'any-and-all': () => 'any 与 all 只能取一个，另一个放进其列表',
  'group-not-alone': () => 'any 和 all 须单独使用，请把其他判据放进其列表',
  'no-criterion': () => '须有判据：above、below、equals、rise、fall、curve、any 或 all',
  'unknown-metric': ({ metric, ...known }) => `监测点没有指标 ${metric}，可用：${listedZh(known)}`,
  'unknown-point': ({ point }) => `没有监测点 ${point}`,
  'needs-number': ({ by, metric, type }) =>
    `${{ limit: '限值', window: '时段统计', curve: '曲线', range: '量程与特殊值' }[by]}只用于数值，指标 ${metric} 是${TYPES_ZH[type]}`,
  'equals-other-type': ({ metric, type, value }) => `指标 ${metric} 是${TYPES_ZH[type]}，${quoted(value)} 不是`,
  'equals-unknown-value': ({ metric, value, ...known }) =>
    `${quoted(value)} 不是指标 ${metric} 的取值：${listedZh(known)}`,
  'range-reversed': () => '应为 [下限, 上限]，且下限低于上限',
  'only-with-levels': () => '只用于分级规则（levels）',
  'not-with-vote': () => '不用于多点联判（vote）',
  'window-empty': () => '时长须大于零',
  'recover-two-sides': () => '上下两侧都有限值（above 和 below），请用 deadband',
  'recover-needs-limit': () => '有限值（above、below 或 curve）时才能设 recover',
  'recover-not-below': ({ recover, limit }) => `解除值 ${recover} 须低于限值 ${limit}`,
  'recover-not-above': ({ recover, limit }) => `解除值 ${recover} 须高于限值 ${limit}`,
  'deadband-too-wide': ({ low, high }) => `回差过大，${low} 与 ${high} 之间没有可恢复的范围`,
  'metric-without-unit': ({ unit, metric }) => `指标 ${metric} 没有单位，不能换算 ${unit}`,
  'unknown-unit': ({ unit, metric, to }) => `不认识的单位 ${unit}（指标 ${metric} 的单位是 ${to}）`,
  'unknown-unit-of-metric': ({ unit, metric, to }) => `${unit} 不能换算为指标 ${metric} 的单位 ${to}`,
  'unit-of-other-gas': ({ unit, to }) => `${unit} 不能换算为 ${to}：不是同一种气体`,
  'unit-needs-gas': ({ unit, metric, to }) =>
    `${unit} 不能换算为 ${to}：须知道是哪种气体，如 ppm(H2S)；指标名 ${metric} 不含气体`,
  'unit-of-other-quantity': ({ unit, to }) => `${unit} 不能换算为 ${to}：不是同一种量`,
  'unknown-timezone': ({ timezone }) => `IANA 时区表中没有 ${timezone}`,
  'dates-reversed': ({ from, to }) => `${from} 晚于 ${to}`,
  'level-easier': ({ level, than }) => `${LEVELS_ZH[level]}比${LEVELS_ZH[than]}更容易达到，请核对`,
  'level-sooner': ({ level, than }) => `限值相同而${LEVELS_ZH[level]}的延时更短，${LEVELS_ZH[than]}不会先出现，请核对`,
  'limit-never': (values) => `可测范围为 ${spanOf(values, '～')}，永远达不到，请核对`,
  'limit-always': (values) => `可测范围为 ${spanOf(values, '～')}，任何读数都会达到，请核对`,
  'limit-never-left': (values) => `可测范围为 ${spanOf(values, '～')}，达到后不会恢复，请核对`,
  'silence-between-reports': ({ reportEvery }) => `不长于上报间隔 ${reportEvery}，两次上报之间就会报警，请核对`,
  'range-not-for-type': () => 'range 和 sentinels 只用于数值',
  'values-not-for-type': () => 'values 只用于文本',
  'place-swapped': () => '经度和纬度像是填反了：应为 [经度, 纬度]，如 [108.75, 29.52]',
  'no-longitude': () => '经度应在 -180 到 180 之间',
  'no-latitude': () => '纬度应在 -90 到 90 之间',
  'unknown-profile': ({ profile, ...known }) => `没有设备类型 ${profile}，可用：${listedZh(known)}`,
  'unknown-device': ({ device }) => `没有设备 ${device}`,
  'not-another-area': ({ area }) => `${area} 不是本站点的另一个区域`,
  'unknown-area': ({ area, ...known }) => `没有区域 ${area}，可用：${listedZh(known)}`,
  'unknown-field': ({ field, profile, ...known }) => `设备类型 ${profile} 没有字段 ${field}，可用：${listedZh(known)}`,
  'area-in-itself': ({ area, parent }) => `区域 ${parent} 本身位于 ${area} 之内，区域不能包含自身`,
  'id-repeated': ({ kind, id, first }) => `${KINDS_ZH[kind]}编号 ${id} 重复（${first} 已使用）`,
  'document-repeated': ({ point }) => `监测点 ${point} 已有一份阈值文档`,
  'point-taken': ({ point, device }) => `监测点编号 ${point} 已被设备 ${device} 使用`,
  'bad-path': () => '不是路径，例如 data[0].ch4、data[n=ch4].v 或 $.imei',
  'bad-topic-pattern': () =>
    '不是主题格式，例如 zigbee2mqtt/{device}：其余层级可为 +，末尾可为 #；第一层必须是文字，且不能是 telemetry、commands 或 alerts',
  'bad-zone': () => '不是时区，例如 +08:00 或 Z',
  'bad-codec-file': () => '须为 profile.yaml 同一文件夹中脚本的文件名，例如 codec.js',
  'at-or-constant': () => 'at 与 constant 必须且只能填一个',
  'device-nowhere': () => '须且只须指明一处设备编号：主题中的 {device}、device 或 split',
  'topic-nowhere': () => '须指明 topic（format 为 uplink 或 sparkplug 时除外）',
  'not-of-format': ({ keys, format }) => `format 为 ${format} 时不能有 ${keys.join('、')}`,
  'unknown-value': ({ value, ...known }) => `values 中没有 ${value}，可用：${listedZh(known)}`,
  'unknown-profile-metric': ({ metric, ...known }) => `型号没有指标 ${metric}，可用：${listedZh(known)}`,
  'public-secret': ({ device }) =>
    `设备 ${device} 的密钥是示例站点中公开的密钥；服务器可从其他机器访问，须使用自己的密钥`,
  'public-warning-word': () => '不能含有“预警”：预警只能由有权单位发布，应写“监测报警”',
  'header-of-transport': () => '请另用一个请求头，如 Authorization 或 X-Api-Key，这个头是发送本身要用的',
  'header-value-signs': () => '只能是英文字母、数字和半角符号，请求头里不能有别的字',
  'keyword-with-signs': () => '不能含有 Markdown 符号，如 * _ [ ] < > # @',
  'template-signs': ({ signs }) => `短信模板不能含有 ${signs.join(' ')}；单位请写成文字，如“毫克每立方米”`,
  'template-link-in-variable': () => '短信中的链接只能是模板的固定文字，不能放在变量里',
  'unknown-notice-field': ({ field, ...known }) => `没有“${field}”这个字段，可用的有：${listedZh(known)}`,
  'template-variables': ({ text, given }) =>
    `应给出模板文字中的每个变量（${text.join('、') || '无'}），现为：${given.join('、') || '无'}`,
  'template-not-json': () => '应为 JSON，字段写在其文字的花括号中，如 {"msg": "{title}"}',
  'no-broker-address': () => '应为 mqtt:// 或 mqtts:// 加主机和端口，例如 mqtts://broker.example:8883',
  'bad-topic-filter': () => '不是有效的主题过滤器：+ 代表整个一级，# 只能放在最后一级，例如 v3/+/devices/+/#',
  'cannot-listen': ({ why }) =>
    ({
      'in-use': '端口已被其他程序占用，请换一个',
      'not-allowed': '本程序无权监听该端口，请用 1024 及以上的端口',
      'not-here': '本机没有这个地址；填 0.0.0.0 表示所有地址',
    })[why],
  'loopback-only': () => '服务器未启用登录或带有示例站点，只能监听 127.0.0.1',
  'name-in-configuration': ({ name }) => `${name} 已在服务器配置文件中，请换一个名称，或到配置文件中修改`,
  'name-of-other-kind': ({ name }) => `${name} 已用于另一类数据源，请换一个名称`,
  'secret-needed': () => '需要填写 16 至 256 个字符的密钥',
  'bad-webhook-secret': () => '应为 whsec_ 加 24 至 64 字节的 Base64',
  'address-with-login': () => '地址中不得含用户名和密码：凡能查看配置者均可见',
  'address-with-query': () => '地址中不得含 ? 和 #：路径会接在其后',
  'not-in-setup': ({ kind, id, ...known }) => `没有${KINDS_ZH[kind]} ${id}，可用：${listedZh(known)}`,
  'channel-needs-person': ({ channel }) => `渠道 ${channel} 须有具体人员才能送达：请在 to 中写人员，在 by 中写此渠道`,
  'channel-is-off': ({ channel }) => `渠道 ${channel} 已停用`,
  'nobody-has-address': ({ channel, addresses }) =>
    `经渠道 ${channel} 通知的人员都没有所需的联系方式：${addresses.map((address) => ADDRESSES_ZH[address] ?? address).join('或')}`,
  'person-unreachable': ({ person }) => `没有渠道能联系到 ${person}：须填写联系方式，并在 by 中写明渠道`,
  'person-unrehearsed': ({ person }) => `查岗时没有渠道能询问 ${person}：短信、语音渠道须有 templates.rehearsal`,
  'team-empty': ({ team }) => `小组 ${team} 没有成员`,
  'shifts-overlap': ({ other }) => `与班次 ${other} 时间重叠，后开始的班次接班`,
  'rota-uncovered': ({ days, from }) => `${days === 'working' ? '工作日' : '休息日'} ${from} 起无人值班`,
  'ladder-ends-unproven': ({ ladder, levels }) =>
    `升级方案 ${ladder} 用于${levels.map((level) => LEVELS_ZH[level]).join('、')}，最后一步须为电话、短信、短信猫或警报器，` +
    '或有账号的人员：其他渠道无法证明消息送达',
  'red-without-proof': ({ levels }) =>
    `接收${levels.map((level) => LEVELS_ZH[level]).join('、')}报警，却没有升级方案，也没有能证明消息送达的渠道`,
  'proof-never-comes': ({ proof }) => `等待“${PROOFS_ZH[proof] ?? proof}”，而此前的渠道都无法给出：这一步总会执行`,
  'route-never-asked': ({ by }) => `永远不会用到：前面的 ${by} 已接收它的全部报警，且不继续向后`,
  'route-takes-nothing': ({ above }) => `条件与上级 ${above} 没有交集，接收不到任何报警`,
  'route-tells-nobody': () => '没有通知对象，也没有升级方案，它接收的报警不会通知任何人',
  'repeat-too-often': ({ least }) => `至少 ${least}`,
  'not-routed': ({ level, kind, families, areas }) =>
    `没有通知规则确定接收${LEVELS_ZH[level]}（类型 ${kind}，灾种 ${families.length > 0 ? families.join('、') : '全部'}` +
    `${areas.known.length === 0 ? '' : `，区域 ${listedZh(areas)}`}）`,
  'of-point': ({ point, problem }) => `${point}：${placedText(problem, 'zh')}`,
  'revision-made-since': ({ revision, since }) =>
    since === null ? `已有新版本 ${revision}` : `在版本 ${since} 之后已有新版本 ${revision}`,
  'point-repeated': ({ point }) => `监测点 ${point} 重复出现`,
  'too-many-points': ({ points, most }) => `共修改 ${points} 个监测点，一次最多 ${most} 个`,
  'too-many-devices': ({ devices, most }) => `共修改 ${devices} 台设备，一次最多 ${most} 台`,
  'reason-needed': () => '请写明原因，以备查考',
  'reason-needed-for-approval': () => '此变更须经第二人审批，请写明原因',
  'not-both': ({ first, second }) => `${first} 与 ${second} 只能取一个`,
  'none-given': ({ names }) => `请给出 ${names.join(' 或 ')}`,
  'not-together': ({ others }) => `不能与 ${others.join('、')} 同时使用`,
  'no-time': () => TIME_ZH,
  'time-in-other-unit': ({ time, unit }) =>
    `${time} 像是${{ seconds: '秒', microseconds: '微秒', nanoseconds: '纳秒' }[unit]}数；${TIME_ZH}`,
  'no-positive-duration': () => '应为大于零的时长，如 30s、5m、1h，或毫秒数',
  'must-lie-ahead': () => '须为将来的时间',
  'period-reversed': () => '须早于时段的结束时间',
  'period-too-long': ({ days }) => `一次最多 ${days} 天`,
  'too-many-rows': ({ most }) => `超过 ${most} 行，请缩短时间范围`,
  'nested-too-deeply': ({ most }) => `嵌套超过 ${most} 层`,
  'no-text': ({ fault, isName }) =>
    `${isName ? '其中的名称' : ''}含有${fault === 'nul' ? '空字符（NUL）' : '不完整的字符'}`,
  'bad-username': () => '应为字母、数字和 . _ @ -，最多 64 个字符',
  'bad-rule-test-name': () => '应为字母、数字、点、横线和下划线，最多 100 个字符',
  'parameter-missing': ({ parameter, name }) => `请给出参数 ${parameter}（${name.zh}）`,
  'parameter-outside': ({ parameter, low, high, value }) =>
    `参数 ${parameter} 应在 ${low} 到 ${high} 之间，实为 ${value}`,
  'unknown-parameter': ({ parameter, template }) => `模板 ${template} 没有参数 ${parameter}`,
  'shelved-too-long': ({ hours }) => `搁置结束时间须在未来 ${hours} 小时之内`,
  'finding-needed': () => '请写明现场检查的结果：探测器离线或故障，没有读数能说明报警条件已经消失',
  'unknown-scope': () => '没有这个编号的监测点、设备或区域',
  'maintenance-without-end': () => '维护须有结束时间',
  'ends-before-it-begins': () => '结束时间早于开始时间或当前时间',
  'recurring-without-times': () => '须有 weekdays（星期）、hours（时刻）或 season（季节）',
  'not-another-point': ({ point }) => `${point} 已是该设备的监测点，请另选`,
  'point-exists': () => '监测点已存在，此项不能填写',
  'not-another-device': () => '编号不能与被换下的设备相同',
  'not-a-point-of-device': ({ point, points }) =>
    `${point === null ? '请指定该设备的监测点' : `${point} 不是该设备的监测点`}：${points.join('、')}`,
  'area-of-point-needed': () => '请给出新监测点的区域',
};

const TABLES: Readonly<Record<Language, Table>> = { en: EN, zh: ZH };

/** A problem as a sentence. */
export function problemText<C extends ProblemCode>(problem: CodedAs<C>, language: Language): string {
  const words = TABLES[language][problem.code](problem.values);
  if (typeof words === 'string') return words;
  return 'found' in words ? `found ${words.found}, expected ${words.expected}` : `expected ${words.expected}`;
}

/** What a list of problems of a file says: what was found and what should stand there instead. */
export function foundExpected<C extends ProblemCode>(problem: CodedAs<C>, expected = 'another value'): FoundExpected {
  const words = EN[problem.code](problem.values);
  if (typeof words === 'string') return { found: words, expected };
  return 'found' in words ? words : { found: 'something else', ...words };
}

/** What should stand there, for a list that shows the value itself beside it. */
export function expectedText<C extends ProblemCode>(problem: CodedAs<C>): string {
  const words = EN[problem.code](problem.values);
  return typeof words === 'string' ? words : words.expected;
}

/** `rules.depth.levels.red: …`: a problem with its place, for a line of a log or a list. */
export function placedText(problem: FieldProblem, language: Language): string {
  const place = placeText(problem.path);
  return `${place === '' ? '' : `${place}${language === 'zh' ? '：' : ': '}`}${problemText(problem, language)}`;
}

function spanOf({ low, high, unit }: ProblemValues['limit-never'], to: string): string {
  return `${low}${to}${high}${unit === '' ? '' : ` ${unit}`}`;
}

function there(name: string, expected: string): FoundExpected {
  return { found: `"${name}"`, expected };
}

function listed({ known, more }: Known): string {
  if (known.length === 0) return '(there are none)';
  return more > 0 ? `${known.join(', ')} and ${more} more` : known.join(', ');
}

function listedZh({ known, more }: Known): string {
  if (known.length === 0) return '（无）';
  return more > 0 ? `${known.join('、')} 等 ${known.length + more} 个` : known.join('、');
}
