import { flushCompileCache } from 'node:module';
import { afterEach, beforeAll } from 'vitest';
import { cleanUp } from './support/after-test.ts';

// Run for each file of tests: a module that several files of one process share is run but once, and so are hooks in it.
afterEach(cleanUp);

// What this file's imports have compiled is there for the processes that its tests start; by itself Node keeps it at its end.
beforeAll(() => flushCompileCache());
