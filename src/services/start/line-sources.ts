import { type Config, LINE_NAMES, type LineName } from '../../config.ts';
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
import type { SourceState } from '../../model/source-state.ts';
import { hostForUrl, listening } from './listen.ts';

/** Protocols whose devices speak by themselves; in Modbus they are asked. */
export const LINE_PROTOCOLS: readonly LineProtocol[] = [hj212, sl651, gbt26875];

/** All whose frames are read: what was kept of one is read again whether or not its listener is on. */
export const FRAME_PROTOCOLS: readonly FrameProtocol[] = [...LINE_PROTOCOLS, modbusFrames];

export interface LineSources {
  readonly sources: readonly Source[];
  /** Tells a device something over the protocol that it speaks. */
  tell(device: string, command: DeviceCommand, on: (news: CommandNews) => void): NotTold | undefined;
  /** What a device can be told now; undefined where it has no connection over a protocol with commands. */
  commandable(device: string): Commandable | undefined;
  state(): readonly SourceState[];
  /** Opens the listeners that are switched on, and gives their addresses. */
  listen(): Promise<Partial<Record<LineName, string>>>;
  close(): Promise<void>;
}

type LineSourcesOptions = Omit<LineSourceOptions, 'protocol'> & Pick<ModbusOptions, 'devicesVersion'>;

/** The sources of line protocols that are switched on. */
export function createLineSources(config: Config, options: LineSourcesOptions): LineSources {
  const sources = new Map<LineName, LineSource>();
  const tallies = new Map<LineName, Tally>();
  for (const name of LINE_NAMES) {
    if (config[name] === undefined) continue;
    const protocol = LINE_PROTOCOLS.find((one) => one.name === name);
    const messages = createTally(options.clock);
    const ofOne: typeof options = {
      ...options,
      ingest(message, done) {
        messages.note();
        options.ingest(message, done);
      },
    };
    tallies.set(name, messages);
    sources.set(name, protocol === undefined ? createModbusSource(ofOne) : createLineSource({ ...ofOne, protocol }));
  }
  return {
    sources: [...sources.values()],
    tell(device, command, on) {
      for (const { commands } of sources.values()) {
        if (commands === undefined) continue;
        const not = commands.tell(device, command, on);
        if (not !== 'not-connected') return not;
      }
      return 'not-connected';
    },
    commandable(device) {
      for (const { commands } of sources.values()) {
        const found = commands?.commandable(device);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    state: () =>
      [...sources].map(([name, source]) => ({
        kind: 'listener',
        name,
        connections: source.size(),
        connectedAtMs: null,
        messages: tallies.get(name)?.count() ?? 0,
        lastMessageAtMs: tallies.get(name)?.lastAtMs() ?? null,
        unread: 0,
        trouble: source.trouble(),
      })),
    async listen() {
      const addresses: Partial<Record<LineName, string>> = {};
      for (const [name, source] of sources) {
        const at = config[name];
        if (at === undefined) continue;
        const port = await listening(name, at, () => source.listen(at));
        addresses[name] = `tcp://${hostForUrl(at.host)}:${port}`;
      }
      return addresses;
    },
    async close() {
      await Promise.all([...sources.values()].map((source) => source.close()));
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
