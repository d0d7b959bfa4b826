import { hyphenatedId, parseSparkplugId, type SparkplugAddress, sparkplugIds } from '../../model/sparkplug.ts';
import type { Registry } from '../../registry/registry.ts';

/** Who of Sparkplug goes by which id of the registry. */
export interface SparkplugIds {
  /** The ids that somebody may be registered by. */
  of(address: SparkplugAddress): readonly string[];
  /** The same of somebody who speaks: an id with hyphens that is nobody's yet is kept for him, if his sender may speak for it. */
  spoken(address: SparkplugAddress, mayFeed: ((device: string) => boolean) | undefined): readonly string[];
  addressOf(id: string): SparkplugAddress | undefined;
}

export function createSparkplugIds(
  registry: Pick<Registry, 'device' | 'sparkplugName' | 'keepSparkplugName'>,
  nowMs: () => number,
): SparkplugIds {
  /** The registered id with hyphens that may be meant, beside the clear one that is not registered. */
  function meant(address: SparkplugAddress): { readonly own: string; readonly id: string } | undefined {
    const id = hyphenatedId(address);
    const [own] = sparkplugIds(address);
    if (id === undefined || own === undefined || registry.device(id) === undefined) return undefined;
    return registry.device(own) === undefined ? { own, id } : undefined;
  }

  function of(address: SparkplugAddress): readonly string[] {
    const found = meant(address);
    if (found === undefined || registry.sparkplugName(found.id) !== found.own) return sparkplugIds(address);
    return [...sparkplugIds(address), found.id];
  }

  return {
    of,
    spoken(address, mayFeed) {
      const found = meant(address);
      if (found !== undefined && registry.sparkplugName(found.id) === undefined && mayFeed?.(found.id) !== false) {
        registry.keepSparkplugName(found.id, found.own, nowMs());
      }
      return of(address);
    },
    addressOf: (id) => parseSparkplugId(registry.sparkplugName(id) ?? id),
  };
}
