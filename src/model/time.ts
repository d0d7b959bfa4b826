/** Milliseconds since 1970 of a time as people write it; undefined when it is neither ms nor ISO 8601 with a zone. */
export function parseTimeMs(text: string): number | undefined {
  if (/^-?\d{1,16}(\.\d+)?$/.test(text)) return Number(text);
  // A plus sign that was not escaped in a query arrives as a blank.
  const iso = text.replace(/ (\d\d:?\d\d)$/, '+$1');
  const hasZone = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/i.test(iso);
  const ms = hasZone ? Date.parse(iso) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
}
