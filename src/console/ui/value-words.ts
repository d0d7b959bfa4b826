import type { NameText } from '../../model/names.ts';
import { ownOf } from '../../model/own.ts';
import type { Value } from '../../model/reading.ts';

/** What people are shown of a value: a text by the name that its metric has for it, anything else as it is. */
export function inWords<V extends Value | undefined>(
  value: V,
  metric: { readonly valueNames?: Readonly<Record<string, NameText>> | undefined } | undefined,
  nameText: (name: NameText) => string,
): V | string {
  const name = typeof value === 'string' ? ownOf(metric?.valueNames ?? {}, value) : undefined;
  return name === undefined ? value : nameText(name);
}
