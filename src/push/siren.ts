import type { Alert, AlertEvent } from '../model/alert.ts';
import { isAnnounced } from '../model/announced.ts';
import { isOfResponse } from '../model/response.ts';
import type { Channel } from './channel.ts';

/**
 * Keeps the retained messages `alerts/{area}/{point}/{rule}` that sirens and signs on the same network listen to: there
 * while the alert sounds, emptied when it has cleared, was closed or is shelved. The broker forgets them with the server,
 * so each start says anew what is open. `publish` resolves when a message is retained.
 */
export function createSirens(publish: (topic: string, payload: string) => Promise<void>): Channel {
  async function show(alert: Alert): Promise<void> {
    const sounds = alert.state === 'active' && isAnnounced(alert);
    await publish(`alerts/${alert.area}/${alert.point}/${alert.rule}`, sounds ? JSON.stringify(alert) : '');
  }

  /**
   * An alert that is over shares its topic with the one that took its place, or that was raised since: what is written about
   * it, or done in its response, must not silence that one.
   */
  const isShown = ({ event, alert }: AlertEvent) =>
    event !== 'retrospective' && !(alert.state === 'closed' && (event === 'note' || isOfResponse(event)));

  return {
    name: 'sirens',
    async begin(open) {
      for (const alert of open) if (alert.state === 'active') await show(alert);
    },
    async deliver(events) {
      for (const entry of events) if (isShown(entry)) await show(entry.alert);
    },
  };
}
