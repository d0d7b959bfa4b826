import type { Alert } from '../../model/alert.ts';

export interface WallPageOfAlerts {
  readonly rows: readonly Alert[];
  /** From 0. */
  readonly page: number;
  readonly pages: number;
}

/**
 * What fits on the wall at a turn. Red stays on every page; the rest takes turns in the room that is left, at least one
 * row of it. When red alone is more than fits, red takes turns too, for then nothing may be left out for good.
 */
export function pageOf(alerts: readonly Alert[], fit: number, turn: number): WallPageOfAlerts {
  if (alerts.length <= fit) return { rows: alerts, page: 0, pages: 1 };
  const red = alerts.filter(({ level }) => level === 'red');
  const pinned = red.length < fit ? red : [];
  const rest = pinned.length === 0 ? alerts : alerts.filter(({ level }) => level !== 'red');
  const room = fit - pinned.length;
  const pages = Math.ceil(rest.length / room);
  const page = turn % pages;
  return { rows: [...pinned, ...rest.slice(page * room, (page + 1) * room)], page, pages };
}
