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
        registry.noteCommand(number, { state: news.kind, isEnd, answers }, stampMs());
        log.info({ device, command: command.kind, number, became: news.kind }, 'device command');
      };
      const not = lines.tell(device, command, on);
      if (not !== undefined) return { ok: false, error: not };
      const record = registry.addCommand({ device, command, author, atMs: stampMs() });
      number = record.number;
      return { ok: true, record };
    },
    of: lines.commandable,
    list: registry.commands,
  };
}
