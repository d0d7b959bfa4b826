import { isDeepStrictEqual } from 'node:util';
import type { Address, Config } from '../../config.ts';
import { gbt26875 } from '../../gateways/gbt26875/gbt26875.ts';
import { hj212 } from '../../gateways/hj212/hj212.ts';
import { createLineSource, type LineSource, type LineSourceOptions } from '../../gateways/line/line-source.ts';
import type { LineProtocol } from '../../gateways/line/protocol.ts';
import { createModbusSource, type ModbusOptions } from '../../gateways/modbus/modbus-source.ts';
import { modbusFrames } from '../../gateways/modbus/values.ts';
import { sl651 } from '../../gateways/sl651/sl651.ts';
import { createTally, type Tally } from '../../lib/tally.ts';
import type { Commandable, CommandNews, DeviceCommand, NotTold } from '../../model/device-command.ts';
import type { FrameProtocol } from '../../model/protocol.ts';
import type { Source } from '../../model/source.ts';
import { LINE_NAMES, type LineName } from '../../model/source-setup.ts';
import type { SourceState, Trouble } from '../../model/source-state.ts';
import { hostForUrl, listening } from './listen.ts';

/** Protocols whose devices speak by themselves; in Modbus they are asked. */
export const LINE_PROTOCOLS: readonly LineProtocol[] = [hj212, sl651, gbt26875];

/** All whose frames are read: what was kept of one is read again whether or not its listener is on. */
export const FRAME_PROTOCOLS: readonly FrameProtocol[] = [...LINE_PROTOCOLS, modbusFrames];

/** Whether devices may speak a protocol over UDP as well, with the same port. */
export function hasDatagrams(name: LineName): boolean {
  return LINE_PROTOCOLS.some((protocol) => protocol.name === name && protocol.hasDatagrams === true);
}

export interface LineSources {
  /** Those that are in use. */
  sources(): readonly Source[];
  /** Tells a device something over the protocol that it speaks. */
  tell(device: string, command: DeviceCommand, on: (news: CommandNews) => void): NotTold | undefined;
  /** What a device can be told now; undefined where it has no connection over a protocol with commands. */
  commandable(device: string): Commandable | undefined;
  state(): readonly SourceState[];
  /** Opens the listeners of the configuration, and gives their addresses. */
  listen(): Promise<Partial<Record<LineName, string>>>;
  /**
   * Listens there from now on, or nowhere, while the server runs. A port that cannot be had is tried again; `state` says
   * what is wrong until then.
   */
  use(name: LineName, at: Address | undefined): Promise<void>;
  close(): Promise<void>;
}

type LineSourcesOptions = Omit<LineSourceOptions, 'protocol'> & Pick<ModbusOptions, 'devicesVersion'>;

interface Listener {
  readonly source: LineSource;
  readonly at: Address;
  readonly messages: Tally;
  isListening: boolean;
  /** That its port could not be had. */
  trouble: Trouble | null;
  cancelRetry: () => void;
}

/** A port that could not be had is tried again after this. */
const RETRY_MS = 10_000;

/** The sources of line protocols: those of the configuration are there at once, others come and go. */
export function createLineSources(config: Pick<Config, LineName>, options: LineSourcesOptions): LineSources {
  const { clock, log } = options;
  const listeners = new Map<LineName, Listener>();
  for (const name of LINE_NAMES) {
    const at = config[name];
    if (at !== undefined) add(name, at);
  }

  function add(name: LineName, at: Address): Listener {
    const protocol = LINE_PROTOCOLS.find((one) => one.name === name);
    const messages = createTally(clock);
    const ofOne: typeof options = {
      ...options,
      ingest(message, done) {
        messages.note();
        options.ingest(message, done);
      },
    };
    const source = protocol === undefined ? createModbusSource(ofOne) : createLineSource({ ...ofOne, protocol });
    const listener = { source, at, messages, isListening: false, trouble: null, cancelRetry: () => {} };
    listeners.set(name, listener);
    return listener;
  }

  async function remove(name: LineName): Promise<void> {
    const listener = listeners.get(name);
    listeners.delete(name);
    listener?.cancelRetry();
    await listener?.source.close();
  }

  async function open(listener: Listener): Promise<number> {
    const port = await listener.source.listen(listener.at);
    listener.isListening = true;
    return port;
  }

  async function begin(name: LineName, at: Address): Promise<void> {
    const listener = add(name, at);
    try {
      await open(listener);
      // Whoever has taken it out meanwhile does not want it back.
      if (listeners.get(name) !== listener) return await listener.source.close();
      log.info({ protocol: name, ...at }, 'listening');
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      log.warn({ protocol: name, ...at, reason: words }, 'cannot listen; it is tried again');
      listener.trouble = { words, atMs: clock.nowMs() };
      await listener.source.close();
      if (listeners.get(name) !== listener) return;
      listener.cancelRetry = clock.after(RETRY_MS, () => void begin(name, at));
    }
  }

  return {
    sources: () => [...listeners.values()].map(({ source }) => source),
    tell(device, command, on) {
      for (const { source } of listeners.values()) {
        if (source.commands === undefined) continue;
        const not = source.commands.tell(device, command, on);
        if (not !== 'not-connected') return not;
      }
      return 'not-connected';
    },
    commandable(device) {
      for (const { source } of listeners.values()) {
        const found = source.commands?.commandable(device);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    state: () =>
      [...listeners].map(([name, { source, messages, isListening, trouble }]) => ({
        kind: 'listener',
        name,
        isUp: isListening,
        connections: source.size(),
        connectedAtMs: null,
        messages: messages.count(),
        lastMessageAtMs: messages.lastAtMs(),
        unread: 0,
        trouble: trouble ?? source.trouble(),
      })),
    async listen() {
      const addresses: Partial<Record<LineName, string>> = {};
      for (const [name, listener] of listeners) {
        const { at } = listener;
        const port = await listening(name, at, () => open(listener));
        addresses[name] = `tcp://${hostForUrl(at.host)}:${port}`;
      }
      return addresses;
    },
    async use(name, at) {
      const present = listeners.get(name);
      if (isDeepStrictEqual(present?.at, at)) return;
      if (present !== undefined) await remove(name);
      if (at !== undefined) await begin(name, at);
    },
    async close() {
      await Promise.all([...listeners.keys()].map(remove));
    },
  };
}

/**
 * Whether a frame may speak for a device: a device with a secret has to give it, as over MQTT; one without has none that it
 * could give.
 */
export function maySpeak(
  registry: {
    device(id: string): { readonly hasSecret: boolean } | undefined;
    verifySecret(id: string, secret: Uint8Array): boolean;
  },
  auth: Config['auth'],
  device: string,
  secret: string | undefined,
): boolean {
  if (auth === 'none' || registry.device(device)?.hasSecret !== true) return true;
  return secret !== undefined && registry.verifySecret(device, Buffer.from(secret));
}
