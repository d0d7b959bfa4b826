import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { BacktestReport } from '../../src/cli/backtest.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli, runBrinkProcess } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

const site = plainSite(2, { level: { metric: 'v', levels: { yellow: { above: 60 } }, deadband: 5 } });

test('brink backtest runs beside the server, says what the live log says, and finds what was changed in it', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(site, { data });
  const device = await brink.device('dev-1');
  const other = await brink.device('dev-2');
  for (const v of [70, 10, 80]) await publish(device, { v });
  await publish(other, { v: 99 });
  const live = await brink.events();
  expect(live).toHaveLength(5);

  const whole = await brinkJson<BacktestReport>('backtest', '--data', data);
  expect(whole).toMatchObject({ sameAsLive: true, difference: null, evaluatedFrom: 1, events: live });
  const one = await brinkJson<BacktestReport>('backtest', '--data', data, '--point', 'pt-2');
  expect(one.events).toEqual(live.filter(({ alert }) => alert.point === 'pt-2'));
  const fromMs = live[3]?.alert.receivedAt ?? 0;
  const later = await brinkJson<BacktestReport>('backtest', '--data', data, '--from', `${fromMs}`);
  expect(later.events.length).toBeLessThan(5);
  expect(live.slice(-later.events.length)).toEqual(later.events);
  const none = await brinkJson<BacktestReport>('backtest', '--data', data, '--to', '2020-01-01T00:00:00Z');
  expect(none).toMatchObject({ sameAsLive: true, events: [] });

  const text = await runBrinkProcess(['backtest', '--data', data]);
  expect(text.stdout).toContain('pt-1/level');
  expect(text.stdout).toContain('The live log says the same.');

  await brink.close();
  const db = new DatabaseSync(join(data, 'alerts.db'));
  db.exec("UPDATE log SET body = json_set(body, '$.alert.level', 'red') WHERE seq = 2");
  db.close();
  const changed = await runBrinkCli(['backtest', '--data', data, '--json']);
  expect(changed.status).toBe(1);
  expect(JSON.parse(changed.stdout)).toMatchObject({ sameAsLive: false, difference: { seq: 2 } });
});

test('what it cannot do it says', async () => {
  const empty = await runBrinkCli(['backtest', '--data', temporaryFolder()]);
  expect([empty.status, empty.stderr]).toEqual([1, expect.stringContaining('no journal')]);
  const when = await runBrinkCli(['backtest', '--data', temporaryFolder(), '--from', 'yesterday']);
  expect([when.status, when.stderr]).toEqual([2, expect.stringContaining('--from')]);
});
