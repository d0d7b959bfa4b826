import { rmSync, statSync, writeFileSync } from 'node:fs';

/** Enough for the news that the disk is full, with the write-ahead logs of two databases. */
const RESERVE_BYTES = 8 << 20;

/**
 * Disk space set aside while there is some, and given up when the disk is full, so that the alert about it can still be
 * written down before it is pushed.
 */
export function createReserve(file: string): { ensure(): boolean; release(): void } {
  return {
    /** Sets the space aside; false when there is not enough, which means the disk is still full. */
    ensure() {
      try {
        if (statSync(file, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return true;
        writeFileSync(file, Buffer.alloc(RESERVE_BYTES, 0xff), { mode: 0o600 });
        return true;
      } catch {
        rmSync(file, { force: true });
        return false;
      }
    },
    release() {
      rmSync(file, { force: true });
    },
  };
}
