import type { Name, NameText } from './names.ts';
import { resolveName } from './resolve-name.ts';

/** Standard, edition and clause of a source on one line; empty where it names none. */
export function sourceLine(source: {
  readonly standard?: NameText | undefined;
  readonly edition?: string | undefined;
  readonly clause?: NameText | undefined;
}): Name {
  const parts = [source.standard, source.edition, source.clause].map((part) => resolveName(part, ''));
  const joined = (language: keyof Name) =>
    parts
      .map((part) => part[language])
      .filter((text) => text !== '')
      .join(' ');
  return { zh: joined('zh'), en: joined('en') };
}
