/** Bytes as people compare them with what a protocol's standard shows: pairs of hex digits. */
export function hexOf(base64: string): string {
  return Array.from(atob(base64), (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
}
