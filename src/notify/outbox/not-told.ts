import type { NotTold } from '../../model/notify/delivery.ts';
import { unheardAlerts } from '../decide/unheard.ts';
import type { Desk } from './desk.ts';

/** The rule of the alert that says that an announced alert has nobody to be told to. */
const NOBODY = { condition: 'alert-not-told', level: 'orange' } as const;

/** Says that some alert reaches nobody, and that this is over: somebody was told of each, or has seen to it, or it has cleared. */
export function createNotTold(desk: Desk) {
  let isRaised = false;

  return {
    say({ alert, why, route }: NotTold): void {
      const shown = desk.store.alert(alert)?.alert;
      // That nobody is told of an alert about telling leads nowhere.
      if (shown === undefined || shown.kind === 'system') return;
      const detail = `${shown.point} ${shown.rule}: ${why}${route === null ? '' : ` (${route})`}`;
      isRaised = true;
      desk.afterwards.push(() => desk.onSystem({ ...NOBODY, active: true, detail }));
    },

    /** Looks whether it is over. To be called when what a transaction decides is decided. */
    review(): void {
      if (!isRaised || unheardAlerts(desk.memory.state).some(isOfSite)) return;
      isRaised = false;
      desk.afterwards.push(() => desk.onSystem({ ...NOBODY, active: false, detail: 'no alert is left untold' }));
    },

    /** What stands from before the start. */
    stands(standing: readonly string[]): void {
      isRaised = standing.includes(NOBODY.condition);
    },
  };

  function isOfSite(alert: string): boolean {
    return desk.store.alert(alert)?.alert.kind !== 'system';
  }
}
