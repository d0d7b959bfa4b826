import { pino } from 'pino';
import { expect, test } from 'vitest';
import { COMMAND } from '../../src/gateways/gbt26875/frame.ts';
import { createReporter } from '../../src/gateways/gbt26875/reporter.ts';
import { TYPE } from '../../src/gateways/gbt26875/unit.ts';
import type { ComponentFlag, ComponentReport, OperationReport } from '../../src/model/component-report.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { firePlatform } from '../support/fire-platform.ts';
import { until } from '../support/until.ts';

/** What a transmission device owes its platform, over a real connection; only time stands still. */

const ADDRESS = '0a0b0c0d0e0f';
const report = (address: number, flags: ComponentFlag[], more: Partial<ComponentReport> = {}): ComponentReport => ({
  place: { systemType: 1, systemAddress: 2, componentType: 40, componentAddress: address },
  flags: new Set(flags),
  text: '正阳街道农贸市场二楼东侧走廊感烟探测器',
  atMs: Date.UTC(2026, 5, 1, 4),
  measured: null,
  ...more,
});

async function connected(present: readonly ComponentReport[] = [], operations: readonly OperationReport[] = []) {
  const platform = await firePlatform();
  const clock = createFakeClock();
  const asked: number[] = [];
  const reporter = createReporter({
    clock,
    log: pino({ level: 'silent' }),
    platform: { host: '127.0.0.1', port: platform.port },
    address: ADDRESS,
    present: () => present,
    operations: () => operations,
    version: '3.14.1',
    onGuardCheck: (minutes) => void asked.push(minutes),
  });
  afterTest(() => reporter.close());
  reporter.connect();
  await until('the sign of life', () => platform.heard.length === 1);
  platform.heard.length = 0;
  return { platform, clock, reporter, asked };
}

test('states and values are written as the reader of transmission devices reads them', async () => {
  const { platform, reporter } = await connected();
  await reporter.send([
    report(0x10002, ['fire', 'fault'], { measured: { value: 71.26, unit: '°C' } }),
    report(3, [], { measured: { value: 30, unit: 'mA' } }),
    report(4, ['power_fault'], { measured: { value: 99_999, unit: 'm' } }),
  ]);
  expect(platform.heard.map(({ frame }) => [frame.command, frame.source, frame.isWhole])).toEqual(
    [COMMAND.send, COMMAND.send].map((command) => [command, ADDRESS, true]),
  );
  const [states, analog] = platform.heard.map(({ unit }) => unit);
  expect(states).toMatchObject({
    type: TYPE.componentState,
    isCut: false,
    objects: [
      {
        systemType: 1,
        systemAddress: 2,
        componentType: 40,
        componentAddress: '00010002',
        // 30 bytes, and no half of a character.
        text: '正阳街道农贸市场二楼东侧走廊感',
      },
      { componentAddress: '00000003' },
      { componentAddress: '00000004' },
    ],
  });
  // Noon in Beijing.
  expect([...(states?.objects[0]?.time ?? [])]).toEqual([0, 0, 12, 1, 6, 26]);
  expect([...platform.components]).toEqual([
    ['2-00010002', ['normal', 'fire', 'fault']],
    ['2-00000003', ['normal']],
    ['2-00000004', ['normal', 'power_fault']],
  ]);
  expect(analog).toMatchObject({ type: TYPE.analog, objects: [{ analog: { type: 3, raw: 713 } }] });
});

test('many at once are as many frames as they need, in their order', async () => {
  const { platform, reporter } = await connected();
  await reporter.send(Array.from({ length: 50 }, (_, n) => report(n, ['fire'])));
  expect(platform.heard.map(({ unit }) => [unit.objects.length, unit.isCut])).toEqual([
    [22, false],
    [22, false],
    [6, false],
  ]);
  expect(platform.components.size).toBe(50);
});

test('what is not confirmed within 10 s is repeated three times, then the connection is made anew', async () => {
  const { platform, clock, reporter } = await connected();
  platform.answer = 'none';
  const sent = reporter.send([report(1, ['fire'])]).then(
    () => 'confirmed',
    (error: Error) => error.message,
  );
  for (let times = 1; times <= 4; times++) {
    await until('it', () => platform.heard.length === times);
    clock.advance(9_999);
    expect(platform.heard).toHaveLength(times);
    clock.advance(1);
  }
  expect(await sent).toBe('the platform does not confirm');
  expect(new Set(platform.heard.map(({ frame }) => frame.serial)).size).toBe(1);

  platform.answer = 'confirm';
  await until('another connection', () => {
    clock.advance(1_000);
    return platform.connections() === 2;
  });
  await reporter.send([report(1, ['fire'])]);
  expect(platform.components.get('2-00000001')).toEqual(['normal', 'fire']);
});

test('one confirmation is one for its own serial alone; a denial is told at once', async () => {
  const { platform, clock, reporter } = await connected();
  platform.answer = 'none';
  let isDone = false;
  const sent = reporter.send([report(1, ['fire'])]).then(() => {
    isDone = true;
  });
  await until('it', () => platform.heard.length === 1);
  // Of another serial, and of none.
  platform.say(COMMAND.confirm, new Uint8Array(0));
  platform.say(COMMAND.request, Buffer.of(81, 1, 0));
  await until('the answer', () => platform.heard.some(({ frame }) => frame.command === COMMAND.answer));
  expect(isDone).toBe(false);
  platform.answer = 'confirm';
  clock.advance(10_000);
  await sent;

  platform.answer = 'deny';
  await expect(reporter.send([report(1, [])])).rejects.toThrow('denies');
});

test('a platform may ask how things are; what is not there, or not understood, is denied', async () => {
  const present = [
    { value: 23.46, unit: '°C' },
    { value: 3, unit: 'furlong' },
    { value: 0.4, unit: 'MPa' },
  ];
  const atMs = Date.UTC(2026, 5, 1, 4);
  const system = { systemType: 1, systemAddress: 2 };
  const { platform, asked } = await connected(
    [report(1, ['fire'], { present }), report(2, ['power_fault'])],
    [
      { system, what: 'confirm', atMs: atMs - 60_000 },
      { system, what: 'reset', atMs },
      { system: { ...system, systemAddress: 3 }, what: 'reset', atMs },
      { system: null, what: 'guard-answered', atMs },
    ],
  );
  const said = async (command: number, data: Uint8Array) => {
    platform.heard.length = 0;
    platform.say(command, data);
    await until('the answer', () => platform.heard.length > 0);
    const { frame, unit } = platform.heard[0] ?? {};
    return { command: frame?.command, serial: frame?.serial, type: unit?.type, objects: unit?.objects ?? [] };
  };
  const { answer, confirm, deny, request, control } = COMMAND;
  const states = await said(request, Buffer.of(61, 1, 1, 2));
  expect([states.command, states.type, [...(states.objects[0]?.state ?? [])]]).toEqual([answer, 1, [7, 0]]);
  const component = await said(request, Buffer.of(62, 2, 1, 2, 2, 0, 0, 0, 1, 2, 9, 0, 0, 0));
  expect(component).toMatchObject({ command: answer, type: 2, objects: [{ componentAddress: '00000002' }] });
  expect(component.objects).toHaveLength(1);
  // With the type of the component in between.
  const typed = await said(request, Buffer.of(67, 1, 1, 2, 40, 1, 0, 0, 0));
  expect(typed).toMatchObject({ command: answer, type: 7, objects: [{ componentAddress: '00000001' }] });
  expect(await said(request, Buffer.of(88, 1, 0))).toMatchObject({ command: answer, type: 28 });
  expect(await said(request, Buffer.of(62, 1, 1, 2, 9, 0, 0, 0))).toMatchObject({ command: deny });
  expect(await said(request, Buffer.of(62, 255, 1))).toMatchObject({ command: deny });
  expect(await said(request, Buffer.of(63, 1, 1, 2, 1, 0, 0, 0))).toMatchObject({
    command: answer,
    type: 3,
    objects: [
      { componentAddress: '00000001', analog: { type: 3, raw: 235 } },
      { componentAddress: '00000001', analog: { type: 4, raw: 4 } },
    ],
  });
  // One that measures nothing that the standard has a type for.
  expect(await said(request, Buffer.of(63, 1, 1, 2, 2, 0, 0, 0))).toMatchObject({ command: deny });
  const noon = [0, 0, 12, 1, 6, 26];
  const done = await said(request, Buffer.of(64, 1, 1, 2, 10, ...noon));
  expect(done).toMatchObject({ command: answer, type: 4, objects: [{ ...system, operation: 1, operator: 0 }] });
  expect(done.objects).toHaveLength(1);
  const lastTwo = await said(request, Buffer.of(64, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0));
  expect(lastTwo.objects.map(({ operation }) => operation)).toEqual([1 << 5, 1]);
  expect(await said(request, Buffer.of(65, 1, 1, 2))).toMatchObject({
    command: answer,
    type: 5,
    objects: [{ ...system, version: '3.14' }],
  });
  expect(await said(request, Buffer.of(66, 1, 1, 2))).toMatchObject({
    command: answer,
    type: 6,
    objects: [{ ...system, text: 'Brink 3.14.1，2 个部件' }],
  });
  expect(await said(request, Buffer.of(68, 1, 1, 2))).toMatchObject({ command: answer, type: 8, objects: [system] });
  for (const type of [64, 65, 66, 68]) {
    expect(await said(request, Buffer.of(type, 1, 1, 77)), `${type}`).toMatchObject({ command: deny });
  }
  expect(await said(request, Buffer.of(84, 1, 10, ...noon))).toMatchObject({
    command: answer,
    type: 24,
    objects: [{ operation: 1 << 5 }],
  });
  const none = await said(request, Buffer.of(84, 1, 10, 0, 0, 13, 1, 6, 26));
  expect(none).toMatchObject({ command: answer, objects: [] });
  expect(await said(request, Buffer.of(85, 1, 0))).toMatchObject({
    command: answer,
    type: 25,
    objects: [{ version: '3.14' }],
  });
  expect(await said(request, Buffer.of(86, 1, 0))).toMatchObject({
    command: answer,
    type: 26,
    objects: [{ text: 'Brink 3.14.1，2 个部件' }],
  });
  expect(await said(control, Buffer.of(90, 1, 0, 0, 12, 1, 6, 26))).toMatchObject({ command: confirm });
  expect(await said(control, Buffer.of(89, 1, 0))).toMatchObject({ command: deny });
  expect(await said(77, Buffer.alloc(0))).toMatchObject({ command: deny });
  expect(asked).toEqual([]);
  expect(await said(control, Buffer.of(91, 1, 3))).toMatchObject({ command: confirm });
  expect(asked).toEqual([3]);
});
