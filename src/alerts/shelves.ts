import type { Alert } from '../model/alert.ts';
import { type Level, rankOf } from '../model/level.ts';
import type { Agenda } from './agenda.ts';
import { ruleKey } from './book.ts';
import type { Memory } from './memory.ts';

/** A rule of a point. */
export type PointRule = Pick<Alert, 'point' | 'rule'>;

/** Rules that operators put aside: their alerts, also those to come, unless they are more severe. */
export interface Shelves {
  put(rule: PointRule, shelf: Shelf): void;
  /** Takes it back; nothing when it is on no shelf. */
  remove(rule: PointRule): void;
  /** The shelf that an alert lies on as it is raised; one that is too severe for it takes its rule back. */
  shelfOf(alert: Alert): Shelf | undefined;
}

export interface Shelf {
  readonly untilMs: number;
  readonly level: Level;
}

/** As it is stored: the key is a point and a rule, with a line break between. */
type Stored = readonly (readonly [key: string, shelf: Shelf])[];

export function createShelves(agenda: Agenda, memory: Memory): Shelves {
  const shelves = new Map(memory.recall<Stored>('shelves', []));
  for (const [key, { untilMs }] of shelves) {
    const [point = '', rule = ''] = key.split('\n');
    agenda.set({ kind: 'shelf', point, rule }, untilMs);
  }

  function changed({ point, rule }: PointRule, untilMs: number | undefined): void {
    const stored: Stored = [...shelves].sort(([a], [b]) => (a < b ? -1 : 1));
    memory.remember('shelves', stored);
    agenda.set({ kind: 'shelf', point, rule }, untilMs);
  }

  function remove(rule: PointRule): void {
    if (shelves.delete(ruleKey(rule.point, rule.rule))) changed(rule, undefined);
  }

  return {
    put(rule, shelf) {
      shelves.set(ruleKey(rule.point, rule.rule), shelf);
      changed(rule, shelf.untilMs);
    },
    remove,
    shelfOf(alert) {
      const shelf = shelves.get(ruleKey(alert.point, alert.rule));
      if (shelf === undefined || rankOf(alert.level) <= rankOf(shelf.level)) return shelf;
      remove(alert);
      return undefined;
    },
  };
}
