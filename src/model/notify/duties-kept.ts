import { dutiesBetween } from './duty.ts';
import type { Duty } from './rota.ts';
import type { NotifySetup } from './setup.ts';

/** A piece of a shift, with from when to when the shift itself is. */
type Piece = Duty & { readonly whole: readonly [number, number] };

/** A setup that came into force at a time. */
export interface SetupSince {
  readonly atMs: number;
  readonly setup: Pick<NotifySetup, 'rotas' | 'calendar'>;
}

/**
 * Who was on duty between two times by the setups that were in force then, and who will be by the newest: a swap made later changes
 * nothing of what was. A shift in the midst of which others took over is two entries. `newestFirst`: as many as reach back to
 * `fromMs`; what is before the oldest of them is told by it.
 */
export function dutiesBySetups(newestFirst: Iterable<SetupSince>, fromMs: number, toMs: number): Duty[] {
  const found: Piece[] = [];
  let untilMs = toMs;
  let oldest: SetupSince | undefined;
  for (const one of newestFirst) {
    oldest = one;
    if (one.atMs < untilMs) {
      found.push(...cut(one, Math.max(fromMs, one.atMs), untilMs));
      untilMs = one.atMs;
    }
    if (untilMs <= fromMs) break;
  }
  if (oldest !== undefined && untilMs > fromMs) found.push(...cut(oldest, fromMs, untilMs));
  return joined(found, fromMs, toMs);
}

function cut({ setup: { rotas, calendar } }: SetupSince, fromMs: number, toMs: number): Piece[] {
  return rotas.flatMap((rota) =>
    dutiesBetween(rota, calendar, fromMs, toMs).map((duty) => ({
      ...duty,
      // Whole at the ends of what is asked for, cut where another setup came into force; put right in `joined`.
      fromMs: Math.max(duty.fromMs, fromMs),
      toMs: Math.min(duty.toMs, toMs),
      whole: [duty.fromMs, duty.toMs],
    })),
  );
}

/** Joins what one shift was cut into without anybody taking over, and gives what reaches beyond the period its own ends. */
function joined(pieces: readonly Piece[], fromMs: number, toMs: number): Duty[] {
  const result: Duty[] = [];
  const last = new Map<string, number>();
  for (const { whole, ...piece } of [...pieces].sort((a, b) => a.fromMs - b.fromMs)) {
    const [wholeFromMs, wholeToMs] = whole;
    const duty: Duty = {
      ...piece,
      fromMs: piece.fromMs === fromMs ? wholeFromMs : piece.fromMs,
      toMs: piece.toMs === toMs ? wholeToMs : piece.toMs,
    };
    const key = JSON.stringify([duty.rota, duty.shift, duty.date, duty.primary, duty.backup]);
    const at = last.get(key);
    const before = at === undefined ? undefined : result[at];
    if (at !== undefined && before?.toMs === duty.fromMs) result[at] = { ...before, toMs: duty.toMs };
    else last.set(key, result.push(duty) - 1);
  }
  return result;
}
