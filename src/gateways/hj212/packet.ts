import { chinaTimeMs } from '../line/china-time.ts';

/** What a segment of HJ 212 says: `QN=…;ST=…;CN=…;PW=…;MN=…;Flag=…;CP=&&…&&`. */
export interface Packet {
  /** When it was asked or sent, and what tells its repetition; of the 2017 edition. */
  readonly qn: string | undefined;
  readonly st: string;
  readonly cn: string;
  readonly pw: string;
  /** The device. */
  readonly mn: string;
  /** Bit 0: an answer is wanted; bit 1: one packet of several; from bit 2 on the edition. Undefined in that of 2005. */
  readonly flag: number | undefined;
  readonly packets: { readonly total: number; readonly index: number } | undefined;
  /** Fields of CP without a code, such as DataTime. */
  readonly fields: ReadonlyMap<string, string>;
  /** What stands under a code in CP, one for each factor. */
  readonly factors: readonly Factor[];
}

export interface Factor {
  readonly code: string;
  /** Rtd, Avg, Min, Max, Cou, ZsRtd, … as they are written. */
  readonly values: ReadonlyMap<string, string>;
  readonly flag: string | undefined;
}

/** Factors, and values in all, of one segment; nothing that fits into 9,999 bytes has more. */
const ENTRIES_MAX = 4_000;
const OPENING = 'CP=&&';

/** Reads a segment; what is not there is empty. Never throws. */
export function readPacket(segment: Uint8Array): Packet {
  const text = textOf(segment);
  const at = text.indexOf(OPENING);
  const head = pairs(at < 0 ? text : text.slice(0, at), /[;]/);
  const rest = at < 0 ? '' : text.slice(at + OPENING.length);
  const closing = rest.lastIndexOf('&&');
  const { fields, factors } = readContents(closing < 0 ? rest : rest.slice(0, closing));
  const flag = head.get('Flag');
  const number = (name: string) => {
    const given = head.get(name) ?? '';
    return /^\d{1,5}$/.test(given) ? Number(given) : undefined;
  };
  const [total, index] = [number('PNUM'), number('PNO')];
  const isSplit = flag !== undefined && (Number(flag) & 2) !== 0 && total !== undefined && index !== undefined;
  return {
    qn: head.get('QN'),
    st: head.get('ST') ?? '',
    cn: head.get('CN') ?? '',
    pw: head.get('PW') ?? '',
    mn: head.get('MN') ?? '',
    flag: flag !== undefined && /^\d{1,3}$/.test(flag) ? Number(flag) : undefined,
    packets: isSplit ? { total, index } : undefined,
    fields,
    factors,
  };
}

function readContents(contents: string): Pick<Packet, 'fields' | 'factors'> {
  const fields = new Map<string, string>();
  const factors: Factor[] = [];
  let entries = 0;
  for (const group of contents.split(';')) {
    const byCode = new Map<string, Map<string, string>>();
    for (const [key, value] of pairs(group, /,/)) {
      if (++entries > ENTRIES_MAX) return { fields, factors };
      const dash = key.lastIndexOf('-');
      if (dash <= 0) {
        fields.set(key, value);
        continue;
      }
      const code = key.slice(0, dash);
      const values = byCode.get(code) ?? new Map<string, string>();
      byCode.set(code, values.set(key.slice(dash + 1), value));
    }
    for (const [code, values] of byCode) {
      const flag = values.get('Flag');
      values.delete('Flag');
      factors.push({ code, values, flag });
    }
  }
  return { fields, factors };
}

function pairs(text: string, separator: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=');
    if (equals > 0) found.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return found;
}

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/;

/** A time as the standard writes it, `20160801085857` with or without ms, in Beijing; undefined when it is none. */
export function timeOf(text: string | undefined): number | undefined {
  const found = TIME.exec(text ?? '');
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  return chinaTimeMs(year, month, day, [hour, minute, second, ms]);
}

const gb18030 = new TextDecoder('gb18030');

/** Nearly all segments are ASCII; what is not is GB 18030, as platforms of the country write it. */
function textOf(segment: Uint8Array): string {
  return segment.every((byte) => byte < 0x80) ? Buffer.from(segment).toString('latin1') : gb18030.decode(segment);
}
