import { expect, test } from 'vitest';
import { createSirens } from '../../src/push/siren.ts';
import { alertOf, eventOf } from '../support/console-alerts.ts';

test('what is done about an alert that is over does not silence the one that rose since at the same rule', async () => {
  const retained = new Map<string, string>();
  const sirens = createSirens(async (topic, payload) => void retained.set(topic, payload));
  const former = alertOf('former', { state: 'closed' });
  await sirens.deliver([
    eventOf(1, 'raised', alertOf('anew')),
    eventOf(2, 'arrived', former),
    eventOf(3, 'feedback', former),
    eventOf(4, 'closed', former),
    eventOf(5, 'note', former),
  ]);
  const [payload = ''] = retained.values();
  expect([retained.size, JSON.parse(payload).id]).toEqual([1, 'anew']);
});
