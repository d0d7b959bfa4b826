import type { Core } from './core.ts';

/**
 * Whose an id with hyphens is, where names of Sparkplug have hyphens themselves: of whoever spoke first as a device of that id.
 * It is kept, so that a start does not give it to another one; it goes with the device.
 */
export interface SparkplugNames {
  /** The id `GROUP:NODE:DEVICE` of whoever goes by it; undefined while nobody does. */
  sparkplugName(device: string): string | undefined;
  keepSparkplugName(device: string, own: string, atMs: number): void;
}

export function createSparkplugNames({ database, trail, change }: Core): SparkplugNames {
  const read = database.prepare('SELECT own FROM sparkplug_name WHERE device = ?');
  const insert = database.prepare('INSERT INTO sparkplug_name (device, own) VALUES (?, ?)');
  return {
    sparkplugName(device) {
      const own = read.get(device)?.own;
      return typeof own === 'string' ? own : undefined;
    },
    keepSparkplugName(device, own, atMs) {
      change(() => {
        insert.run(device, own);
        trail.add({ atMs, author: 'system', action: 'sparkplug-name-kept', subject: device, detail: { own } });
      });
    },
  };
}
