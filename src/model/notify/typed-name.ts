const TYPED_BY = 'link';

/** Who did something, in the log: whoever answers by the link of a group has typed a name, which nothing proves. */
export const doerOf = (via: string, name: string): string => `${via}:${name}`;

/** The name that was typed behind a link; null where it is known who it was. */
export function typedName(by: string): string | null {
  const lead = doerOf(TYPED_BY, '');
  return by.startsWith(lead) ? by.slice(lead.length) : null;
}
