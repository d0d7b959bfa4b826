/** An area and those it lies in, nearest first. One that is not there stands alone. */
export function areasAbove(
  areas: Iterable<{ readonly id: string; readonly parent: string | null }>,
  id: string,
): readonly string[] {
  const parents = new Map([...areas].map((area) => [area.id, area.parent]));
  const found: string[] = [];
  for (let at: string | null | undefined = id; at != null && !found.includes(at); at = parents.get(at)) found.push(at);
  return found;
}
