import type { Language } from './problem-words.ts';
import type {
  ExpectedTime,
  ExpectedValue,
  Found,
  Rejection,
  RejectionCode,
  RejectionValues,
  WhyRejected,
} from './rejection.ts';

/** The words of every rejection in both languages, for whoever looks at what a device has sent. */

type Table = { readonly [C in RejectionCode]: (values: RejectionValues[C]) => string };

function foundEn(found: Found): string {
  switch (found.kind) {
    case 'array':
      return 'an array';
    case 'object':
      return 'an object';
    default:
      return found.text;
  }
}

function foundZh(found: Found): string {
  switch (found.kind) {
    case 'array':
      return '数组';
    case 'object':
      return '对象';
    default:
      return ` ${found.text}`;
  }
}

function valueEn(expected: ExpectedValue): string {
  switch (expected.kind) {
    case 'base64':
    case 'hex':
      return expected.kind;
    case 'one-of':
      return `one of ${expected.names}`;
    case 'text':
      return `text in UTF-8 of at most ${expected.charactersMax} characters`;
    default:
      return `a ${expected.kind}`;
  }
}

function valueZh(expected: ExpectedValue): string {
  switch (expected.kind) {
    case 'base64':
    case 'hex':
      return ` ${expected.kind} 编码`;
    case 'number':
      return '数字';
    case 'boolean':
      return '是或否（true 或 false）';
    case 'one-of':
      return `以下之一：${expected.names}`;
    case 'text':
      return `不超过 ${expected.charactersMax} 个字符的 UTF-8 文字`;
  }
}

const TIMES_EN: Readonly<Record<ExpectedTime, string>> = {
  s: 'a number of s since 1970',
  ms: 'a number of ms since 1970',
  us: 'a number of us since 1970',
  ns: 'a number of ns since 1970',
  iso: 'ISO 8601',
  'ms-or-iso': 'ms since 1970 or ISO 8601',
};

const TIMES_ZH: Readonly<Record<ExpectedTime, string>> = {
  s: '1970 年起的秒数',
  ms: '1970 年起的毫秒数',
  us: '1970 年起的微秒数',
  ns: '1970 年起的纳秒数',
  iso: ' ISO 8601 时间',
  'ms-or-iso': ' 1970 年起的毫秒数或 ISO 8601 时间',
};

const isoOf = (timeMs: number): string => new Date(timeMs).toISOString();

const EN: Table = {
  'unknown-device': () => 'no device of this id is registered',
  'not-its-own': () => 'the sender may not speak for this device',
  'no-device': () => 'no device is named in it',
  'too-large': ({ bytes }) => `${bytes} bytes, more than one message may have`,
  'json-unfinished': () => 'ends before the JSON is whole',
  'json-broken': ({ position }) => `no JSON from character ${position + 1} on`,
  'too-many-keys': ({ most }) => `more than ${most} different keys`,
  'no-json': ({ found }) => `expected JSON, found ${foundEn(found)}`,
  'not-an-object': ({ found }) => `expected an object, found ${foundEn(found)}`,
  empty: () => 'no values',
  'too-many-items': ({ count, most }) => `${count} readings; at most ${most}`,
  'too-many-items-within': ({ most }) => `more than ${most} items in one message`,
  'key-too-often': ({ name, count, most }) => `${name}: given ${count} times; at most ${most}`,
  'list-too-long': ({ name, count, most }) => `${name}: ${count} items; at most ${most}`,
  'lists-too-long': ({ name, most }) => `${name}: with the lists before it more than ${most} items`,
  'time-repeated': () => 'ts: given more than once; the last one was taken',
  'values-repeated': () => 'values: given more than once; all of them were read',
  'key-repeated': ({ name }) => `${name}: given more than once; all values were read, in their order`,
  'bad-time': ({ name, expected, found }) => `${name}: expected ${TIMES_EN[expected]}, found ${foundEn(found)}`,
  'bad-value': ({ name, expected, found }) => `${name}: expected ${valueEn(expected)}, found ${foundEn(found)}`,
  'unit-of-other-quantity': ({ name, expected, found }) =>
    `${name}: expected a value in ${expected}, found one in ${found}`,
  'no-single-value': ({ name, type }) => `${name}: a ${type}, which is no single value`,
  'no-array': ({ name }) => `${name}: a single value, expected an array`,
  'no-known-field': () => 'none of the fields belongs to the device’s profile',
  'topic-not-in-profile': () => 'the device’s profile does not say how messages of this topic are read',
  'unknown-message': ({ server }) => `no message of ${server}`,
  encrypted: ({ name }) => `${name}: encrypted, and its key is not here`,
  'not-born': () => 'metrics that no birth of the edge node has named; it is asked for one',
  'no-codec': () => 'no decoded object, and its profile names no codec',
  'no-frame': ({ protocol }) => `no whole frame of ${protocol}`,
  'wrong-checksum': ({ protocol }) => `the checksum is not that of ${protocol}`,
  'wrong-length': ({ protocol }) => `the frame of ${protocol} is not as long as it says`,
  'codec-refused': ({ said }) => `the codec could not read it: ${said}`,
  'codec-off': ({ profile, fault, said }) => `the codec of ${profile} is switched off (${fault}: ${said})`,
  'history-rejected': ({ readings, firstMs, lastMs, devices, said }) =>
    `${readings} × ${isoOf(firstMs)} – ${isoOf(lastMs)}${devices.length > 1 ? ` (${devices.join(', ')})` : ''}: ${said}`,
};

const ZH: Table = {
  'unknown-device': () => '没有登记这个设备编号',
  'not-its-own': () => '发送者无权代这台设备上报',
  'no-device': () => '消息中没有设备编号',
  'too-large': ({ bytes }) => `${bytes} 字节，超过单条消息的上限`,
  'json-unfinished': () => 'JSON 没有写完',
  'json-broken': ({ position }) => `第 ${position + 1} 个字符处不符合 JSON 格式`,
  'too-many-keys': ({ most }) => `不同的键超过 ${most} 个`,
  'no-json': ({ found }) => `应为 JSON，收到的是${foundZh(found)}`,
  'not-an-object': ({ found }) => `应为对象，收到的是${foundZh(found)}`,
  empty: () => '没有数值',
  'too-many-items': ({ count, most }) => `共 ${count} 条数据，一条消息最多 ${most} 条`,
  'too-many-items-within': ({ most }) => `一条消息中超过 ${most} 项`,
  'key-too-often': ({ name, count, most }) => `${name} 出现了 ${count} 次，最多 ${most} 次`,
  'list-too-long': ({ name, count, most }) => `${name} 有 ${count} 项，最多 ${most} 项`,
  'lists-too-long': ({ name, most }) => `${name} 连同前面的列表超过 ${most} 项`,
  'time-repeated': () => 'ts 出现了多次，以最后一个为准',
  'values-repeated': () => 'values 出现了多次，已全部读取',
  'key-repeated': ({ name }) => `${name} 出现了多次，已按先后全部读取`,
  'bad-time': ({ name, expected, found }) => `${name} 应为${TIMES_ZH[expected]}，收到的是${foundZh(found)}`,
  'bad-value': ({ name, expected, found }) => `${name} 应为${valueZh(expected)}，收到的是${foundZh(found)}`,
  'unit-of-other-quantity': ({ name, expected, found }) => `${name} 的单位应为 ${expected}，收到的是 ${found}`,
  'no-single-value': ({ name, type }) => `${name} 的类型是 ${type}，不是单个值`,
  'no-array': ({ name }) => `${name} 是单个值，应为数组`,
  'no-known-field': () => '没有一个字段属于该设备的型号',
  'topic-not-in-profile': () => '设备型号没有说明此主题的消息如何读取',
  'unknown-message': ({ server }) => `不是 ${server} 的消息`,
  encrypted: ({ name }) => `${name} 已加密，没有密钥`,
  'not-born': () => '边缘节点上线时（BIRTH）没有说明的指标，已请它重新上线',
  'no-codec': () => '平台没有解码，型号也没有指定解码脚本',
  'no-frame': ({ protocol }) => `不是完整的 ${protocol} 报文`,
  'wrong-checksum': ({ protocol }) => `${protocol} 报文的校验码不对`,
  'wrong-length': ({ protocol }) => `${protocol} 报文的长度与报头不符`,
  'codec-refused': ({ said }) => `解码脚本无法解读：${said}`,
  'codec-off': ({ profile, fault, said }) => `型号 ${profile} 的解码脚本已停用（${fault}：${said}）`,
  'history-rejected': ({ readings, firstMs, lastMs, devices, said }) =>
    `历史存储拒收 ${readings} 条数据（${isoOf(firstMs)} 至 ${isoOf(lastMs)}` +
    `${devices.length > 1 ? `，设备 ${devices.join('、')}` : ''}）：${said}`,
};

const TABLES: Readonly<Record<Language, Table>> = { en: EN, zh: ZH };

/** Whether this program has words for a code; one that was kept by a later program it does not know. */
export function isRejectionCode(code: string): code is RejectionCode {
  return Object.hasOwn(EN, code);
}

/** A rejection as a sentence, with the item of a batch that it is of, and how much there was besides. */
export function rejectionText<C extends RejectionCode>(
  { code, values }: Pick<Rejection<C>, 'code' | 'values'>,
  language: Language,
): string {
  const { item, more } = values;
  const words = isRejectionCode(code) ? TABLES[language][code](values) : code;
  if (language === 'en')
    return `${item === undefined ? '' : `[${item}] `}${words}${more === undefined ? '' : `; and ${more} more`}`;
  return `${item === undefined ? '' : `第 ${item + 1} 项：`}${words}${more === undefined ? '' : `；另有 ${more} 处`}`;
}

/** The same of what was kept; what an earlier program wrote stays as it is. */
export function whyText(why: WhyRejected, language: Language): string {
  return typeof why === 'string' ? why : rejectionText(why, language);
}
