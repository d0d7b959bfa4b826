import type { Socket } from 'node:net';
import { brief } from '../../lib/brief.ts';
import type { Log } from '../../lib/log.ts';
import { parseDurationMs } from '../../model/duration.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { HearingOptions } from '../line/hearing.ts';
import { addressOf, idsOfAddress } from '../line/ids.ts';
import type { LineLimits, LineSource } from '../line/line-source.ts';
import { createLeave, createLines, type Line } from '../line/lines.ts';
import { requestBytes } from './frame.ts';
import { createMaster, type Master, type Plan } from './master.ts';
import { NAME, requestsOf } from './values.ts';

export interface ModbusOptions
  extends Pick<HearingOptions, 'clock' | 'routeOf' | 'ingest' | 'device' | 'maySpeak' | 'refusedNames'> {
  readonly log: Log;
  readonly limits: Pick<LineLimits, 'connectionsMax' | 'connectionsPerAddressMax'>;
}

/** A modem says who it is within this. */
const REGISTERED_WITHIN_MS = 60_000;
/** The longest registration packet that is looked at. */
const REGISTRATION_BYTES_MAX = 512;
const EVERY_MS = 30_000;
const TIMEOUT_MS = 5_000;

/**
 * Modbus RTU over TCP, behind modems (DTU) in transparent mode: a modem connects, says who it is in a packet of its own, and
 * then the units on its line are asked for what its profile wants. Nothing is acknowledged in Modbus; what takes its place is
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

    function register(): void {
      const found = registeredIn(registration, options.device);
      if (found === undefined) {
        registration = Buffer.from(registration.subarray(0, REGISTRATION_BYTES_MAX));
        return;
      }
      const { record, name } = found;
      if (!options.maySpeak(record.id, undefined)) {
        lines.tell(address, 'modem refused: its device has a secret, which it cannot give');
        socket.destroy();
        return;
      }
      cancelLimit();
      lines.own(line, record.id);
      master = createMaster({
        clock,
        plan: () => planOf(options.device(record.id)),
        send: (bytes) => void (socket.writable && socket.write(bytes)),
        onTrouble: (request, what) => lines.tell(address, `unit ${request.unit} of ${record.id}: ${what}`),
        onReply(request, frame, done) {
          const topic = `${NAME}/${addressOf(name)}`;
          const route = options.routeOf(topic);
          if (route === undefined) throw new Error(`no route for ${topic}`);
          const payload = Buffer.concat([requestBytes(request), frame]);
          const message = { route, device: record.id, topic, payload, connection: leave.connection };
          const mayFeed = (id: string) => options.maySpeak(id, undefined);
          options.ingest({ ...message, mayFeed }, (error) => (error === null ? done() : void socket.destroy()));
        },
      });
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

function planOf(record: DeviceRecord | undefined): Plan | undefined {
  if (record === undefined) return undefined;
  const { every, timeout } = record.protocol?.modbus ?? {};
  return {
    requests: requestsOf(record.protocol),
    everyMs: (every === undefined ? undefined : parseDurationMs(every)) ?? EVERY_MS,
    timeoutMs: (timeout === undefined ? undefined : parseDurationMs(timeout)) ?? TIMEOUT_MS,
  };
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

/**
 * The device that a registration packet names: by the whole of its text, by a word of it, or, of bytes that are no text, in
 * hex.
 */
function registeredIn(
  bytes: Uint8Array,
  device: (id: string) => DeviceRecord | undefined,
): { readonly record: DeviceRecord; readonly name: string } | undefined {
  const text = textOf(bytes.subarray(0, REGISTRATION_BYTES_MAX)) ?? '';
  const words = text.split(/[^A-Za-z0-9_.-]+/).filter((word) => word.length >= 3);
  for (const name of [text, ...words, Buffer.from(bytes.subarray(0, 32)).toString('hex')]) {
    for (const id of idsOfAddress(NAME, name)) {
      const record = device(id);
      if (record !== undefined) return { record, name };
    }
  }
  return undefined;
}
