import type { Rota } from '../../../model/notify/rota.ts';

type Swap = Rota['swaps'][number];
export type Slot = 'primary' | 'backup';

/** Who is in one shift. */
export interface Pair {
  readonly primary?: string | undefined;
  readonly backup?: string | undefined;
}

export const isSwapOf =
  (date: string, shift: string) =>
  (swap: Swap): boolean =>
    swap.date === date && swap.shift === shift;

/** A rota with one shift taken by others than its order says; what is as the order says is not written down. */
export function withSwap(
  rota: Rota,
  { date, shift }: { readonly date: string; readonly shift: string },
  ordered: Pair,
  wanted: Pair & { readonly by: string; readonly reason?: string | undefined },
): Rota {
  const others = rota.swaps.filter((swap) => !isSwapOf(date, shift)(swap));
  const taken = (slot: Slot) =>
    wanted[slot] === undefined || wanted[slot] === ordered[slot] ? {} : { [slot]: wanted[slot] };
  const pair = { ...taken('primary'), ...taken('backup') };
  if (Object.keys(pair).length === 0) return { ...rota, swaps: others };
  const { by, reason } = wanted;
  const said = reason === undefined || reason === '' ? {} : { reason };
  return { ...rota, swaps: [...others, { date, shift, ...pair, by, ...said }] };
}
