import type { Socket } from 'node:net';
import { brief } from '../../lib/brief.ts';
import type { Log } from '../../lib/log.ts';
import { parseDurationMs } from '../../model/duration.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { HearingOptions } from '../line/hearing.ts';
import { addressOf, idsOfAddress } from '../line/ids.ts';
import type { LineLimits, LineSource } from '../line/line-source.ts';
import { createLeave, createLines, type Line } from '../line/lines.ts';
import { type Request, requestBytes } from './frame.ts';
import { createMaster, type Master, type Poll } from './master.ts';
import { idsOfUnit, NAME, requestsOf, UNIT_MAX } from './values.ts';

export interface ModbusOptions
  extends Pick<HearingOptions, 'clock' | 'routeOf' | 'ingest' | 'device' | 'maySpeak' | 'refusedNames'> {
  readonly log: Log;
  /** Rises whenever a device may be another than before. */
  readonly devicesVersion: () => number;
  readonly limits: Pick<LineLimits, 'connectionsMax' | 'connectionsPerAddressMax'>;
}

/** A modem says who it is within this. */
const REGISTERED_WITHIN_MS = 60_000;
/** How long after a packet it is looked whether it names the modem of units, of which each may be a device, and how often. */
const UNITS_AFTER_MS = 500;
const UNITS_TRIES = 5;
/** Words of a packet that may be a modem's name. */
const WORDS_MAX = 8;
/** The longest registration packet that is looked at. */
const REGISTRATION_BYTES_MAX = 512;
const EVERY_MS = 30_000;
const TIMEOUT_MS = 5_000;

/**
 * Modbus RTU over TCP, behind modems (DTU) in transparent mode: a modem connects, says who it is in a packet of its own, and
 * then the units on its line are asked for what its profile wants, and those that are devices of their own for what theirs
 * wants. Nothing is acknowledged in Modbus; what takes its place is
 * that nothing more is asked before the last answer is on disk, and what could not be written is asked for again.
 */
export function createModbusSource(options: ModbusOptions): LineSource {
  const { clock } = options;
  const lines = createLines({ ...options, name: NAME, open });

  function open(socket: Socket, address: string): Line {
    const leave = createLeave();
    let registration: Buffer = Buffer.alloc(0);
    let master: Master | undefined;
    const cancelLimit = clock.after(REGISTERED_WITHIN_MS, () => {
      if (master !== undefined) return;
      const name = textOf(registration) ?? '';
      if (name !== '') options.refusedNames.note(idsOfAddress(NAME, brief(name))[0] ?? name, NAME, address);
      lines.tell(address, 'modem ended: nobody knows it');
      socket.destroy();
    });
    const line: Line = { devices: new Set(), end: () => void socket.destroy() };
    let unitTries = 0;
    let cancelUnits: (() => void) | undefined;

    function register(): void {
      const found = modemIn(registration, options.device);
      if (found !== undefined) return begin(found);
      registration = Buffer.from(registration.subarray(0, REGISTRATION_BYTES_MAX));
      // There may be many units, so that they are not looked for with each byte of whoever dribbles.
      if (cancelUnits !== undefined || unitTries === UNITS_TRIES) return;
      unitTries++;
      cancelUnits = clock.after(UNITS_AFTER_MS, () => {
        cancelUnits = undefined;
        const name = namesIn(registration).find((one) => unitDevices(one, options.device).length > 0);
        if (name !== undefined && master === undefined) begin({ name, modem: undefined });
      });
    }

    function begin({ name, modem }: Named): void {
      if (modem !== undefined && !options.maySpeak(modem.id, undefined)) {
        lines.tell(address, 'modem refused: its device has a secret, which it cannot give');
        socket.destroy();
        return;
      }
      cancelLimit();
      if (modem !== undefined) lines.own(line, modem.id);
      master = createMaster({
        clock,
        plan: planOf(name, modem?.id),
        send: (bytes) => void (socket.writable && socket.write(bytes)),
        onTrouble: ({ unit, device }, what) => lines.tell(address, `unit ${unit} of ${device}: ${what}`),
        onSilent({ device }) {
          if (device !== modem?.id) lines.disown(line, device);
        },
        onReply({ device }, request, frame, done) {
          const topic = `${NAME}/${addressOf(name)}`;
          const route = options.routeOf(topic);
          if (route === undefined) throw new Error(`no route for ${topic}`);
          lines.own(line, device);
          const payload = Buffer.concat([requestBytes(request), frame]);
          const message = { route, device, topic, payload, connection: leave.connection };
          const mayFeed = (id: string) => options.maySpeak(id, undefined);
          options.ingest({ ...message, mayFeed }, (error) => (error === null ? done() : void socket.destroy()));
        },
      });
    }

    /** What is asked over the line of a modem, made anew when devices have changed; undefined when nobody knows it any more. */
    function planOf(name: string, modem: string | undefined): () => readonly Poll[] | undefined {
      let version: number | undefined;
      let plan: readonly Poll[] | undefined;
      return () => {
        const present = options.devicesVersion();
        if (present !== version) plan = pollsOf(name, modem);
        version = present;
        return plan;
      };
    }

    function pollsOf(name: string, modem: string | undefined): readonly Poll[] | undefined {
      const host = modem === undefined ? undefined : options.device(modem);
      const own = unitDevices(name, options.device).filter(({ record }) => options.maySpeak(record.id, undefined));
      if (host === undefined && own.length === 0) return undefined;
      const taken = new Set(own.map(({ unit }) => unit));
      const ofHost = requestsOf(host?.protocol).filter(({ unit }) => !taken.has(unit));
      return [
        ...own.map(({ unit, record }) =>
          pollOf(
            record,
            unit,
            requestsOf(record.protocol).map((request) => ({ ...request, unit })),
          ),
        ),
        ...[...new Set(ofHost.map(({ unit }) => unit))].flatMap((unit) =>
          host === undefined
            ? []
            : [
                pollOf(
                  host,
                  unit,
                  ofHost.filter((request) => request.unit === unit),
                ),
              ],
        ),
      ];
    }

    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (master !== undefined) return master.take(bytes);
      registration = Buffer.concat([registration, bytes]);
      register();
    });
    socket.once('end', leave.taken);
    socket.once('close', () => {
      cancelLimit();
      cancelUnits?.();
      master?.stop();
    });
    return line;
  }

  return {
    listen: lines.listen,
    size: lines.size,
    trouble: lines.trouble,
    connections: lines.count,
    disconnect: lines.end,
    forget: lines.end,
    close: lines.close,
  };
}

function pollOf(record: DeviceRecord, unit: number, requests: readonly Request[]): Poll {
  const { every, timeout } = record.protocol?.modbus ?? {};
  return {
    device: record.id,
    unit,
    requests,
    everyMs: (every === undefined ? undefined : parseDurationMs(every)) ?? EVERY_MS,
    timeoutMs: (timeout === undefined ? undefined : parseDurationMs(timeout)) ?? TIMEOUT_MS,
  };
}

/** The units behind a modem that are devices of their own. */
function unitDevices(
  name: string,
  device: (id: string) => DeviceRecord | undefined,
): { readonly unit: number; readonly record: DeviceRecord }[] {
  return Array.from({ length: UNIT_MAX }, (_, i) => i + 1).flatMap((unit) => {
    for (const id of idsOfUnit(name, unit)) {
      const record = device(id);
      if (record !== undefined) return [{ unit, record }];
    }
    return [];
  });
}

/** The text of a registration packet; undefined where it is none. */
function textOf(bytes: Uint8Array): string | undefined {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) || bytes.length === 0
    ? Buffer.from(bytes).toString('latin1').trim()
    : Buffer.from(bytes)
        .toString('latin1')
        .replace(/[^\x20-\x7e]+/g, ' ')
        .trim();
}

interface Named {
  readonly name: string;
  /** Undefined: only units behind it are devices. */
  readonly modem: DeviceRecord | undefined;
}

/** What a registration packet may name: the whole of its text, a word of it, or, of bytes that are no text, in hex. */
function namesIn(bytes: Uint8Array): string[] {
  const text = textOf(bytes.subarray(0, REGISTRATION_BYTES_MAX)) ?? '';
  const words = text.split(/[^A-Za-z0-9_.-]+/).filter((word) => word.length >= 3);
  return [text, ...words.slice(0, WORDS_MAX), Buffer.from(bytes.subarray(0, 32)).toString('hex')];
}

function modemIn(bytes: Uint8Array, device: (id: string) => DeviceRecord | undefined): Named | undefined {
  for (const name of namesIn(bytes)) {
    for (const id of idsOfAddress(NAME, name)) {
      const modem = device(id);
      if (modem !== undefined) return { name, modem };
    }
  }
  return undefined;
}
