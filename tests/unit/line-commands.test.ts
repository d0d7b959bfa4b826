import { expect, test } from 'vitest';
import { createCommands } from '../../src/gateways/line/commands.ts';
import type { Speaker } from '../../src/gateways/line/speaker.ts';
import type { CommandNews, DeviceCommand } from '../../src/model/device-command.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** What a device is told: repeated as the standard says, one thing at a time, and by whatever connection it has by then. */

const MINUTE_MS = 60_000;
const CHECK: DeviceCommand = { kind: 'guard-check', withinMinutes: 5 };
const READ: DeviceCommand = { kind: 'read', what: 'state' };

function started() {
  const clock = createFakeClock();
  let number = 0;
  const commands = createCommands({
    clock,
    protocol: {
      partOf: (device) => (device === 'part' ? { devices: ['host'], place: '1' } : undefined),
      commandable: () => ({ commands: ['read'], readable: ['state'] }),
    },
    talk: {
      take: () => ({ address: '', devices: [], payload: null, answers: [] }),
      tell: (address, command) =>
        command.kind === 'initialize'
          ? undefined
          : { bytes: Buffer.from(`${address} ${JSON.stringify(command)}`), keys: [`${++number}`] },
    },
    device: () => undefined,
  });
  function speaker() {
    const said: string[] = [];
    const one = { said, isOpen: true };
    const real: Speaker = {
      address: '127.0.0.1',
      answer: (answers) => void said.push(...answers.map((bytes) => Buffer.from(bytes).toString())),
      isOpen: () => one.isOpen,
      begin() {},
      end() {},
    };
    return Object.assign(one, { real });
  }
  const news: CommandNews['kind'][] = [];
  const on = ({ kind }: CommandNews) => void news.push(kind);
  return { clock, commands, speaker, news, on };
}

test('a device that says nothing is told again three times, every ten seconds, and then no more', () => {
  const { clock, commands, speaker, news, on } = started();
  expect(commands.tell('host', CHECK, on)).toBe('not-connected');
  const line = speaker();
  commands.speaks('host', 'a1', line.real);
  expect(commands.tell('host', { kind: 'initialize' }, on)).toBe('not-spoken');
  expect(commands.tell('host', CHECK, on)).toBeUndefined();
  expect(commands.tell('host', READ, on)).toBe('under-way');
  expect(line.said).toHaveLength(1);
  for (const times of [2, 3, 4]) {
    clock.advance(9_999);
    expect(line.said).toHaveLength(times - 1);
    clock.advance(1);
    expect(line.said).toHaveLength(times);
  }
  clock.advance(10_000);
  expect([line.said.length, news]).toEqual([4, ['no-reply']]);
  expect(new Set(line.said).size).toBe(1);
  clock.advance(10 * MINUTE_MS);
  expect(line.said).toHaveLength(4);
  // It can be told the next.
  expect(commands.tell('host', READ, on)).toBeUndefined();
});

test('a guard check that is confirmed waits as long as it says; only the reply to it counts', () => {
  const { clock, commands, speaker, news, on } = started();
  const line = speaker();
  commands.speaks('host', 'a1', line.real);
  commands.tell('host', CHECK, on);
  commands.heard('host', { kind: 'confirmed', key: '77' });
  expect(news).toEqual([]);
  commands.heard('host', { kind: 'confirmed', key: '1' });
  // Meanwhile other things can be asked, but for another guard check.
  expect(commands.tell('host', CHECK, on)).toBe('under-way');
  const read: string[] = [];
  expect(commands.tell('host', READ, ({ kind }) => void read.push(kind))).toBeUndefined();
  commands.heard('host', { kind: 'answered', key: '2', answers: [] });
  expect([news, read, commands.awaits('host')]).toEqual([['confirmed'], ['answered'], true]);
  clock.advance(5 * MINUTE_MS - 1);
  expect(news).toEqual(['confirmed']);
  clock.advance(1);
  expect([news, commands.awaits('host')]).toEqual([['confirmed', 'unanswered'], false]);
  // Who comes too late has not answered.
  const late = { kind: 'guard', answer: { place: null, atMs: null, values: {} } } as const;
  commands.heard('host', late);
  expect(news).toEqual(['confirmed', 'unanswered']);
  // One whose confirmation was lost counts all the same.
  commands.tell('host', CHECK, on);
  commands.heard('host', late);
  expect(news.slice(2)).toEqual(['answered']);
});

test('what is said goes by the connection that a device has; a part is asked through its host', () => {
  const { clock, commands, speaker, news, on } = started();
  const [first, second] = [speaker(), speaker()];
  commands.speaks('host', 'a1', first.real);
  expect(commands.tell('part', READ, on)).toBeUndefined();
  expect(first.said).toEqual(['a1 {"kind":"read","what":"state","place":"1"}']);
  first.isOpen = false;
  commands.gone(['host'], first.real);
  expect(commands.commandable('part')).toBeUndefined();
  clock.advance(10_000);
  expect(first.said).toHaveLength(1);
  commands.speaks('host', 'a1', second.real);
  // That the old one ends later on takes nothing from the new one.
  commands.gone(['host'], first.real);
  clock.advance(10_000);
  expect(second.said).toHaveLength(1);
  expect(commands.commandable('part')).toEqual({ commands: ['read'], readable: ['state'] });
  commands.close();
  clock.advance(MINUTE_MS);
  expect([second.said.length, news]).toEqual([1, []]);
});

test('one that has begun is not told again, and counts as done where nothing more comes of it', () => {
  const { clock, commands, speaker, news, on } = started();
  const line = speaker();
  commands.speaks('host', 'a1', line.real);
  commands.tell('host', { kind: 'set-time' }, on);
  commands.heard('host', { kind: 'begun', key: '1' });
  clock.advance(9_000);
  expect([line.said.length, news]).toEqual([1, []]);
  commands.heard('host', { kind: 'denied', key: '1' });
  expect(news).toEqual(['denied']);
  commands.tell('host', { kind: 'set-time' }, on);
  commands.heard('host', { kind: 'begun', key: '2' });
  clock.advance(10_000);
  expect(news).toEqual(['denied', 'confirmed']);
  // What was asked for and only confirmed has not come.
  commands.tell('host', READ, on);
  commands.heard('host', { kind: 'confirmed', key: '3' });
  clock.advance(10_000);
  expect([line.said.length, news]).toEqual([3, ['denied', 'confirmed', 'no-reply']]);
});
