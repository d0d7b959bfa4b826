import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { COMMAND } from '../../src/gateways/gbt26875/frame.ts';
import { TYPE } from '../../src/gateways/gbt26875/unit.ts';
import { afterTest } from '../support/after-test.ts';
import type { SiteSpec } from '../support/brink.ts';
import { publish, startBrink, writeSite } from '../support/brink.ts';
import { firePlatform } from '../support/fire-platform.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** From an alert of this server to the platform above it, which may be another Brink. */

const ADDRESS = '0a0b0c0d0e0f';
const area = 'town';
const flag = { type: 'boolean' };

function below(): SiteSpec {
  return {
    profiles: {
      smoke: { family: 'fire', metrics: { smoke: flag, fault: flag, temperature: { unit: '°C' } }, reportEvery: '24h' },
    },
    site: {
      areas: [{ id: area }],
      devices: [
        {
          id: 'dev-1',
          profile: 'smoke',
          secret: 'secret-1',
          points: [{ id: 'kitchen', area, name: { zh: '食堂厨房' }, labels: { gbt26875: '1-00000005' } }],
        },
      ],
    },
    thresholds: [
      {
        point: 'kitchen',
        rules: {
          smoke: { metric: 'smoke', levels: { red: { equals: true } } },
          fault: { metric: 'fault', levels: { yellow: { equals: true } } },
        },
      },
    ],
  };
}

const reporting = (port: number) => ['--gbt26875-report', `127.0.0.1:${port}`, '--gbt26875-report-as', ADDRESS];

test('an alert of a point is the state of a component of the Brink above, until it is over', async () => {
  const rule = (metric: string) => ({ metric, levels: { red: { equals: true } } });
  const above = await startBrink(
    {
      profiles: {
        host: { family: 'fire', metrics: { alive: flag, transmitter_fault: flag }, reportEvery: '5m' },
        detector: {
          family: 'fire',
          metrics: { fire: flag, fault: flag, description: { type: 'string' } },
          reportEvery: '24h',
        },
      },
      site: {
        areas: [{ id: area }],
        devices: [
          { id: `gbt26875-${ADDRESS}`, profile: 'host', points: [{ id: 'panel', area }] },
          { id: `${ADDRESS}-1-00000005`, profile: 'detector', points: [{ id: 'of-the-district', area }] },
        ],
      },
      thresholds: [{ point: 'of-the-district', rules: { fire: rule('fire'), fault: rule('fault') } }],
    },
    { flags: ['--gbt26875', '0'] },
  );
  const port = Number(new URL(above.app.lines.gbt26875 ?? '').port);
  const brink = await startBrink(below(), { flags: reporting(port) });
  const active = async () => (await above.alerts('active')).map(({ point, rule }) => `${point} ${rule}`).toSorted();

  const device = await brink.device('dev-1');
  await publish(device, { smoke: true });
  await until('the fire', async () => (await active()).join() === 'of-the-district fire');
  await publish(device, { fault: true });
  await until('the fault', async () => (await active()).join() === 'of-the-district fault,of-the-district fire');
  await publish(device, { smoke: false });
  await until('the end of the fire', async () => (await active()).join() === 'of-the-district fault');
  const { values } = await above.get<{ values: Record<string, { value: unknown }> }>('/points/of-the-district');
  expect(values.description?.value).toBe('食堂厨房');
  const health = await brink.get<{ checks: Record<string, unknown> }>('/health');
  expect(health.checks.channels).toMatchObject({ status: 'ok', lag: 0 });
});

test('what a kill -9 found unconfirmed is told again at the next start', async () => {
  const platform = await firePlatform();
  const flags = [
    ...['--data', temporaryFolder(), '--http', '0', '--mqtt', '0', '--log', 'silent'],
    ...[...writeSite(below()), ...reporting(platform.port)],
  ];
  const start = async () => {
    const env = { ...process.env, BRINK_ADMIN_PASSWORD: 'a password of a test' };
    const child = spawn(process.execPath, ['src/main.ts', ...flags], { stdio: ['ignore', 'pipe', 'inherit'], env });
    afterTest(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, http: (JSON.parse(line.toString()) as { http: string }).http };
  };
  const states = () => platform.heard.filter(({ unit }) => unit.type === TYPE.componentState);

  const first = await start();
  await until('the sign of life', () => platform.heard.length > 0);
  platform.answer = 'none';
  const answer = await fetch(`${first.http}/api/v1/ingest/dev-1`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('dev-1:secret-1').toString('base64')}`,
      'content-type': 'application/json',
    },
    // It is over before anybody is told: only the log knows of it.
    body: JSON.stringify([
      { ts: Date.now() - 2_000, values: { smoke: true } },
      { ts: Date.now() - 1_000, values: { smoke: false } },
    ]),
  });
  expect(answer.ok).toBe(true);
  await until('what is not confirmed', () => states().length > 0);
  expect(platform.components.size).toBe(0);
  const ended = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await ended;

  platform.heard.length = 0;
  platform.answer = 'confirm';
  await start();
  await until('both', () => states().flatMap(({ unit }) => unit.objects).length >= 2);
  expect(
    states()
      .flatMap(({ unit }) => unit.objects)
      .map(({ componentAddress, state }) => [componentAddress, state?.[0]]),
  ).toEqual([
    ['00000005', 3],
    ['00000005', 1],
  ]);
});

test('a guard check is answered by whoever acknowledges its alert, and by nobody else', async () => {
  const platform = await firePlatform();
  const brink = await startBrink(below(), { flags: reporting(platform.port) });
  await until('the sign of life', () => platform.heard.length > 0);
  const answers = () => platform.heard.filter(({ unit }) => unit.type === TYPE.transmitterOperation);
  const check = async () =>
    (await brink.alerts('active')).find(({ kind, rule }) => kind === 'system' && rule === 'guard-check');

  platform.say(COMMAND.control, Buffer.of(TYPE.guardCheck, 1, 5));
  const alert = await until('the alert', check);
  expect(answers()).toEqual([]);
  expect((await brink.call('POST', `/alerts/${alert.id}/ack`, {})).ok).toBe(true);
  await until('the answer', () => answers().length > 0);
  expect(answers().map(({ frame, unit }) => [frame.command, unit.objects[0]?.operation])).toEqual([[COMMAND.send, 32]]);
  await until('its end', async () => (await check()) === undefined);

  // A fire that is acknowledged was confirmed at its system; the platform may ask for both, and for what is measured.
  const client = await brink.device('dev-1');
  await publish(client, { ts: Date.now(), values: { smoke: true, temperature: 71.26 } });
  const fire = await until('the fire', async () =>
    (await brink.alerts('active')).find(({ point }) => point === 'kitchen'),
  );
  expect((await brink.call('POST', `/alerts/${fire.id}/ack`, {})).ok).toBe(true);
  const asked = async (type: number, ...object: number[]) => {
    platform.heard.length = 0;
    platform.say(COMMAND.request, Buffer.of(type, 1, ...object));
    return until(
      'the answer',
      () => platform.heard.find(({ frame }) => frame.command === COMMAND.answer)?.unit.objects,
    );
  };
  const latest = [5, 0, 0, 0, 0, 0, 0];
  expect(await asked(64, 1, 1, ...latest)).toMatchObject([{ systemAddress: 1, operation: 32 }]);
  expect(await asked(84, ...latest)).toMatchObject([{ operation: 32 }]);
  expect(await asked(63, 1, 1, 5, 0, 0, 0)).toMatchObject([
    { componentAddress: '00000005', analog: { type: 3, raw: 713 } },
  ]);
  platform.heard.length = 0;

  // One that nobody has answered is over with the connection that it came over.
  platform.say(COMMAND.control, Buffer.of(TYPE.guardCheck, 1, 5));
  const other = await until('the alert', check);
  const again = await brink.restart();
  await until('its end', async () => (await again.alerts('active')).every(({ id }) => id !== other.id));
  expect((await again.call('POST', `/alerts/${other.id}/ack`, {})).ok).toBe(true);
  await again.events();
  expect(answers()).toHaveLength(0);
});
