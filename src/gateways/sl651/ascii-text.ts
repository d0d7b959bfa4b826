import { chinaTimeMs } from '../line/china-time.ts';
import {
  codeOfIdentifier,
  LEVEL_SERIES_FIRST,
  RAIN_SERIES,
  SERIES_STEP_MS,
  SERIES_VALUES,
  STATUS,
} from './elements.ts';
import type { Measured, Text } from './text.ts';

/**
 * The text of a frame in characters: serial of 4 hex digits, `YYMMDDHHmmSS`, then identifiers and what stands behind them,
 * with blanks between: `ST 0012345678 H TT 2607010800 PJ 0.5 PT 123.5 Z 3.456 VT 12.6`.
 */

const HEAD = 16;
const MINUTE_MS = 60_000;
const STEP_MS: Readonly<Record<string, number>> = { D: 1_440 * MINUTE_MS, H: 60 * MINUTE_MS, N: MINUTE_MS };
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9]{0,7}$/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/;
/** Elements, and values in all; a text has no more than 4,095 characters a packet. */
const ELEMENTS_MAX = 4_096;

export function readAsciiText(bytes: Uint8Array): Text {
  const text = Buffer.from(bytes).toString('latin1');
  const serial = /^[0-9a-fA-F]{4}/.test(text) ? Number.parseInt(text.slice(0, 4), 16) : 0;
  const sentAtMs = timeOf(text.slice(4, HEAD));
  const body = text.slice(HEAD);
  const manual = /(?:^|\s)RGZS\s+([\s\S]*)$/.exec(body)?.[1]?.trim();
  const tokens = (manual === undefined ? body : body.slice(0, body.indexOf('RGZS'))).split(/\s+/).filter(Boolean);
  return { serial, sentAtMs, manual, ...readTokens(tokens, sentAtMs) };
}

function readTokens(
  tokens: readonly string[],
  sentAtMs: number | undefined,
): Pick<Text, 'stationType' | 'elements' | 'isCut'> {
  const elements: Measured[] = [];
  let stationType: number | undefined;
  let atMs = sentAtMs;
  let stepMs = 0;
  let isCut = false;
  let i = 0;
  const isNext = (pattern: RegExp) => pattern.test(tokens[i] ?? '');
  while (i < tokens.length && elements.length < ELEMENTS_MAX) {
    const token = tokens[i++] ?? '';
    const [, step = '', length = ''] = /^DR([DHN])(\d\d)$/.exec(token) ?? [];
    const observed = /^TT(\d{10})$/.exec(token)?.[1];
    if (token === 'ST') {
      i++;
      // The kind of the station, as a letter or as its code.
      if (isNext(/^([A-Z]|[4-5][0-9A-F])$/) && tokens[i] !== 'TT') {
        const kind = tokens[i++] ?? '';
        stationType = kind.length === 1 ? kind.charCodeAt(0) : Number.parseInt(kind, 16);
      }
    } else if (token === 'TT' || observed !== undefined) {
      atMs = timeOf(observed ?? tokens[i++] ?? '');
    } else if (step !== '') {
      stepMs = Number(length) * (STEP_MS[step] ?? 0);
      // Some say the length of the step once more.
      if (isNext(/^\d{3}$/) && Number(tokens[i]) === Number(length)) i++;
    } else if (token === 'PIC') {
      break;
    } else if (token === 'ZT' && isNext(/^[0-9a-fA-F]{8}$/)) {
      elements.push({ id: STATUS, atMs, values: [], stepMs: 0, raw: [(tokens[i++] ?? '').toLowerCase()] });
    } else if (IDENTIFIER.test(token)) {
      const series = seriesOf(token);
      const values: (number | null)[] = [];
      if (series !== undefined && isNext(series.packed)) values.push(...unpacked(tokens[i++] ?? '', series));
      else
        while (i < tokens.length && (isNext(NUMBER) || isMissing(tokens[i] ?? ''))) values.push(numberOf(tokens[i++]));
      const own = series === undefined ? stepMs : SERIES_STEP_MS;
      const most = series === undefined && stepMs === 0 ? 1 : values.length;
      if (values.length === 0 || most < values.length) isCut = true;
      if (values.length > 0) elements.push(measured(token, series?.id, atMs, values.slice(0, most), own));
    } else {
      isCut = true;
    }
  }
  return { stationType, elements, isCut };
}

function measured(
  identifier: string,
  id: number | undefined,
  atMs: number | undefined,
  values: readonly (number | null)[],
  stepMs: number,
): Measured {
  const code = id ?? codeOfIdentifier(identifier);
  return {
    id: code ?? 0,
    ...(code === undefined ? { identifier } : {}),
    atMs,
    values,
    stepMs: values.length > 1 ? stepMs : 0,
    raw: undefined,
  };
}

interface Series {
  readonly id: number;
  /** Twelve values of an hour as one token: hex digits. */
  readonly packed: RegExp;
  readonly digits: number;
  readonly perUnit: number;
}

/** Rain of each five minutes of an hour in steps of 0.1 mm, and levels in cm; undefined of anything else. */
function seriesOf(identifier: string): Series | undefined {
  if (identifier === 'DRP') return { id: RAIN_SERIES, packed: /^[0-9a-fA-F]{24}$/, digits: 2, perUnit: 10 };
  const [, gauge] = /^DRZ([1-8])$/.exec(identifier) ?? [];
  if (gauge === undefined) return undefined;
  const id = LEVEL_SERIES_FIRST + Number(gauge) - 1;
  return { id, packed: /^[0-9a-fA-F]{48}$/, digits: 4, perUnit: 100 };
}

function unpacked(text: string, { digits, perUnit }: Series): (number | null)[] {
  return Array.from({ length: SERIES_VALUES }, (_, i) => {
    const part = text.slice(i * digits, (i + 1) * digits);
    return /^f+$/i.test(part) ? null : Number.parseInt(part, 16) / perUnit;
  });
}

/** How stations write that there is no value. */
function isMissing(token: string): boolean {
  return /^(-{2,}|\*+|M|[Ff]{4,}|[Aa]{4,})$/.test(token);
}

function numberOf(token = ''): number | null {
  return isMissing(token) ? null : Number(token);
}

function timeOf(text: string): number | undefined {
  const [, ...parts] = TIME.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  return chinaTimeMs(2000 + year, month, day, [hour, minute, second]);
}
