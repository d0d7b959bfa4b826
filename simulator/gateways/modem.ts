import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** A GSM modem behind a serial server: it takes SMS in PDU mode, reports what has arrived, and hands on what is sent to it. */
export interface StandInModem {
  readonly port: number;
  /** Parts that it took, oldest first. */
  readonly taken: readonly TakenPart[];
  /** Tells the server that a part has arrived (status 0), is tried again (48), or will not (70). */
  report(part: TakenPart, status: number): void;
  /** An SMS comes in from this number, in GSM's alphabet when it is figures alone, else in UCS-2. */
  receive(phone: string, text: string): void;
  /** From here on: this error to each message, or no word to anything; undefined: it works. */
  setFault(fault: string | 'silent' | undefined): void;
  /** The line breaks; the modem lives. */
  breakLine(): void;
  close(): Promise<void>;
}

export interface TakenPart {
  readonly reference: number;
  readonly phone: string;
  readonly text: string;
  /** Which part of how many of which message; null of a single one. */
  readonly part: { readonly reference: number; readonly of: number; readonly index: number } | null;
  readonly wantsReport: boolean;
}

const END = '\u001a';

export async function startStandInModem(nowMs: () => number, pin = ''): Promise<StandInModem> {
  const taken: TakenPart[] = [];
  const lines = new Set<Socket>();
  let fault: string | undefined;
  let reference = 250;
  let isLocked = pin !== '';

  const say = (text: string) => {
    for (const line of lines) line.write(`\r\n${text}\r\n`);
  };

  function answer(line: Socket, command: string, state: { echo: boolean; awaits: number }): void {
    if (state.echo) line.write(`${command}\r`);
    const write = (text: string) => line.write(`\r\n${text}\r\n`);
    const length = /^AT\+CMGS=(\d+)$/.exec(command)?.[1];
    if (command === 'ATE0') state.echo = false;
    if (command === 'AT+CPIN?') {
      write(isLocked ? '+CPIN: SIM PIN' : '+CPIN: READY');
    }
    if (command.startsWith('AT+CPIN="')) {
      if (command !== `AT+CPIN="${pin}"`) return void write('+CME ERROR: 16');
      isLocked = false;
    }
    if (length === undefined) return void write('OK');
    state.awaits = Number(length);
    line.write('\r\n> ');
  }

  function takePdu(line: Socket, hex: string, length: number): void {
    const write = (text: string) => line.write(`\r\n${text}\r\n`);
    if (fault !== undefined) return void write(fault);
    const octets = Buffer.from(hex, 'hex');
    if (octets.length !== length + 1) return void write('+CMS ERROR: 304');
    reference = (reference + 1) & 0xff;
    taken.push({ reference, ...readSubmit(octets) });
    write(`+CMGS: ${reference}`);
    write('OK');
  }

  const server = createServer((line) => {
    lines.add(line);
    line.setEncoding('latin1');
    line.on('error', () => {});
    line.on('close', () => lines.delete(line));
    const state = { echo: true, awaits: 0 };
    let rest = '';
    line.on('data', (text: string) => {
      if (fault === 'silent') return;
      rest += text;
      for (;;) {
        const end = state.awaits > 0 ? rest.indexOf(END) : rest.indexOf('\r');
        if (end === -1) return;
        const said = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (state.awaits === 0) answer(line, said, state);
        else {
          const length = state.awaits;
          state.awaits = 0;
          takePdu(line, said, length);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    taken,
    report(part, status) {
      const time = timeOctets(nowMs());
      const pdu = [0, 0x06, part.reference, ...addressOctets(part.phone), ...time, ...time, status];
      say(`+CDS: ${pdu.length - 1}\r\n${hexOf(pdu)}`);
    },
    receive(phone, text) {
      const isFigures = /^\d+$/.test(text);
      const data = isFigures ? septets(text) : [...Buffer.from(text, 'utf16le').swap16()];
      const length = isFigures ? text.length : data.length;
      const coding = isFigures ? 0 : 8;
      const pdu = [0, 0x04, ...addressOctets(phone), 0, coding, ...timeOctets(nowMs()), length, ...data];
      say(`+CMT: ,${pdu.length - 1}\r\n${hexOf(pdu)}`);
    },
    setFault(next) {
      fault = next;
    },
    breakLine() {
      for (const line of lines) line.destroy();
    },
    close() {
      for (const line of lines) line.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function hexOf(octets: readonly number[]): string {
  return Buffer.from(octets).toString('hex').toUpperCase();
}

function readSubmit(octets: Buffer): Omit<TakenPart, 'reference'> {
  const flags = octets[1] ?? 0;
  const digits = octets[3] ?? 0;
  const addressEnd = 5 + Math.ceil(digits / 2);
  const phone = [...octets.subarray(5, addressEnd)]
    .map((octet) => `${octet & 15}${octet >> 4}`)
    .join('')
    .slice(0, digits);
  // Protocol, alphabet, validity, length.
  const data = octets.subarray(addressEnd + 4);
  const hasHeader = (flags & 0x40) !== 0;
  const header = hasHeader ? data.subarray(0, (data[0] ?? 0) + 1) : Buffer.alloc(0);
  const text = Buffer.from(data.subarray(header.length)).swap16().toString('utf16le');
  const part = hasHeader ? { reference: header[3] ?? 0, of: header[4] ?? 0, index: header[5] ?? 0 } : null;
  return { phone, text, part, wantsReport: (flags & 0x20) !== 0 };
}

function addressOctets(phone: string): number[] {
  const digits = phone.replace(/\D/g, '');
  const padded = digits.length % 2 === 0 ? digits : `${digits}f`;
  const pairs = padded.match(/../g) ?? [];
  return [
    digits.length,
    phone.startsWith('+') ? 0x91 : 0x81,
    ...pairs.map((pair) => Number.parseInt(`${pair[1]}${pair[0]}`, 16)),
  ];
}

/** In Beijing, 32 quarters of an hour ahead. */
function timeOctets(atMs: number): number[] {
  const at = new Date(atMs + 8 * 3_600_000);
  const parts = [
    at.getUTCFullYear() % 100,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    32,
  ];
  return parts.map((part) => ((part % 10) << 4) | Math.floor(part / 10));
}

/** Figures have the same code in GSM's alphabet as in ASCII. */
function septets(figures: string): number[] {
  const octets: number[] = [];
  [...figures].forEach((figure, index) => {
    const code = figure.charCodeAt(0);
    const bit = index * 7;
    const at = bit >> 3;
    octets[at] = ((octets[at] ?? 0) | (code << (bit & 7))) & 0xff;
    if ((bit & 7) > 1) octets[at + 1] = code >> (8 - (bit & 7));
  });
  return octets;
}
