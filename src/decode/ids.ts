/** The longest id that a device can have. */
const ID_LENGTH_MAX = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what no id may hold.
const NOT_OF_IDS = /[/+#?%\s\u0000-\u001f\u007f-\u009f]+/g;

/**
 * The ids that a device may be registered by whose message names it so: as it is, with `-` for what no id may hold, and in
 * lower or upper case, for a number in hex is written either way. In this order, each once.
 */
export function idsOf(names: readonly string[]): string[] {
  const ids = new Set<string>();
  for (const name of names) ids.add(name.trim().slice(0, ID_LENGTH_MAX).replace(NOT_OF_IDS, '-'));
  for (const id of [...ids]) ids.add(id.toLowerCase()).add(id.toUpperCase());
  ids.delete('');
  return [...ids];
}
