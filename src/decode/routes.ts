import type { PayloadFormat } from '../model/format.ts';
import type { Route, RouteOf } from '../model/route.ts';
import { createFormats, type FormatOptions } from './formats.ts';

/** A route as it is written down. */
export interface RouteDefinition {
  /** See Route.pattern. */
  readonly topic: string;
  readonly format: PayloadFormat;
}

const DEVICE = '{device}';
const ONE = '+';
const REST = '#';

/**
 * Finds the route of a topic: of several that fit the first one, so the one that most messages come by belongs first. It
 * compares text in place: a message makes nothing that is thrown away again but its device's id, and there is no memory of
 * topics, which at a hundred thousand devices would be looked up in vain. Throws for a pattern that no route can have.
 */
export function createRoutes(definitions: readonly RouteDefinition[]): RouteOf {
  const routes = definitions.map(({ topic, format }) => compile(topic, format));
  return (topic) => {
    for (const route of routes) if (route.fits(topic)) return route;
    return undefined;
  };
}

/** The routes that every server has: what a device publishes to `telemetry/{device}` is in the native form. */
export function nativeRoutes(options: FormatOptions): RouteOf {
  return createRoutes([{ topic: 'telemetry/{device}', format: createFormats(options).native }]);
}

function compile(pattern: string, format: PayloadFormat): Route & { fits(topic: string): boolean } {
  const levels = pattern.split('/');
  const deviceAt = levels.indexOf(DEVICE);
  const isOdd = levels.some(
    (level, i) =>
      (level === REST && i < levels.length - 1) || (![ONE, REST, DEVICE].includes(level) && /[+#{}]/.test(level)),
  );
  if (isOdd || deviceAt < 0 || levels.lastIndexOf(DEVICE) !== deviceAt) {
    throw new Error(`${pattern}: expected levels of a topic, one of them {device}, others + or at the end #`);
  }
  // Most routes differ in their first levels, which are compared in one go, and most of those in their first character.
  const literals = levels.findIndex((level) => level === ONE || level === DEVICE);
  const head = levels
    .slice(0, literals)
    .map((level) => `${level}/`)
    .join('');
  const first = head === '' ? undefined : head.charCodeAt(0);
  const rest = levels.slice(literals);
  return {
    pattern,
    format,

    fits(topic) {
      if (first !== undefined && (topic.charCodeAt(0) !== first || !topic.startsWith(head))) return false;
      let from = head.length;
      for (let i = 0; i < rest.length; i++) {
        const level = rest[i];
        if (level === REST) return true;
        if (from > topic.length) return false;
        const end = endOfLevel(topic, from);
        if (level !== ONE && level !== DEVICE && topic.slice(from, end) !== level) return false;
        from = end + 1;
      }
      return from === topic.length + 1;
    },

    device(topic) {
      let from = head.length;
      for (let i = literals; i < deviceAt; i++) from = endOfLevel(topic, from) + 1;
      // No id holds a blank, so one before or behind it is a slip of whoever set the device up, and nothing that a reading
      // should be lost for.
      const device = topic.slice(from, endOfLevel(topic, from)).trim();
      return device === '' ? undefined : device;
    },
  };
}

function endOfLevel(topic: string, from: number): number {
  const slash = topic.indexOf('/', from);
  return slash < 0 ? topic.length : slash;
}
