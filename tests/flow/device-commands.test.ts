import { expect, test } from 'vitest';
import { COMMAND } from '../../src/gateways/gbt26875/frame.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import type { CommandRecord } from '../../src/wire/devices.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { fireTransmitter } from '../support/fire-transmitter.ts';
import { until } from '../support/until.ts';

/** What people tell a fire host's transmission device, on the wire and back: guard checks, its clock, what it is. */

const HOST = '0a0b0c0d0e0f';
const ID = `gbt26875-${HOST}`;

function spec() {
  const flag = { type: 'boolean' };
  const area = 'town';
  return {
    profiles: {
      host: { family: 'fire', metrics: { alive: flag, transmitter_fault: flag }, reportEvery: '5m' },
      detector: { family: 'fire', metrics: { fire: flag }, reportEvery: '24h' },
    },
    site: {
      areas: [{ id: area }],
      devices: [
        { id: ID, profile: 'host', points: [{ id: 'panel', area }] },
        { id: `${HOST}-1-00000005`, profile: 'detector', points: [{ id: 'kitchen', area }] },
      ],
    },
  };
}

const commands = async (brink: Brink, id = ID) =>
  (await brink.get<{ items: CommandRecord[] }>(`/devices/${id}/commands`)).items;
const newest = async (brink: Brink, id = ID) => (await commands(brink, id))[0];

test('a guard check goes to the device, is answered by who is there, and stays known', async () => {
  const brink = await startBrink(spec(), { flags: ['--gbt26875', '0'] });
  const refused = await brink.call('POST', `/devices/${ID}/guard-check`, {});
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'device-not-connected' }]);
  const device = await fireTransmitter(brink.app.lines.gbt26875, HOST);
  expect(await brink.get(`/devices/${ID}`)).toMatchObject({
    commands: ['guard-check', 'set-time', 'initialize', 'read'],
    readable: ['state', 'operations', 'version', 'settings', 'time'],
  });

  const given = await brink.call('POST', `/devices/${ID}/guard-check`, { withinMinutes: 7 });
  expect([given.status, await given.json()]).toMatchObject([
    202,
    { state: 'sent', author: 'token:test', endedAt: null },
  ]);
  const check = await device.told(1);
  expect([check.command, [...check.data]]).toEqual([COMMAND.control, [91, 1, 7]]);
  // One at a time.
  const second = await brink.call('POST', `/devices/${ID}/guard-check`, {});
  expect([second.status, await second.json()]).toMatchObject([409, { code: 'command-under-way' }]);
  device.say(COMMAND.confirm, undefined, check.serial);
  await until('that it is there', async () => (await newest(brink))?.state === 'confirmed');
  // Operator 3 presses the key; what else happens at the device is no answer.
  const atMs = Math.floor(Date.now() / 1_000) * 1_000;
  const operation = (bits: number) => Buffer.concat([Buffer.of(24, 1, bits, 3), tagOf(atMs, 'binary')]);
  device.say(COMMAND.send, operation(1 << 1));
  device.say(COMMAND.send, operation(1 << 5));
  await until('the answer', async () => (await newest(brink))?.state === 'answered');
  const answered = {
    command: { kind: 'guard-check', withinMinutes: 7 },
    author: 'token:test',
    state: 'answered',
    answers: [{ place: null, at: atMs, values: { guard_answered: true, operator: 3 } }],
  };
  expect(await newest(brink)).toMatchObject(answered);

  // What nobody has answered when the server stops is told so afterwards.
  await brink.call('POST', `/devices/${ID}/guard-check`, {});
  await device.told(2);
  const again = await brink.restart();
  expect(await commands(again)).toMatchObject([{ state: 'interrupted' }, answered]);
});

test('states, versions and settings are asked for by serial or by type, of the device or what is below it', async () => {
  const brink = await startBrink(spec(), { flags: ['--gbt26875', '0'] });
  const device = await fireTransmitter(brink.app.lines.gbt26875, HOST);
  const made = await brink.call('POST', '/tokens', { name: 'li', role: 'engineer' });
  const { token } = (await made.json()) as { token: string };
  const cli = (...args: string[]) => runBrinkCli(['device', ...args, '--url', brink.app.http, '--token', token]);
  const version = cli('read', ID, 'version');
  const first = await device.told(1);
  expect([first.command, [...first.data]]).toEqual([COMMAND.request, [85, 1, 0]]);
  device.say(COMMAND.answer, Buffer.of(25, 1, 3, 4), first.serial);
  expect(await version).toMatchObject({ status: 0, stdout: `read version of ${ID}: answered\nversion=3.4\n` });

  const settings = cli('read', ID, 'settings', '1', '--json');
  const second = await device.told(2);
  expect([...second.data]).toEqual([66, 1, 1, 1]);
  device.say(COMMAND.answer, Buffer.from([6, 1, 1, 1, 5, ...Buffer.from('loops')]), second.serial);
  expect(JSON.parse((await settings).stdout)).toMatchObject({
    state: 'answered',
    answers: [{ place: '1', values: { description: 'loops' } }],
  });

  // A component is asked through its transmission device; this one confirms, and then sends what was asked for by itself.
  const part = `${HOST}-1-00000005`;
  expect(await brink.get(`/devices/${part}`)).toMatchObject({ commands: ['read'] });
  const state = cli('read', part, 'state');
  const third = await device.told(3);
  expect([...third.data]).toEqual([62, 1, 1, 1, 5, 0, 0, 0]);
  device.say(COMMAND.confirm, undefined, third.serial);
  const text = Buffer.alloc(31);
  const object = Buffer.concat([Buffer.of(1, 1, 40, 5, 0, 0, 0, 3, 0), text, tagOf(Date.now(), 'binary')]);
  device.say(COMMAND.send, Buffer.concat([Buffer.of(2, 1), object]));
  expect((await state).stdout).toMatch(/^read state of 0a0b0c0d0e0f-1-00000005: answered\n1-00000005 .* fire=true/);
  const points = await brink.get<{ items: { id: string; values: Record<string, { value: unknown }> }[] }>('/points');
  expect(points.items.find(({ id }) => id === 'kitchen')?.values.fire?.value).toBe(true);

  const denied = cli('initialize', ID, '--yes');
  const fourth = await device.told(4);
  expect([...fourth.data]).toEqual([89, 1, 0]);
  device.say(COMMAND.deny, undefined, fourth.serial);
  expect(await denied).toMatchObject({ status: 1, stdout: `initialize of ${ID}: denied\n` });

  const clock = cli('set-time', ID);
  const fifth = await device.told(5);
  expect([...fifth.data.subarray(0, 2), fifth.data.length]).toEqual([90, 1, 8]);
  device.say(COMMAND.confirm, undefined, fifth.serial);
  expect(await clock).toMatchObject({ status: 0, stdout: `set-time of ${ID}: confirmed\n` });
  const list = (await cli('commands', ID)).stdout;
  expect(list).toMatch(/set-time .*confirmed[\s\S]*initialize .*denied[\s\S]*read settings 1 .*description=loops/);
  const unreadable = await brink.call('POST', `/devices/${part}/read`, { what: 'version' });
  expect([unreadable.status, await unreadable.json()]).toMatchObject([409, { code: 'command-not-spoken' }]);
});
