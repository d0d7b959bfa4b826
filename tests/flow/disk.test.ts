import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** A small disk of its own, which takes the right to mount one; elsewhere this test has nothing to stand on. */
function mountDisk(megabytes: number): string | undefined {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (status !== 0) return undefined;
  mounted.push(folder);
  return folder;
}

const mounted: string[] = [];
const canMount = process.getuid?.() === 0 && mountProbe();

function mountProbe(): boolean {
  const folder = mountDisk(1);
  if (folder !== undefined) spawnSync('umount', [mounted.pop() ?? '']);
  return folder !== undefined;
}

afterEach(() => {
  for (const folder of mounted.splice(0)) spawnSync('umount', ['-l', folder]);
});

function fill(folder: string): string {
  const file = join(folder, 'filler');
  const handle = openSync(file, 'w');
  for (const size of [1 << 20, 1 << 12]) {
    const block = Buffer.alloc(size, 1);
    try {
      for (;;) writeSync(handle, block);
    } catch {
      // The disk is full, which is what was wanted.
    }
  }
  closeSync(handle);
  return file;
}

test.runIf(canMount)(
  'a full disk: acknowledgements stop, health and an alert say so, and all goes on when there is room',
  async () => {
    const data = mountDisk(96) ?? '';
    const brink = await startBrink(plainSite(1, { high: { metric: 'v', levels: { red: { above: 40 } } } }), { data });
    const live = await brink.live();
    const device = await brink.device('dev-1');
    await publish(device, { ts: Date.now() - 1_000, values: { v: 1 } });
    const filler = fill(data);
    let isAcknowledged = false;
    const attempt = publish(device, { ts: Date.now(), values: { v: 50 } }).then(() => {
      isAcknowledged = true;
    });
    const told = await until('the alert', () => live.events().find((event) => event.event === 'raised'));
    expect(told.alert).toMatchObject({ rule: 'journal-failing', level: 'red', kind: 'system', state: 'active' });
    const health = await brink.call('GET', '/health');
    expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([503, 'failing']);
    const command = await runBrinkCli(['health', '--data', data]);
    expect([command.status, command.stderr]).toEqual([1, '']);
    expect(command.stdout).toMatch(
      /^failing\ncheck\n(.*\n)*journal +failing +database or disk is full;.*\n(.*\n)*disk +degraded +freeBytes \d+/,
    );
    expect(isAcknowledged).toBe(false);

    rmSync(filler);
    await attempt;
    await until('the breach', () =>
      live.events().some((event) => event.event === 'raised' && event.alert.rule === 'high'),
    );
    await until('the end', () =>
      live.events().some((event) => event.event === 'cleared' && event.alert.rule === 'journal-failing'),
    );
    expect(((await brink.get('/health')) as { status: string }).status).not.toBe('failing');
    const seqs = live.events().map((event) => event.seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    const { items } = await brink.get<{ items: { value: number }[] }>('/points/pt-1/readings?metric=v');
    expect(items.map((item) => item.value)).toEqual([1, 50]);
  },
);

test.runIf(canMount)('an import never takes the room that acknowledgements need', async () => {
  const data = mountDisk(96) ?? '';
  const brink = await startBrink(plainSite(1, {}), { data });
  const { token } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as { token: string };
  const response = await fetch(`${brink.app.http}/api/v1/readings/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: 'point,metric,time,value\npt-1,v,2026-06-01,1\n',
  });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([507, 'no-room']);
  expect(readdirSync(data).filter((name) => name.endsWith('.spool'))).toEqual([]);
  await publish(await brink.device('dev-1'), { v: 1 });
});
