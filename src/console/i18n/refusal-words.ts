/**
 * What is kept of a payload that could not be read says why in one English sentence, which goes into the journal and is
 * never written anew. The console shows it in the reader's language: the sentences of the decoder are few, and each is
 * known by its form. One that is not known is shown as it is kept.
 */

type Words = (...parts: string[]) => string;

/** What stands in the sentences as what was found. */
const FOUND: Readonly<Record<string, string>> = { 'an array': '数组', 'an object': '对象' };
const found = (text = ''): string => FOUND[text] ?? ` ${text}`;

const EXPECTED: readonly (readonly [form: RegExp, words: Words])[] = [
  [/^a number$/, () => '数字'],
  [/^a boolean$/, () => '是或否（true 或 false）'],
  [/^one of (.*)$/s, (values = '') => `以下之一：${values}`],
  [/^text in UTF-8 of at most (\d+) characters$/, (most = '') => `不超过 ${most} 个字符的 UTF-8 文字`],
];

const SENTENCES: readonly (readonly [form: RegExp, words: Words])[] = [
  [/^no device of this id is registered$/, () => '没有登记这个设备编号'],
  [/^(\d+) bytes, more than one message may have$/, (bytes = '') => `${bytes} 字节，超过单条消息的上限`],
  [/^(\d+) readings; at most (\d+)$/, (count = '', most = '') => `共 ${count} 条数据，一条消息最多 ${most} 条`],
  [/^expected an object, found (.*)$/s, (what) => `应为对象，收到的是${found(what)}`],
  [/^values: given more than once; all of them were read$/, () => 'values 出现了多次，已全部读取'],
  [/^ts: given more than once; the last one was taken$/, () => 'ts 出现了多次，以最后一个为准'],
  [
    /^ts: expected ms since 1970 or ISO 8601, found (.*)$/s,
    (what) => `ts 应为 1970 年起的毫秒数或 ISO 8601 时间，收到的是${found(what)}`,
  ],
  [/^none of the fields belongs to the device’s profile$/, () => '没有一个字段属于该设备的型号'],
  [/^no device is named in it$/, () => '消息中没有设备编号'],
  [/^the sender may not speak for this device$/, () => '发送者无权代这台设备上报'],
  [
    /^the device’s profile does not say how messages of this topic are read$/,
    () => '设备型号没有说明此主题的消息如何读取',
  ],
  [/^no values$/, () => '没有数值'],
  [
    /^(.*): given more than once; all values were read, in their order$/s,
    (name = '') => `${name} 出现了多次，已按先后全部读取`,
  ],
  [
    /^(.*): given (\d+) times; at most (\d+)$/s,
    (name = '', count = '', most = '') => `${name} 出现了 ${count} 次，最多 ${most} 次`,
  ],
  [
    /^(.*): (\d+) items; at most (\d+)$/s,
    (name = '', count = '', most = '') => `${name} 有 ${count} 项，最多 ${most} 项`,
  ],
  [
    /^(.*): with the lists before it more than (\d+) items$/s,
    (name = '', most = '') => `${name} 连同前面的列表超过 ${most} 项`,
  ],
  [
    /^(.*): expected (a number|a boolean|one of .*?|text in UTF-8 of at most \d+ characters), found (.*)$/s,
    (name = '', expected = '', what = '') =>
      `${name} 应为${worded(expected, EXPECTED) ?? expected}，收到的是${found(what)}`,
  ],
  // What the parser of JSON says, which is not ours and changes with the runtime.
  [/JSON at position (\d+)/, (position = '') => `第 ${Number(position) + 1} 个字符处不符合 JSON 格式`],
  [/^Unexpected end of JSON input$/, () => 'JSON 没有写完'],
  [/^Unexpected token (.*) is not valid JSON$/s, (what = '') => `不是 JSON，无法识别 ${what}`],
];

/** The sentence of a refusal for somebody who reads the console in `language`. */
export function refusalWords(detail: string, language: string): string {
  if (language === 'en') return detail;
  const [, item, sentence = '', more] = /^(?:\[(\d+)\] )?(.*?)(?:; and (\d+) more)?$/s.exec(detail) ?? [];
  const words = worded(sentence, SENTENCES);
  if (words === undefined) return detail;
  const place = item === undefined ? '' : `第 ${Number(item) + 1} 项：`;
  return `${place}${words}${more === undefined ? '' : `；另有 ${more} 处`}`;
}

function worded(text: string, table: readonly (readonly [RegExp, Words])[]): string | undefined {
  for (const [form, words] of table) {
    const match = form.exec(text);
    if (match !== null) return words(...match.slice(1));
  }
  return undefined;
}
