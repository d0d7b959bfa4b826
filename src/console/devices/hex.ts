/** Bytes as people compare them with what a protocol's standard shows: pairs of hex digits. */
export function hexOf(base64: string): string {
  return Array.from(atob(base64), (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
}

/** A payload as it is shown: text as it is, and JSON too where something does not belong to it; anything else in hex. */
export function shownText({ payload, payloadBase64 }: { payload: string; payloadBase64: string | null }): string {
  return payloadBase64 === null || /^\s*[{[]/.test(payload) ? payload : hexOf(payloadBase64);
}
