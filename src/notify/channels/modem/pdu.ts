/**
 * Messages of SMS as a modem takes and gives them in PDU mode (3GPP TS 23.040 and 27.005): what we send in UCS-2, in parts
 * that the phone joins; what comes back in UCS-2 or the alphabet of GSM; reports of what has arrived. Pure.
 */

/** Units of UCS-2 that fit one message, and one of several parts, whose header takes three of them. */
export const SINGLE_UNITS = 70;
export const PART_UNITS = 67;

/** A part of a message, complete. */
export interface Pdu {
  /** Octets without the address of the service centre, as AT+CMGS wants them counted. */
  readonly length: number;
  readonly hex: string;
}

const SUBMIT = 0x01;
const VALIDITY_RELATIVE = 0x10;
const REPORT_WANTED = 0x20;
const HAS_HEADER = 0x40;
const UCS2 = 0x08;
/** 24 hours (23.040, 9.2.3.12.1): later nobody can do anything with it. */
const VALIDITY = 0xa7;

/** The parts of a text, one unless it is longer than 70 units. `reference` joins them at the phone, 0 to 255. */
export function submitPdus(phone: string, text: string, reference: number): readonly Pdu[] {
  const parts = partsOf(text);
  return parts.map((part, index) => {
    const header = parts.length === 1 ? [] : [5, 0, 3, reference & 0xff, parts.length, index + 1];
    const data = [...header, ...ucs2(part)];
    const flags = SUBMIT | VALIDITY_RELATIVE | REPORT_WANTED | (parts.length === 1 ? 0 : HAS_HEADER);
    const octets = [flags, 0, ...addressOctets(phone), 0, UCS2, VALIDITY, data.length, ...data];
    // The service centre's own number is that of the card: no octets of it.
    return {
      length: octets.length,
      hex: Buffer.from([0, ...octets])
        .toString('hex')
        .toUpperCase(),
    };
  });
}

/** A text in parts that no character is broken by that has two units. */
export function partsOf(text: string): readonly string[] {
  if (text.length <= SINGLE_UNITS) return [text];
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + PART_UNITS);
    if (to < text.length && isHigh(text.charCodeAt(to - 1))) to--;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function ucs2(text: string): number[] {
  return [...Buffer.from(text, 'utf16le').swap16()];
}

function addressOctets(phone: string): number[] {
  const digits = phone.replace(/\D/g, '');
  const type = phone.startsWith('+') ? 0x91 : 0x81;
  return [digits.length, type, ...swapped(digits)];
}

/** Two digits to an octet, the first in the lower half; F fills up. */
function swapped(digits: string): number[] {
  return [...digits.padEnd(digits.length + (digits.length % 2), 'F').matchAll(/(.)(.)/g)].map((pair) =>
    Number.parseInt(`${pair[2]}${pair[1]}`, 16),
  );
}

/** What somebody has sent to the modem's number. */
export interface Delivered {
  readonly phone: string;
  readonly text: string;
  readonly atMs: number;
}

/** What became of a part that the modem sent. `reference` is that of +CMGS. */
export interface StatusReport {
  readonly reference: number;
  readonly phone: string;
  /** 0 to 31: on the device; 32 to 63: the centre still tries; others: it will not arrive (23.040, 9.2.3.15). */
  readonly status: number;
  readonly atMs: number;
}

/** Undefined for what is no message of this kind, or broken. */
export function readDeliver(hex: string): Delivered | undefined {
  const reader = readerOf(hex);
  if (reader === undefined) return undefined;
  const flags = reader.octet();
  if ((flags & 3) !== 0) return undefined;
  const phone = reader.address();
  reader.octet();
  const coding = reader.octet();
  const atMs = reader.time();
  const length = reader.octet();
  const data = reader.rest();
  if (reader.isShort()) return undefined;
  const headerOctets = (flags & HAS_HEADER) === 0 ? 0 : (data[0] ?? 0) + 1;
  return { phone, text: textOf(data, length, coding, headerOctets), atMs };
}

export function readStatusReport(hex: string): StatusReport | undefined {
  const reader = readerOf(hex);
  if (reader === undefined || (reader.octet() & 3) !== 2) return undefined;
  const reference = reader.octet();
  const phone = reader.address();
  reader.time();
  const atMs = reader.time();
  const status = reader.octet();
  return reader.isShort() ? undefined : { reference, phone, status, atMs };
}

/** Reads octets in their order, behind the service centre's address; once there are too few it gives zeros and knows it. */
function readerOf(hex: string) {
  if (!/^(?:[\dA-F]{2})+$/i.test(hex)) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  let at = 1 + (bytes[0] ?? 0);
  const octet = () => bytes[at++] ?? 0;
  const digitsOf = (count: number) => Array.from({ length: count }, octet).map((one) => [one & 15, one >> 4]);
  return {
    octet,
    address() {
      const length = octet();
      const type = octet();
      const octets = Math.ceil(length / 2);
      if ((type & 0x70) === 0x50) {
        const letters = bytes.subarray(at, at + octets);
        at += octets;
        return septets(letters, Math.floor((length * 4) / 7), 0);
      }
      const digits = digitsOf(octets).flat().slice(0, length).join('');
      return (type & 0x70) === 0x10 ? `+${digits}` : digits;
    },
    /** Service centre time stamp, with its zone in quarters of an hour. */
    time() {
      const pairs = digitsOf(7);
      const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = pairs.map(
        ([low = 0, high = 0]) => low * 10 + high,
      );
      const [low = 0, high = 0] = pairs[6] ?? [];
      const quarters = ((low & 7) * 10 + high) * ((low & 8) === 0 ? 1 : -1);
      return Date.UTC(2000 + year, month - 1, day, hour, minute - quarters * 15, second);
    },
    rest: () => bytes.subarray(at),
    isShort: () => at > bytes.length,
  };
}

function textOf(data: Buffer, length: number, coding: number, headerOctets: number): string {
  // Groups 00xx name the alphabet in bits 2 and 3; 1111 in bit 2 alone.
  const alphabet = coding >> 6 === 0 ? (coding >> 2) & 3 : coding >> 4 === 15 ? (coding >> 2) & 1 : 0;
  if (alphabet === 2)
    return Buffer.from(data.subarray(headerOctets, length - (length % 2)))
      .swap16()
      .toString('utf16le');
  if (alphabet === 1) return data.subarray(headerOctets, length).toString('latin1');
  return septets(data, length, Math.ceil((headerOctets * 8) / 7));
}

/** 23.038, default alphabet; the escape and what follows it are left out. */
const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

function septets(data: Uint8Array, count: number, skip: number): string {
  let text = '';
  for (let i = skip; i < count; i++) {
    const bit = i * 7;
    const pair = (data[bit >> 3] ?? 0) | ((data[(bit >> 3) + 1] ?? 0) << 8);
    text += GSM[(pair >> (bit & 7)) & 0x7f] ?? '';
  }
  return text.replaceAll('\u001b', '');
}
