import type { Log } from './log.ts';

/** Ends what was started, last first. One part that fails to end does not keep the others from it. */
export function createTeardown(log: Log): { add(name: string, end: () => unknown): void; run(): Promise<void> } {
  const steps: { name: string; end: () => unknown }[] = [];
  return {
    add(name, end) {
      steps.push({ name, end });
    },
    async run() {
      for (const { name, end } of steps.splice(0).reverse()) {
        try {
          await end();
        } catch (error) {
          log.error({ err: error, part: name }, 'did not end cleanly');
        }
      }
    },
  };
}
