import { afterEach } from 'vitest';
import { cleanUp } from './support/after-test.ts';

// Run for each file of tests: a module that several files of one process share is run but once, and so are hooks in it.
afterEach(cleanUp);
