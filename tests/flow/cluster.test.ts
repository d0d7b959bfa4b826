import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HealthReport } from '../../src/model/server-figures.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { hasNatsServer, type NatsServers, startNats } from '../support/nats-servers.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Three servers of ours and three of NATS, all real: one journal, one alert log, wherever devices and people go. */

const site = plainSite(6, { high: { metric: 'v', levels: { yellow: { above: 40 }, red: { above: 80 } } } });
const STREAM = 'BRINK';

function flagsOf(nats: NatsServers, node: string): string[] {
  return ['--cluster', nats.cluster, '--cluster-monitors', nats.monitors, '--node', node];
}

async function startCell(nats: NatsServers): Promise<Brink[]> {
  return Promise.all(
    ['a', 'b', 'c'].map((node) => startBrink(site, { flags: flagsOf(nats, node), data: temporaryFolder() })),
  );
}

const health = async (brink: Brink) => (await (await brink.call('GET', '/health')).json()) as HealthReport;
const cluster = async (brink: Brink) => (await health(brink)).checks.cluster;

/** Waits until all have come to the same message, and gives their alert logs. */
async function level(cell: readonly Brink[]) {
  await until('the servers to be level', async () => {
    const states = await Promise.all(cell.map(cluster));
    const [first] = states;
    return states.every((state) => state?.number === first?.number && state?.digest === first?.digest);
  });
  return Promise.all(cell.map((brink) => brink.events()));
}

async function expectOneLog(cell: readonly Brink[]): Promise<void> {
  await until('the same log on all', async () => {
    const [one, ...others] = await level(cell);
    return others.every((other) => JSON.stringify(other) === JSON.stringify(one));
  });
  const [one = []] = await level(cell);
  expect(one.map(({ seq }) => seq)).toEqual(one.map((_, i) => i + 1));
}

describe.runIf(hasNatsServer())('a cluster', () => {
  let nats: NatsServers;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.close());

  test('is one server to devices and people, whoever of it ends and comes back', async () => {
    const cell = await startCell(nats);
    const [a, b, c] = cell as [Brink, Brink, Brink];
    const live = await c.live(0);
    // A device may go from one to another with each message.
    for (const [i, value] of [50, 90, 10, 85].entries()) {
      const device = await (cell[i % 3] ?? a).device(`dev-${1 + (i % 2)}`);
      await publish(device, { v: value }, i % 2 === 0 ? 1 : 2);
      device.end(true);
    }
    await until('the events', () => live.events().length >= 3);
    await expectOneLog(cell);
    // What is done at one is done at all.
    const [alert] = await a.alerts('active');
    expect((await b.call('POST', `/alerts/${alert?.id}/ack`, {})).status).toBe(200);
    await until('the acknowledgement', async () => (await c.alerts('active'))[0]?.acknowledged === true);

    // The engine's leader is killed: nothing that was acknowledged is lost, and it goes on by itself.
    const leader = (await nats.leader(STREAM)) ?? expect.unreachable();
    await nats.kill(leader);
    const device = await b.device('dev-3');
    await publish(device, { v: 85 });
    await until('the alert at the others', async () =>
      (await c.alerts('active')).some(({ point }) => point === 'pt-3'),
    );

    // One of ours ends and comes back: it takes what it has missed.
    const before = await a.events();
    await a.close();
    await publish(await c.device('dev-4'), { v: 85 });
    const again = await a.restart();
    expect((await cluster(again))?.status).toBe('degraded');
    await nats.start(leader);
    await until('what it missed', async () => (await again.alerts('active')).some(({ point }) => point === 'pt-4'));
    expect((await again.events()).slice(0, before.length)).toEqual(before);
    await expectOneLog([again, b, c]);
    for (const brink of [again, b, c]) await brink.close();
  });

  test('without a majority nothing is acknowledged, everybody is told, and it goes on by itself', async () => {
    const cell = await startCell(nats);
    const [a, b] = cell as [Brink, Brink, Brink];
    await publish(await a.device('dev-1'), { v: 10 });
    const live = await b.live();
    await nats.kill(0);
    await nats.kill(1);
    const device = await b.device('dev-2');
    let isAcknowledged = false;
    const sent = publish(device, { v: 99 }).then(() => {
      isAcknowledged = true;
    });
    await until('the banner', () =>
      live.frames.some(({ type, condition, detail }) => {
        return type === 'notice' && condition === 'journal-failing' && detail !== null;
      }),
    );
    expect((await health(b)).status).toBe('failing');
    expect(isAcknowledged).toBe(false);
    await nats.start(0);
    await nats.start(1);
    await sent;
    await until('the end of the banner', () =>
      live.frames.some(({ type, condition, detail }) => {
        return type === 'notice' && condition === 'journal-failing' && detail === null;
      }),
    );
    await expectOneLog(cell);
    for (const brink of cell) await brink.close();
  });

  test('what the servers have to have alike is not changed, nor is one let in that has it otherwise', async () => {
    const a = await startBrink(site, { flags: flagsOf(nats, 'a') });
    const changed = await a.call('PUT', '/points/pt-1/thresholds', { rules: {} }, { 'if-match': '*' });
    expect(changed.status).toBe(409);
    expect(((await changed.json()) as { code: string }).code).toBe('cluster-fixed');
    const other = plainSite(2, { high: { metric: 'v', levels: { red: { above: 1 } } } });
    await expect(startBrink(other, { flags: flagsOf(nats, 'd') })).rejects.toThrow(/the journal of another site/);
    const data = temporaryFolder();
    const alone = await startBrink(site, { data });
    await publish(await alone.device('dev-1'), { v: 1 });
    await alone.close();
    await expect(startBrink(null, { data, flags: flagsOf(nats, 'e') })).rejects.toThrow(
      /the journal of a server that was alone/,
    );
    await a.close();
  });
});

test.runIf(hasNatsServer())('servers that acknowledge before their disks have it are refused', async () => {
  const nats = await startNats({ syncInterval: '2m' });
  await expect(startBrink(site, { flags: flagsOf(nats, 'a') })).rejects.toThrow(
    /found a server that acknowledges before its disk has it, expected jetstream \{ sync_interval: always \}/,
  );
  await nats.close();
});
