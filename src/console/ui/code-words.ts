import type { TFunction } from 'i18next';

/** Where words for codes of the server stand. */
type Group =
  | 'alert.author'
  | 'commands.dialects'
  | 'commands.state'
  | 'commands.value'
  | 'commands.what'
  | 'editor.key'
  | 'map.letter'
  | 'quarantine'
  | 'reason'
  | 'respond.why'
  | 'system.check'
  | 'system.condition'
  | 'system.figure'
  | 'verdict';

export interface CodeWordsOptions {
  /** What is shown of a code without words; the code itself when it is left out. */
  readonly otherwise?: string;
  readonly count?: number;
}

/** The words for a code of the server, which may be of a later version than this page and have none here. */
export function codeWords(t: TFunction, group: Group, code: string, options: CodeWordsOptions = {}): string {
  const { otherwise = code, count } = options;
  return t(`${group}.${code}` as 'quarantine.empty', {
    defaultValue: otherwise,
    ...(count === undefined ? {} : { count }),
  });
}
