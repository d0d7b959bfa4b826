import type { Alert } from '../../model/alert.ts';

export interface WallPageOfAlerts {
  readonly rows: readonly Alert[];
  /** From 0. */
  readonly page: number;
  readonly pages: number;
}

/** The part of the wall that is left to other levels while there is more red than fits. */
const REST_SHARE = 1 / 3;

/**
 * What fits on the wall at a turn. Red stays on every page; the rest takes turns in the room that is left, at least one
 * row of it. When there is more red than fits, red takes turns too, in most of the rows of every page, so that no page is
 * without it and nothing is left out for good.
 */
export function pageOf(alerts: readonly Alert[], fit: number, turn: number): WallPageOfAlerts {
  if (alerts.length <= fit) return { rows: alerts, page: 0, pages: 1 };
  if (fit === 1) {
    const page = turn % alerts.length;
    return { rows: alerts.slice(page, page + 1), page, pages: alerts.length };
  }
  const red = alerts.filter(({ level }) => level === 'red');
  const rest = alerts.filter(({ level }) => level !== 'red');
  const restLeast = rest.length === 0 ? 0 : Math.max(1, Math.floor(fit * REST_SHARE));
  const redRows = Math.min(red.length, red.length < fit ? fit : Math.max(1, fit - restLeast));
  const inTurns = [
    { of: red, rows: redRows },
    { of: rest, rows: fit - redRows },
  ].map(({ of, rows }) => ({ of, rows, pages: rows === 0 ? 1 : Math.max(1, Math.ceil(of.length / rows)) }));
  const pages = Math.max(...inTurns.map((part) => part.pages));
  const page = turn % pages;
  const rows = inTurns.flatMap((part) => {
    const from = (page % part.pages) * part.rows;
    return part.of.slice(from, from + part.rows);
  });
  return { rows, page, pages };
}
