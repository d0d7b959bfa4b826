import { expect, test } from 'vitest';
import { readFile } from '../../src/spreadsheet/read-file.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { startSmsOffice } from '../support/sms-office.ts';
import { until } from '../support/until.ts';

/** A site elsewhere: its zone is that of turns, messages, sheets and recurring maintenance. */

const SITE = plainSite(1, { high: { metric: 'v', levels: { red: { above: 50 } } } });

test('turns, messages and sheets are of the zone of the site', async () => {
  const { server, setup } = await startSmsOffice('Ana', [{ id: 'red', to: [{ channel: 'robot' }] }]);
  const brink = await startBrink(SITE, {
    flags: ['--notify-allow', '127.0.0.1', '--time-zone', 'Australia/Lord_Howe'],
  });
  const rota = {
    id: 'duty',
    shifts: [{ id: 'whole', hours: ['08:00', '08:00'] }],
    turn: 'day',
    from: '2026-01-01',
    order: [{ primary: 'zhang' }],
  };
  const made = await brink.call('PUT', '/notify/setup', { revision: 0, setup: { ...setup, rotas: [rota] } });
  expect(made.status).toBe(200);
  // Clocks there are put back by half an hour on 5 April 2026, at 02:00.
  const asked = '/notify/duties?from=2026-04-04T21:00:00Z&to=2026-04-04T22:00:00Z';
  const [duty] = (await brink.get<{ items: { timezone: string; from: number; to: number }[] }>(asked)).items;
  expect(duty).toMatchObject({
    timezone: 'Australia/Lord_Howe',
    from: Date.parse('2026-04-04T08:00:00+11:00'),
    to: Date.parse('2026-04-05T08:00:00+10:30'),
  });
  // What is kept is what was written.
  const shown = await brink.get<{ setup: { rotas: { timezone?: string }[] } }>('/notify/setup');
  expect(shown.setup.rotas[0]?.timezone).toBeUndefined();

  await publish(await brink.device('dev-1'), { v: 60 });
  const text = await until(
    'the robot to be told',
    () => server.received.flatMap(({ result, text: said }) => (result?.isTaken === true ? said : []))[0],
  );
  expect(text).toMatch(/\d\d:\d\d:\d\d UTC\+1(0:30|1)/);
  const sheet = await brink.call('GET', '/notify/told/sheet?lang=en');
  const [table] = await readFile(new Uint8Array(await sheet.arrayBuffer()), 'xlsx');
  expect(table?.rows[0]?.[0]).toBe('raised (Australia/Lord_Howe)');

  const planned = await brink.call('POST', '/maintenance', {
    scope: { point: 'pt-1' },
    recurring: { hours: ['01:00', '02:00'] },
    reason: 'self-test',
  });
  expect(await planned.json()).toMatchObject({ recurring: { timezone: 'Australia/Lord_Howe' } });
});
