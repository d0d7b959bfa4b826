import type { DeviceCommands } from '../../api/deps.ts';
import type { Log } from '../../lib/log.ts';
import type { CommandNews } from '../../model/device-command.ts';
import type { DeviceCommandLog } from '../../registry/device-commands.ts';
import type { LineSources } from './line-sources.ts';

export interface DeviceCommandsOptions {
  readonly log: Log;
  readonly registry: DeviceCommandLog;
  readonly lines: Pick<LineSources, 'tell' | 'commandable'>;
  readonly stampMs: () => number;
}

/** Begins with what was under way when the server stopped: nobody can say any more what came of it. */
export function createDeviceCommands({ log, registry, lines, stampMs }: DeviceCommandsOptions): DeviceCommands {
  registry.endInterrupted(stampMs());

  return {
    give(device, command, author) {
      let number: number | undefined;
      const on = (news: CommandNews) => {
        if (number === undefined) return;
        const isEnd = !(news.kind === 'confirmed' && command.kind === 'guard-check');
        const answers = news.kind === 'answered' ? news.answers : [];
        const told = { device, command: command.kind, number, became: news.kind };
        try {
          registry.noteCommand(number, { state: news.kind, isEnd, answers }, stampMs());
          log.info(told, 'device command');
        } catch (error) {
          // It stays under way in the list, and the log has it: nobody waits here for an answer to a full disk.
          log.error({ ...told, err: error }, 'what has come of a device command could not be kept');
        }
      };
      const given = registry.addCommand({ device, command, author, atMs: stampMs() }, () =>
        lines.tell(device, command, on),
      );
      if (typeof given === 'string') return { ok: false, error: given };
      number = given.number;
      return { ok: true, record: given };
    },
    of: lines.commandable,
    list: registry.commands,
  };
}
