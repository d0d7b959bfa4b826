import { expect, test } from 'vitest';
import type { AlertEvent } from '../../src/model/alert.ts';
import type { Control, JournalEntry } from '../../src/model/entry.ts';
import { createDigests } from '../../src/services/start/cluster-digests.ts';

/** Servers that hear everything any of them sends, in one order, as by the log. */
function cell(nodes: Readonly<Record<string, { readonly digest: number; readonly event?: string }>>) {
  const log: Control[] = [];
  const stopped: string[] = [];
  const servers = Object.entries(nodes).map(([node, { digest, event = 'raised' }]) => {
    const events = Array.from({ length: 300 }, (_, i) => ({ seq: i + 1, event }) as AlertEvent);
    return createDigests({
      node,
      digests: () => new Map([[1_024, digest]]),
      events: (after, limit) => events.slice(after, after + limit),
      headSeq: () => events.length,
      send: (control) => log.push(control),
      onMinority: (detail) => stopped.push(`${node}: ${detail}`),
    });
  });
  const batch = (controls: readonly Control[]) => {
    const entries = controls.map((control): JournalEntry => ({ kind: 'control', receivedAtMs: 1, control }));
    return { first: 1, count: entries.length, data: new Uint8Array(), entries, own: null };
  };
  for (let at = 0, isFirst = true; isFirst || at < log.length; isFirst = false) {
    const news = log.slice(at);
    at = log.length;
    for (const server of servers) server.take(batch(news));
  }
  const alerts = log.flatMap((control) => (control.type === 'system' ? control.detail : []));
  return { told: log.filter(({ type }) => type === 'digest').length, alerts: new Set(alerts), stopped };
}

test('servers whose copies are equal tell so once, and nothing comes of it', () => {
  const equal = { digest: 7 };
  expect(cell({ a: equal, b: equal, c: equal })).toEqual({ told: 3, alerts: new Set(), stopped: [] });
});

test('a copy of the log that differs is a red alert, and who is alone with it stops', () => {
  const { alerts, stopped } = cell({ a: { digest: 7 }, b: { digest: 8 }, c: { digest: 7 } });
  expect(alerts).toEqual(
    new Set(['b and a', 'b and c', 'a and b', 'c and b'].map((pair) => `${pair} differ at message 1024`)),
  );
  expect(stopped).toEqual(['b: b and c differ at message 1024, and the others agree']);
});

test('so is an alert log that differs', () => {
  const { alerts, stopped } = cell({ a: { digest: 7 }, b: { digest: 7 }, c: { digest: 7, event: 'cleared' } });
  expect(alerts).toContain('c and a differ at entry 256 of the alert log');
  expect(stopped).toEqual(['c: c and b differ at entry 256 of the alert log, and the others agree']);
});

test('of two that differ nobody knows who is right, and both go on', () => {
  const { alerts, stopped } = cell({ a: { digest: 7 }, b: { digest: 8 } });
  expect([alerts.size, stopped]).toEqual([2, []]);
});
