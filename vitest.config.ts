import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { TEST_LIMIT_MS, WAIT_LIMIT_MS } from './tests/support/until.ts';

// Every test file, every server and command that it starts and each of their threads read the same sources: compiled once,
// all the others take them from here. It is a quarter of all the work.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'brink-compiled');

/** Folders whose files take long, the longest first: one of these begun last would have the machine to itself at the end. */
const LONG = ['/e2e/', '/simulation/', '/flow/', '/contract/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((folder) => moduleId.includes(`/tests${folder}`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Two cores are the machine at hand. More than half the time a test waits for a server, a browser or a disk, so there is
    // room for twice as many.
    maxWorkers: 4,
    testTimeout: TEST_LIMIT_MS,
    hookTimeout: TEST_LIMIT_MS,
    expect: { poll: { timeout: WAIT_LIMIT_MS } },
    setupFiles: ['tests/setup.ts'],
    // Files share a process, because reading the sources again for each is a quarter of all the work. What one starts it ends.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    include: ['tests/**/*.test.ts'],
    // The sources run on Node as they are, here as in the product, without a transform in between.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
