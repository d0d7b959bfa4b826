import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { CommandNews, CommandRecord, NotTold } from '../../src/model/device-command.ts';
import type { CommandChange } from '../../src/registry/device-commands.ts';
import { createDeviceCommands } from '../../src/services/start/device-commands.ts';

/** What people tell devices, between the list where it is kept and the line where it is said. */

function started(not?: NotTold) {
  let on: (news: CommandNews) => void = () => {};
  const noted: CommandChange[] = [];
  const disk = { isFull: false };
  const record = { number: 7 } as CommandRecord;
  const commands = createDeviceCommands({
    log: pino({ level: 'silent' }),
    stampMs: () => 1,
    lines: {
      commandable: () => undefined,
      tell(_device, _command, hear) {
        on = hear;
        return not;
      },
    },
    registry: {
      addCommand: (_command, tell) => tell() ?? record,
      noteCommand(_number, change) {
        if (disk.isFull) throw new Error('database or disk is full');
        noted.push(change);
        return record;
      },
      commands: () => [],
      endInterrupted() {},
    },
  });
  return { commands, noted, disk, hear: (news: CommandNews) => on(news) };
}

test('a guard check that the device has is not at its end, anything else that it has is', () => {
  const { commands, noted, hear } = started();
  commands.give('host', { kind: 'guard-check', withinMinutes: 5 }, 'li');
  hear({ kind: 'confirmed' });
  hear({ kind: 'answered', answers: [{ place: null, atMs: 1, values: {} }] });
  commands.give('host', { kind: 'set-time' }, 'li');
  hear({ kind: 'confirmed' });
  expect(noted.map(({ state, isEnd, answers }) => [state, isEnd, answers.length])).toEqual([
    ['confirmed', false, 0],
    ['answered', true, 1],
    ['confirmed', true, 0],
  ]);
});

test('what cannot be kept for want of room ends nothing but its own place in the list', () => {
  const { commands, noted, disk, hear } = started();
  expect(commands.give('host', { kind: 'set-time' }, 'li')).toMatchObject({ ok: true });
  disk.isFull = true;
  expect(() => hear({ kind: 'confirmed' })).not.toThrow();
  expect(noted).toEqual([]);
});

test('why a device was told nothing is said to whoever asked', () => {
  const { commands } = started('under-way');
  expect(commands.give('host', { kind: 'set-time' }, 'li')).toEqual({ ok: false, error: 'under-way' });
});
