import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OVER_HTTP, OVER_MQTT, relaySite, startRelayFleet } from '../../simulator/relays/run-relays.ts';
import { startSparkplugNode } from '../../simulator/relays/sparkplug.ts';
import { loadSiteFiles, writeSiteFiles } from '../../simulator/site-files.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What simulated devices say through network servers, edge nodes and platforms is read, all of it, and nothing twice. */

const { profiles } = await loadSiteFiles('devices');
const DEVICES = 3;
const TOKEN = 'a token of some length';

/** A server that knows the devices of a fleet, by the files that the simulator writes. */
async function startFor(protocol: string, flags: readonly string[] = []): Promise<Brink> {
  const folder = temporaryFolder();
  await writeSiteFiles(folder, 'devices', relaySite(protocol, profiles, DEVICES));
  const dirs = ['--devices', join(folder, 'devices'), '--thresholds', join(folder, 'thresholds')];
  return startBrink(null, { flags: [...dirs, ...flags] });
}

interface Point {
  readonly id: string;
  readonly values: Readonly<Record<string, { readonly quality: string }>>;
}
const points = async (brink: Brink) => (await brink.get<{ items: Point[] }>('/points')).items;

async function expectAllRead(brink: Brink, protocol: string): Promise<void> {
  await until('values of all', async () => {
    const all = await points(brink);
    return all.length === DEVICES && all.every(({ values }) => Object.keys(values).length > 1);
  });
  for (const { values } of await points(brink)) {
    for (const { quality } of Object.values(values)) expect(quality, protocol).toBe('good');
  }
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toEqual([]);
}

test.each(OVER_MQTT)('a network server as %s', async (protocol) => {
  const brink = await startFor(protocol);
  const options = { protocol, url: brink.app.mqtt, seed: 7, profiles, devices: DEVICES, ratePerS: 60 };
  const fleet = startRelayFleet(options);
  afterTest(async () => void (await fleet.stop()));
  // As bytes and decoded in turn, each device several times.
  await until('readings', async () => {
    const { items } = await brink.get<{ items: unknown[] }>(`/points/${protocol}-point-1/readings?metric=depth`);
    return items.length > 3;
  });
  const { published, acknowledged } = await fleet.stop();
  // What it was about to send when it was stopped.
  expect(published - acknowledged).toBeLessThanOrEqual(1);
  await expectAllRead(brink, protocol);
});

test.each(OVER_HTTP)('what is pushed as %s', async (protocol) => {
  const config = join(temporaryFolder(), 'brink.json');
  const isPlatform = protocol !== 'ingest';
  writeFileSync(
    config,
    JSON.stringify({ pushes: isPlatform ? [{ name: 'sim', platform: protocol, secret: TOKEN }] : [] }),
  );
  const brink = await startFor(protocol, ['--config', config]);
  const key = protocol === 'onenet' ? '' : `?key=${encodeURIComponent(TOKEN)}`;
  const url = isPlatform ? `${brink.app.http}/api/v1/push/sim${key}` : brink.app.http;
  const options = { protocol, url, password: TOKEN, seed: 7, profiles, devices: DEVICES, ratePerS: 60 };
  const fleet = startRelayFleet(options);
  afterTest(async () => void (await fleet.stop()));
  await until('readings', async () => {
    const { items } = await brink.get<{ items: unknown[] }>(`/points/${protocol}-point-1/readings?metric=level`);
    return items.length > 3;
  });
  await fleet.stop();
  await expectAllRead(brink, protocol);
});

test('an edge node of Sparkplug B, with all that goes wrong with one', async () => {
  const brink = await startFor('sparkplug', ['--sparkplug', 'brink', '--sparkplug-wait', '10ms']);
  const options = { protocol: 'sparkplug', url: brink.app.mqtt, seed: 7, profiles, devices: DEVICES, ratePerS: 200 };
  const fleet = startSparkplugNode(options);
  afterTest(async () => void (await fleet.stop()));
  await until('readings', async () => {
    const { items } = await brink.get<{ items: unknown[] }>('/points/sparkplug-point-1/readings?metric=depth');
    return items.length > 60;
  });
  await until('values that are good', async () => {
    const all = await points(brink);
    return (
      all.length === DEVICES && all.every(({ values }) => Object.values(values).every((v) => v.quality === 'good'))
    );
  });
  await fleet.stop();
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toEqual([]);
});
