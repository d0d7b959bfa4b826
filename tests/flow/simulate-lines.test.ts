import { expect, test } from 'vitest';
import { lineSite, SPEAKERS, startLineFleet } from '../../simulator/lines/run-lines.ts';
import { loadSiteFiles } from '../../simulator/site-files.ts';
import { afterTest } from '../support/after-test.ts';
import { startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

/** Simulated devices speak each line protocol as it stands in the standards: all that they say is read, all is answered. */

const { profiles } = await loadSiteFiles('devices');

test.each(Object.keys(SPEAKERS))('%s', async (protocol) => {
  const { site, ...files } = lineSite(protocol, profiles, 3);
  const spec = { profiles: Object.fromEntries(files.profiles.map(({ id, ...profile }) => [id, profile])), site };
  const brink = await startBrink(spec, { flags: [`--${protocol}`, '0'] });
  const { hostname: host, port } = new URL(brink.app.lines[protocol as keyof typeof brink.app.lines] ?? '');
  const options = { protocol, host, port: Number(port), seed: 7, profiles, devices: 3, ratePerS: 30 };
  const fleet = startLineFleet(options);
  afterTest(async () => void (await fleet.stop()));
  type Point = { readonly id: string; readonly online: boolean; readonly values: Record<string, { quality: string }> };
  const points = async () => (await brink.get<{ items: Point[] }>('/points')).items;
  await until('values of all', async () => {
    const all = await points();
    return all.length === 3 && all.every(({ online, values }) => online && Object.keys(values).length > 1);
  });
  if (protocol === 'gbt26875') {
    // Somebody is at the post of each, and it says what it is.
    const id = 'gbt26875-000000000001';
    type Told = { readonly items: readonly { readonly state: string; readonly answers: readonly unknown[] }[] };
    const newest = async () => (await brink.get<Told>(`/devices/${id}/commands`)).items[0];
    expect((await brink.call('POST', `/devices/${id}/guard-check`, {})).status).toBe(202);
    await until('the answer', async () => (await newest())?.state === 'answered');
    expect((await brink.call('POST', `/devices/${id}/read`, { what: 'version' })).status).toBe(202);
    await until('its version', async () => (await newest())?.answers.length === 1);
    expect(await newest()).toMatchObject({ state: 'answered', answers: [{ values: { version: '2.1' } }] });
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
