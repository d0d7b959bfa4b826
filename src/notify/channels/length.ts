/** How long texts are as gateways count them, and how they are cut: at a character as people see one, never within. */

export type Measure = (text: string) => number;

export const utf8Bytes: Measure = (text) => Buffer.byteLength(text);
/** What an SMS is counted in: an emoji is two. */
export const ucs2Units: Measure = (text) => text.length;

const CUT = '…';
/** Longer than any character that people write: families of emoji joined together have some thirty units. */
const CHARACTER_UNITS_MAX = 64;
const characters = new Intl.Segmenter('zh', { granularity: 'grapheme' });

/** The text if it is short enough, otherwise its beginning with an ellipsis; both no longer than `most`. */
export function cutTo(text: string, most: number, measure: Measure): string {
  if (measure(text) <= most) return text;
  const room = most - measure(CUT);
  return room <= 0 ? '' : beginning(text, room, measure) + CUT;
}

/** The longest beginning of whole characters that is no longer than `room`. */
function beginning(text: string, room: number, measure: Measure): string {
  let low = 0;
  let high = Math.min(text.length, room);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(text.slice(0, middle)) <= room) low = middle;
    else high = middle - 1;
  }
  // What remains is to step back to where a character begins, looked for from a little before the cut.
  const from = wholeFrom(text, Math.max(0, low - CHARACTER_UNITS_MAX));
  let end = from;
  for (const { segment, index } of characters.segment(text.slice(from, low + CHARACTER_UNITS_MAX))) {
    if (from + index + segment.length > low) break;
    end = from + index + segment.length;
  }
  return text.slice(0, end);
}

/** A place at or before `at` that is not within a pair of surrogates. */
function wholeFrom(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

export interface Parts {
  readonly head: readonly string[];
  /** One line for each alert, most severe first. Nothing of a line is cut off: it is there or it is counted. */
  readonly items: readonly { readonly alert: string; readonly line: string }[];
  readonly foot: readonly string[];
  /** The line that counts what was left out. */
  readonly more: (count: number) => string;
  readonly most: number;
  readonly measure: Measure;
}

/**
 * Head, as many items as fit, how many were left out, and foot, a line each. The foot holds the way to answer and is
 * never cut; a head that leaves no room for it is.
 */
export function fitted(parts: Parts): { readonly text: string; readonly alerts: string[]; readonly leftOut: number } {
  const { head, items, foot, more, most, measure } = parts;
  const joined = (lines: readonly string[]) => lines.filter((line) => line !== '').join('\n');
  for (let kept = items.length; kept >= 0; kept--) {
    const leftOut = items.length - kept;
    const named = items.slice(0, kept);
    const tail = [...(leftOut > 0 ? [more(leftOut)] : []), ...foot];
    const whole = joined([...head, ...named.map(({ line }) => line), ...tail]);
    const alerts = named.map(({ alert }) => alert);
    if (measure(whole) <= most) return { text: whole, alerts, leftOut };
    if (kept > 0) continue;
    const end = joined(tail);
    const room = most - measure(end) - (end === '' ? 0 : 1);
    return { text: joined([cutTo(joined(head), room, measure), end]), alerts, leftOut };
  }
  return { text: '', alerts: [], leftOut: items.length };
}
