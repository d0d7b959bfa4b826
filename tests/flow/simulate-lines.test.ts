import { expect, test } from 'vitest';
import { lineSite, SPEAKERS, startLineFleet } from '../../simulator/lines/run-lines.ts';
import { loadSiteFiles } from '../../simulator/site-files.ts';
import { afterTest } from '../support/after-test.ts';
import { startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

/** Simulated devices speak each line protocol as it stands in the standards: all that they say is read, all is answered. */

const { profiles } = await loadSiteFiles('devices');

/** What a simulated device of each protocol says to what it is told and asked. */
const TOLD: Readonly<Record<string, readonly (readonly [call: string, body: object, values: object])[]>> = {
  gbt26875: [
    ['guard-check', {}, { guard_answered: true, operator: 1 }],
    ['read', { what: 'version' }, { version: '2.1' }],
  ],
  sl651: [
    ['read', { what: 'version' }, { version: 'V1.20' }],
    ['read', { what: 'state' }, { mains_lost: false }],
  ],
  hj212: [['read', { what: 'time' }, { clock_offset_s: expect.any(Number) }]],
};

test.each(Object.keys(SPEAKERS))('%s', async (protocol) => {
  const { site, ...files } = lineSite(protocol, profiles, 3);
  const spec = { profiles: Object.fromEntries(files.profiles.map(({ id, ...profile }) => [id, profile])), site };
  const brink = await startBrink(spec, { flags: [`--${protocol}`, '0'] });
  const { hostname: host, port } = new URL(brink.app.lines[protocol as keyof typeof brink.app.lines] ?? '');
  const options = { protocol, host, port: Number(port), seed: 7, profiles, devices: 3, ratePerS: 30 };
  const fleet = startLineFleet(options);
  afterTest(async () => void (await fleet.stop()));
  type Point = {
    readonly id: string;
    readonly online: boolean;
    readonly values: Record<string, { quality: string; value: unknown }>;
  };
  const points = async () => (await brink.get<{ items: Point[] }>('/points')).items;
  await until('values of all', async () => {
    const all = await points();
    return all.length === 3 && all.every(({ online, values }) => online && Object.keys(values).length > 1);
  });
  if (protocol === 'gbt26875') {
    // A detector goes off, and somebody resets the panel.
    const fire = async () => (await points()).map(({ values }) => values.fire?.value);
    for (const is of [true, false]) await until(`fire ${is}`, async () => (await fire()).includes(is));
  }
  const answered = TOLD[protocol];
  if (answered !== undefined) {
    const id = site.devices[0]?.id ?? '';
    type Told = {
      readonly items: readonly { readonly state: string; readonly answers: readonly { values: object }[] }[];
    };
    for (const [call, body, values] of answered) {
      expect((await brink.call('POST', `/devices/${id}/${call}`, body)).status).toBe(202);
      const done = await until(`what comes of ${call}`, async () => {
        const newest = (await brink.get<Told>(`/devices/${id}/commands`)).items[0];
        return newest?.state === 'sent' || newest?.state === 'confirmed' ? undefined : newest;
      });
      expect([call, done.state, done.answers]).toMatchObject([call, 'answered', [{ values }]]);
    }
  }
  const { published, acknowledged } = await fleet.stop();
  // In Modbus only who is asked again knows that what it has said is on disk.
  expect(protocol === 'modbus' ? published : acknowledged).toBeGreaterThanOrEqual(3);
  expect(published - acknowledged).toBeLessThanOrEqual(3);
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toEqual([]);
  for (const { values } of await points()) {
    expect(Object.values(values).map(({ quality }) => quality)).not.toContain('bad');
  }
});
