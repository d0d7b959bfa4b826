import { type MessagePath, type PathStep, parsePath } from '../../../model/messages.ts';

/** What stands at a path of a message: from the message as a whole, or from the item that is being read. */
export type Getter = (root: unknown, item: unknown) => unknown;

/** An item of a message, and the key that it stands under, where its path goes by keys. */
export interface Item {
  readonly value: unknown;
  readonly key: string | undefined;
}

const NOTHING: MessagePath = { isFromRoot: false, steps: [{ key: '' }] };

/** Compiles a path that the schema has taken. */
export function getterOf(path: string | readonly (string | number)[]): Getter {
  const { isFromRoot, steps } = parsePath(path) ?? NOTHING;
  const [only] = steps;
  // As most are.
  if (!isFromRoot && steps.length === 1 && only !== undefined && 'key' in only) {
    const { key } = only;
    return (_root, item) => ownValue(item, key);
  }
  const compiled = steps.map(stepOf);
  return (root, item) => {
    let at = isFromRoot ? root : item;
    for (const step of compiled) {
      if (at === undefined || at === null) return undefined;
      at = step(at);
    }
    return at;
  };
}

function stepOf(step: PathStep): (at: unknown) => unknown {
  if ('key' in step) return (at) => ownValue(at, step.key);
  if ('index' in step) return (at) => (Array.isArray(at) ? at[step.index] : undefined);
  if ('where' in step) {
    return (at) => (Array.isArray(at) ? at.find((item) => String(ownValue(item, step.where)) === step.is) : undefined);
  }
  return () => undefined;
}

/** A value that an object has itself: a key such as `constructor` is not one that it has from elsewhere. */
export function ownValue(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key)) return undefined;
  return (object as Record<string, unknown>)[key];
}

/** Gives the items of a message, at most so many and one more. */
export function itemsOf(path: string, most: number): (root: unknown) => Item[] {
  const { steps } = parsePath(path) ?? NOTHING;
  return (root) => {
    let items: Item[] = [{ value: root, key: undefined }];
    for (const step of steps) {
      if (!('every' in step)) {
        const get = stepOf(step);
        items = items.map(({ value, key }) => ({ value: get(value), key }));
        continue;
      }
      const next: Item[] = [];
      for (const { value, key } of items) {
        if (step.every === 'item' && Array.isArray(value)) {
          for (const each of value) {
            if (next.length > most) return next;
            next.push({ value: each, key });
          }
        } else if (step.every === 'key' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
          for (const name in value) {
            if (next.length > most) return next;
            next.push({ value: ownValue(value, name), key: name });
          }
        }
      }
      items = next;
    }
    return items.filter(({ value }) => value !== undefined);
  };
}

/** The items of an object whose keys are `tag` and device with a text between: for each device its tags. */
export function splitItems(object: unknown, between: string): Item[] {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return [];
  const items = new Map<string, Record<string, unknown>>();
  for (const [name, value] of Object.entries(object)) {
    const at = name.lastIndexOf(between);
    if (at <= 0) continue;
    const device = name.slice(at + between.length);
    let item = items.get(device);
    if (item === undefined) {
      // Without a prototype, so that a tag such as __proto__ is a tag like any other.
      item = Object.create(null) as Record<string, unknown>;
      items.set(device, item);
    }
    item[name.slice(0, at)] = value;
  }
  return [...items].map(([key, value]) => ({ key, value }));
}
