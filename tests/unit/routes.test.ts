import { describe, expect, test } from 'vitest';
import { createRoutes } from '../../src/decode/routes.ts';
import type { PayloadFormat } from '../../src/model/format.ts';
import { NATIVE, routeOf } from '../support/native-route.ts';

const format = (name: string): PayloadFormat => ({
  name,
  read: () => ({ readings: [], rejection: null, clockAheadMs: 0, isRepaired: false }),
});

/** The format and the device of a topic, by routes of which each has a format of its own name. */
function find(topic: string, ...patterns: string[]): string | undefined {
  const route = createRoutes(patterns.map((pattern) => ({ topic: pattern, format: format(pattern) })))(topic);
  return route?.kind === 'device' ? `${route.pattern} ${route.format.name} ${route.device(topic)}` : undefined;
}

describe('a route', () => {
  test.each([
    ['telemetry/a', 'telemetry/{device}', 'a'],
    ['telemetry/ a ', 'telemetry/{device}', 'a'],
    ['v3/app@t/devices/eui-1/up', 'v3/+/devices/{device}/up', 'eui-1'],
    ['{device}', '{device}', '{device}'],
    ['zigbee2mqtt/pump/set/x', 'zigbee2mqtt/{device}/#', 'pump'],
    ['zigbee2mqtt/pump', 'zigbee2mqtt/{device}/#', 'pump'],
    ['a//c', '{device}//c', 'a'],
  ])('%s is of %s', (topic, pattern, device) => {
    expect(find(topic, pattern)).toBe(`${pattern} ${pattern} ${device}`);
  });

  test.each([
    ['telemetry', 'telemetry/{device}'],
    ['telemetry/a/b', 'telemetry/{device}'],
    ['telemetry2/a', 'telemetry/{device}'],
    ['Telemetry/a', 'telemetry/{device}'],
    ['v3/app/devices/eui-1/join', 'v3/+/devices/{device}/up'],
    ['v3/app/devices/eui-1', 'v3/+/devices/{device}/up'],
    ['v3/app/devices/eui-1/up/x', 'v3/+/devices/{device}/up'],
    ['v3/app/devices/eui-1/upper', 'v3/+/devices/{device}/up'],
    ['', 'a/{device}'],
    ['/', 'a/{device}'],
  ])('%s is not of %s', (topic, pattern) => {
    expect(find(topic, pattern)).toBeUndefined();
  });

  test('the first that fits is taken', () => {
    const patterns = ['x/{device}/up', 'x/{device}/+', 'x/{device}/#'];
    expect(['x/d/up', 'x/d/join', 'x/d/a/b'].map((topic) => find(topic, ...patterns)?.split(' ')[0])).toEqual(patterns);
  });

  test('a topic that fits and names nobody has no device', () => {
    expect(routeOf('telemetry/ ')).toBe(NATIVE);
    expect(NATIVE.device('telemetry/ ')).toBeUndefined();
    expect(NATIVE.device('telemetry/')).toBeUndefined();
  });

  test.each([
    'telemetry',
    'a/#',
    '#/{device}',
    '{device}/{device}',
    'a+/{device}',
    'x{device}',
    'a/{point}/{device}',
  ])('cannot be %s', (pattern) => {
    expect(() => createRoutes([{ topic: pattern, format: format('f') }])).toThrow(/\{device\}/);
  });
});
