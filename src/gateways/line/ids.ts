/** The longest id that a device can have. */
const ID_LENGTH_MAX = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what no id may hold.
const NOT_OF_IDS = /[/+#?%\s\u0000-\u001f\u007f-\u009f]+/g;

/** An address as a protocol writes it, as a level of a topic and part of an id: what neither may hold is `-`. */
export function addressOf(text: string): string {
  return text.trim().slice(0, ID_LENGTH_MAX).replace(NOT_OF_IDS, '-');
}

/**
 * The ids that the device of an address may be registered by: with the protocol before it, or bare; letters as they came, or
 * all small or all large. None for an address that says nothing.
 */
export function idsOfAddress(protocol: string, address: string): string[] {
  const plain = addressOf(address);
  if (plain === '') return [];
  const ways = [plain, plain.toLowerCase(), plain.toUpperCase()];
  return [...new Set([...ways.map((way) => `${protocol}-${way}`), ...ways])];
}
