import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { publicSecretOf } from '../../src/model/public-secret.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
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
  test('goes on from the command line: areas, a device, its limit; swapped coordinates are named everywhere', async () => {
    const data = temporaryFolder();
    const brink = await startBrink(null, { data });
    const at = ['--data', data];
    const swapped = 'latitude and longitude look swapped';
    const wrong = await runBrinkCli(['area', 'add', 'site', '--location', '29.52,108.75', ...at]);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining(swapped)]);
    const site = await runBrinkCli([
      'area',
      'add',
      'site',
      '--name-zh',
      '正阳街道',
      '--location',
      '108.75,29.52',
      ...at,
    ]);
    expect([site.status, site.stdout]).toEqual([0, 'Area site added.\n']);
    expect((await runBrinkCli(['area', 'add', 'market', '--parent', 'nowhere', ...at])).status).toBe(1);
    expect((await runBrinkCli(['area', 'add', 'market', '--parent', 'site', ...at])).status).toBe(0);
    expect((await runBrinkCli(['area', 'list', ...at])).stdout).toContain('正阳街道');

    // A digit too few puts it into the sea: without a terminal somebody has to say that it is meant.
    const far = ['area', 'add', 'pier', '--parent', 'site', '--location', '10.875,29.52', ...at];
    const unasked = await runBrinkCli(far);
    expect([unasked.status, unasked.stderr]).toEqual([2, expect.stringMatching(/\d+ km from the site.*--far/s)]);
    const questions: string[] = [];
    const no = await runBrinkCli(far, '', {}, async (question) => questions.push(question) > 1);
    expect([no.status, no.stdout, questions]).toEqual([0, '', [expect.stringMatching(/km from the site.*meant\?$/)]]);
    expect((await runBrinkCli(['area', 'list', ...at])).stdout).not.toContain('pier');
    expect((await runBrinkCli([...far, '--far'])).status).toBe(0);

    const device = {
      profile: 'waterlogging-gauge',
      points: [{ id: 'culvert', area: 'market', location: [29.5, 108.7] }],
    };
    const refused = await brink.call('PUT', '/devices/gauge-7', device);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 'validation-failed',
      errors: [{ path: '/points/0/location', message: expect.stringContaining(swapped) }],
    });
    const added = await runBrinkCli([
      ...['device', 'add', 'gauge-7', '--profile', 'waterlogging-gauge', '--point', 'culvert', '--area', 'market'],
      ...['--json', ...at],
    ]);
    const { secret } = JSON.parse(added.stdout) as { secret: string };
    const template = ['template', 'apply', 'beijing-underpass', 'culvert', '--reason', 'the first limit'];
    expect((await runBrinkCli([...template, ...at])).status).toBe(0);
    expect(await publishAs(brink, 'gauge-7', secret)).toBe('taken');
    await until('the red alert', async () => (await brink.alerts()).some(({ level }) => level === 'red'));
  });

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
