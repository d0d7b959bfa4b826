import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { TEST_LIMIT_MS, WAIT_LIMIT_MS } from './tests/support/until.ts';

// Every test file, every server and command that it starts and each of their threads read the same sources: compiled once,
// all the others take them from here. It is a quarter of all the work.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'brink-compiled');

export default defineConfig({
  test: {
    // Two cores are the machine at hand. Half the time a test waits for a server, a browser or a disk, so a third has room;
    // more only make each other late.
    maxWorkers: 3,
    testTimeout: TEST_LIMIT_MS,
    hookTimeout: TEST_LIMIT_MS,
    expect: { poll: { timeout: WAIT_LIMIT_MS } },
    setupFiles: ['tests/setup.ts'],
    projects: [
      // Functions alone: their files share a process, which takes a quarter of the time away. All others start servers,
      // threads and browsers, and each has a process to itself.
      { extends: true, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        test: { name: 'parts', include: ['tests/**/*.test.ts'], exclude: ['tests/unit/**', 'node_modules/**'] },
      },
    ],
    // The sources run on Node as they are, here as in the product, without a transform in between.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
