/**
 * What is said comes from names that somebody has given and values that devices have sent. None of it may become form: no
 * heading, link, colour or mention of everybody. The chats' Markdown knows no escape that holds in all their clients, so
 * that signs are written as the wide ones that Chinese text has of them, and look the same.
 */
const WIDE: Readonly<Record<string, string>> = {
  '<': '＜',
  '>': '＞',
  '*': '＊',
  _: '＿',
  '~': '～',
  '`': '｀',
  '[': '［',
  ']': '］',
  '!': '！',
  '@': '＠',
  '&': '＆',
  '\\': '＼',
  '|': '｜',
};
const SIGNS = /[<>*_~`[\]!@&\\|]/g;
/** Signs that are form where a line begins. */
const LINE_SIGN = /^(\s*)([#+=-])/gm;
const LINE_WIDE: Readonly<Record<string, string>> = { '#': '＃', '+': '＋', '-': '－', '=': '＝' };
/** `1. ` at the beginning of a line is a list. */
const NUMBERED = /^(\s*\d+)\.(?=\s)/gm;
const SCHEME = /:\/\//g;

/** Plain text for the Markdown of a chat. */
export function chatText(text: string): string {
  return oneForm(text)
    .replace(SIGNS, (sign) => WIDE[sign] ?? sign)
    .replace(LINE_SIGN, (_, space: string, sign: string) => space + (LINE_WIDE[sign] ?? sign))
    .replace(NUMBERED, '$1．')
    .replace(SCHEME, '：//');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out here.
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
/** Line ends that Unicode has beside the usual one. */
const OTHER_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;

/** Without what turns the direction of text, control characters but tab and line end, and halves of characters. */
export function oneForm(text: string): string {
  return text.replace(OTHER_ENDS, '\n').replace(INVISIBLE, '').toWellFormed();
}

/** The same in one line. */
export function oneLine(text: string): string {
  return oneForm(text).replace(/\s*\n\s*/g, ' ');
}

/** The inside of a JSON string. */
export function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The inside of an HTML element or attribute. */
export function htmlText(text: string): string {
  return oneForm(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
