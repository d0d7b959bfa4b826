/**
 * JSON as devices write it, beside what JSON.parse takes: almost JSON, and objects that give a key more than once.
 * Nothing here throws on any text, and every loop passes over the text once.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** The index behind a string that begins at `at`; the end of the text when it is never closed. */
function endOfString(text: string, at: number): number {
  let next = at + 1;
  for (; next < text.length; next++) {
    const code = text.charCodeAt(next);
    if (code === BACKSLASH) next++;
    else if (code === QUOTE) return next + 1;
  }
  return text.length;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** Letters, digits and what else numbers are made of: `+ - . _`. */
function isOfWord(code: number): boolean {
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x5f;
}

const NOT_A_NUMBER = /^[+-]?(?:nan|inf(?:inity)?)$/i;
const NOT_A_NUMBER_LENGTH_MAX = '-infinity'.length;

/**
 * The text with `null` for each bare nan, inf or Infinity, as C and Python print what is no number, and without NULs at
 * its end, which are the end of a string in C. Undefined when it holds nothing of the kind: then it can't be helped.
 */
export function repairJson(text: string): string | undefined {
  let end = text.length;
  let hasNul = false;
  for (; end > 0; end--) {
    const code = text.charCodeAt(end - 1);
    if (code === 0) hasNul = true;
    else if (!isBlank(code)) break;
  }
  let repaired = '';
  let copied = 0;
  for (let at = 0; at < end; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (isOfWord(code)) {
      const start = at;
      while (at < end && isOfWord(text.charCodeAt(at))) at++;
      if (at - start > NOT_A_NUMBER_LENGTH_MAX || !NOT_A_NUMBER.test(text.slice(start, at))) continue;
      repaired += `${text.slice(copied, start)}null`;
      copied = at;
    } else at++;
  }
  return copied === 0 && !hasNul ? undefined : repaired + text.slice(copied, end);
}

/**
 * Whether the objects of a JSON text give more keys than the `known` ones, which may be keys that are given again. Of its
 * bytes, because this is done for every message: no byte of a longer character is a quote, a backslash or a colon.
 */
export function hasMoreKeys(json: Uint8Array, known: number): boolean {
  const { length } = json;
  let colons = 0;
  for (let at = 0; at < length; at++) if (json[at] === COLON) colons++;
  // No text of a value holds one, as mostly.
  if (colons <= known) return false;
  for (let at = 0; at < length; at++) {
    if (json[at] !== QUOTE) continue;
    for (at++; at < length; at++) {
      const byte = json[at];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) at++;
      else if (byte === COLON) colons--;
    }
  }
  return colons > known;
}

/** Texts shorter than this hold no more keys than are made in a moment. */
const KEYS_COUNTED_LENGTH = 4_096;

/**
 * Whether a text has more than `most` different keys, looked at before it is parsed: JSON.parse makes a shape of each new key
 * an object is given, which takes seconds for a hundred thousand of them, and nobody has so many metrics.
 */
export function hasMoreDifferentKeys(text: string, most: number): boolean {
  if (text.length < KEYS_COUNTED_LENGTH) return false;
  const keys = new Set<string>();
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    const end = endOfString(text, at);
    let next = end;
    while (next < text.length && isBlank(text.charCodeAt(next))) next++;
    if (text.charCodeAt(next) === COLON && keys.add(text.slice(at, end)).size > most) return true;
    at = next;
  }
  return false;
}

/** The different values of a key that an object gives more than once, in their order. */
export class Several {
  readonly values: unknown[];
  /** The same for looking up: nobody can say how often a payload gives a key. */
  readonly #known: Set<unknown>;

  constructor(first: unknown, second: unknown) {
    this.values = [first, second];
    this.#known = new Set(this.values);
  }

  add(value: unknown): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    this.values.push(value);
  }
}

type JsonObject = Record<string, unknown>;
interface Frame {
  /** What is under way: an object, or an array. */
  readonly object: JsonObject | undefined;
  readonly array: unknown[];
  /** The key whose value comes next; undefined while a key is expected. */
  key: string | undefined;
}

/** Reads a text that JSON.parse has taken, and keeps all values of a key: different ones as a `Several`. */
export function parseKeepingAll(text: string): unknown {
  const root: Frame = { object: undefined, array: [], key: undefined };
  const frames = [root];
  let frame = root;

  function put(value: unknown): void {
    if (frame.object === undefined) frame.array.push(value);
    else putKey(frame.object, frame.key ?? '', value);
  }
  function enter(object: JsonObject | undefined): void {
    const entered: Frame = { object, array: [], key: undefined };
    put(object ?? entered.array);
    frames.push(entered);
    frame = entered;
  }

  for (let at = 0; at < text.length; ) {
    const character = text[at];
    switch (character) {
      case '{':
        // Without a prototype, so that a key such as __proto__ is a key like any other.
        enter(Object.create(null) as JsonObject);
        at++;
        break;
      case '[':
        enter(undefined);
        at++;
        break;
      case '}':
      case ']':
        frames.pop();
        frame = frames.at(-1) ?? root;
        at++;
        break;
      case ',':
        frame.key = undefined;
        at++;
        break;
      case '"': {
        const end = endOfString(text, at);
        const string = JSON.parse(text.slice(at, end)) as string;
        if (frame.object !== undefined && frame.key === undefined) frame.key = string;
        else put(string);
        at = end;
        break;
      }
      default: {
        const start = at;
        while (at < text.length && isOfWord(text.charCodeAt(at))) at++;
        if (at === start) at++;
        else put(JSON.parse(text.slice(start, at)));
      }
    }
  }
  return root.array[0];
}

function putKey(object: JsonObject, key: string, value: unknown): void {
  if (!Object.hasOwn(object, key)) object[key] = value;
  else {
    const known = object[key];
    if (known instanceof Several) known.add(value);
    else if (known !== value) object[key] = new Several(known, value);
  }
}
