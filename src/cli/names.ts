import type { Command } from 'commander';
import type { NameText } from '../model/names.ts';

/** How a command is told names. */
export interface NameOptions {
  readonly nameZh?: string;
  readonly nameEn?: string;
}

export function addNameOptions(command: Command): Command {
  return command.option('--name-zh <name>', 'its Chinese name').option('--name-en <name>', 'its English name');
}

/** A name as it was, with what is given in the place of it; undefined where there is none. */
export function namedBy({ nameZh, nameEn }: NameOptions, before: NameText | undefined): NameText | undefined {
  const former = typeof before === 'string' ? { zh: before, en: before } : before;
  const zh = nameZh ?? former?.zh;
  const en = nameEn ?? former?.en;
  if (zh === undefined && en === undefined) return undefined;
  return { ...(zh === undefined ? {} : { zh }), ...(en === undefined ? {} : { en }) };
}
