/**
 * Where words stand beside lines that may lie close together: as near to the lines as there is room, `gapPx` apart, in the
 * order of the lines, between `topPx` and `bottomPx`. What does not fit even so is as tight as it gets.
 */
export function labelPlaces(
  linesPx: readonly number[],
  { gapPx, topPx, bottomPx }: { readonly gapPx: number; readonly topPx: number; readonly bottomPx: number },
): number[] {
  const order = linesPx.map((_, index) => index).sort((a, b) => (linesPx[a] ?? 0) - (linesPx[b] ?? 0));
  const places = [...linesPx];
  // Down from the top, then what went over the bottom back up.
  let least = topPx;
  for (const index of order) {
    places[index] = Math.max(places[index] ?? 0, least);
    least = (places[index] ?? 0) + gapPx;
  }
  let most = bottomPx;
  for (const index of order.reverse()) {
    places[index] = Math.min(places[index] ?? 0, most);
    most = (places[index] ?? 0) - gapPx;
  }
  return places;
}
