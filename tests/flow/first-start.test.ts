import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { publicSecretOf } from '../../src/model/public-secret.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What a program elsewhere would do that has read the sample's files. */
async function publishAs({ app }: Brink, username: string, password: string): Promise<'taken' | 'refused'> {
  try {
    const client = await mqtt.connectAsync(app.mqtt.replace('0.0.0.0', '127.0.0.1'), {
      username,
      password,
      reconnectPeriod: 0,
    });
    await client.publishAsync(`telemetry/${username}`, '{"depth": 60}', { qos: 1 });
    await client.endAsync();
    return 'taken';
  } catch {
    return 'refused';
  }
}

interface Listed {
  readonly items: readonly { readonly id: string }[];
}

describe('the first start', () => {
  test('without files it knows kinds of device and templates, and nobody’s devices', async () => {
    const brink = await startBrink(null);
    const idsOf = async (path: string) => (await brink.get<Listed>(path)).items.map(({ id }) => id);
    expect(await idsOf('/profiles')).toContain('waterlogging-gauge');
    expect(await idsOf('/templates')).toContain('beijing-underpass');
    expect(await idsOf('/areas')).toEqual([]);
    expect(await idsOf('/devices')).toEqual([]);
    expect(await publishAs(brink, 'water-01', publicSecretOf('water-01'))).toBe('refused');
    expect(await brink.alerts()).toEqual([]);
  });

  test('the sample’s secrets are good for loopback alone, also in a folder that was started with it', async () => {
    const data = temporaryFolder();
    const here = await startBrink(null, { data, flags: ['--sample'] });
    expect(await publishAs(here, 'water-01', publicSecretOf('water-01'))).toBe('taken');
    await until('the red alert', async () => (await here.alerts()).some(({ point }) => point === 'underpass-01'));
    await here.close();

    const open = await startBrink(null, { data, mqtt: '0.0.0.0:0' });
    expect(await publishAs(open, 'water-01', publicSecretOf('water-01'))).toBe('refused');
    const { definition } = await open.get<{ definition: object }>('/devices/water-01');
    const put = (secret: string) => open.call('PUT', '/devices/water-01', { ...definition, secret });
    const refused = await put(publicSecretOf('water-01'));
    expect(refused.status).toBe(422);
    expect(JSON.stringify(await refused.json())).toContain('which everybody can read');
    expect((await put('a secret of its own')).status).toBe(200);
    expect(await publishAs(open, 'water-01', 'a secret of its own')).toBe('taken');
  });

  test('a new folder does not take the sample’s secrets beyond loopback, however they come', async () => {
    const flags = ['--devices', 'devices', '--thresholds', 'thresholds'];
    await expect(startBrink(null, { flags, mqtt: '0.0.0.0:0' })).rejects.toThrow('which everybody can read');
    await expect(startBrink(null, { flags: [...flags, '--secure-cookies', 'true'] })).rejects.toThrow('everybody');
  });

  test('every secret of the sample site is known as one', () => {
    const { devices } = parse(readFileSync('devices/site.yaml', 'utf8')) as {
      devices: { id: string; secret: string }[];
    };
    expect(devices.filter(({ id, secret }) => secret !== publicSecretOf(id))).toEqual([]);
    expect(devices.length).toBeGreaterThan(20);
  });
});
