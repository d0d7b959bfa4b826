import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { afterTest } from '../support/after-test.ts';
import { createChance } from '../support/chance.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/**
 * NOTIFY.md's acceptance test 2: SIGKILL at any instant between an event and its answer. Every alert is accepted once, at
 * most twice under the same id, and never not at all.
 */

const ROUNDS = rounds(10, 200);
const ALERTS = 30;

interface Taken {
  readonly id: string;
  readonly alerts: readonly string[];
}

/** A webhook of others that hears of each request before it is answered. */
async function startHook() {
  const taken: Taken[] = [];
  let onRequest: (answer: () => void) => void = (answer) => answer();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      const { data } = JSON.parse(text) as { data: { alerts: { alert: string }[] } };
      const one = { id: String(request.headers['webhook-id']), alerts: data.alerts.map(({ alert }) => alert) };
      onRequest(() => answer(response, one));
    });
  });
  function answer(response: ServerResponse, one: Taken): void {
    // It has it from here on, whether or not the other side lives to hear so.
    taken.push(one);
    response.writeHead(200).end('ok');
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => void server.close());
  afterTest(() => server.closeAllConnections());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    taken,
    when(then: typeof onRequest) {
      onRequest = then;
    },
  };
}

function startChild(path: string, url: string): { child: ChildProcess; said: () => string; ended: Promise<unknown> } {
  const child = spawn(process.execPath, ['tests/support/notify-child.ts', path, url, String(ALERTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  afterTest(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout?.on('data', (piece) => {
    said += piece;
  });
  return { child, said: () => said, ended };
}

test(`a process killed at any instant (${ROUNDS} seeds): each alert accepted once, or twice under the same id`, async () => {
  let repeated = 0;
  let cutOff = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const chance = createChance(seed);
    const hook = await startHook();
    const path = join(temporaryFolder(), 'notify.db');
    const first = startChild(path, hook.url);
    const kill = () => first.child.kill('SIGKILL');
    const nth = 1 + Math.floor(chance() * 6);
    let requests = 0;
    const way = seed % 3;
    hook.when((answer) => {
      requests++;
      if (way === 0 && requests === nth) {
        // Between the request and its answer.
        kill();
        return;
      }
      answer();
      // When it was answered and the other side may not have written so.
      if (way === 1 && requests === nth) kill();
    });
    await until('it to begin', () => first.said().includes('begun'));
    if (way === 2) {
      await delay(chance() * 60);
      kill();
    }
    await until('its end, or its work to be done', async () => {
      return first.child.exitCode !== null || first.child.signalCode !== null || first.said().includes('idle');
    });
    kill();
    await first.ended;
    if (!first.said().includes('idle')) cutOff++;

    hook.when((answer) => answer());
    const second = startChild(path, hook.url);
    await until('all to be told', () => second.said().includes('idle'));
    second.child.kill('SIGKILL');
    await second.ended;

    for (let n = 1; n <= ALERTS; n++) {
      const of = hook.taken.filter(({ alerts }) => alerts.includes(`a-${n}`));
      const ids = new Set(of.map(({ id }) => id));
      expect([seed, n, ids.size], 'told under one id').toEqual([seed, n, 1]);
      expect(of.length, `seed ${seed}, alert ${n}`).toBeLessThanOrEqual(2);
      if (of.length === 2) repeated++;
    }
  }
  // What it is about did happen.
  expect(cutOff).toBeGreaterThan(0);
  if (ROUNDS > 100) expect(repeated).toBeGreaterThan(0);
});
