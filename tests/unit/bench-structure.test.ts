import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { benchStructure } from '../../bench/structure.ts';
import { temporaryFolder } from '../support/temporary.ts';

test('the measures of sources see what they are to see', async () => {
  const root = temporaryFolder();
  const files = {
    'src/app.ts': `export function start(): void {\n${'  //\n'.repeat(300)}}\n`,
    'src/long.ts': `export const long = (): void => {\n${'  //\n'.repeat(201)}};\n`,
    'src/many.ts': 'export function many(a: any, b: 1, c: 1, d: 1, e: 1, f: 1): void {}\n',
    'src/a.ts': "import { b } from './b.ts';\nexport const a = [b, /no such point/, 'BEGIN IMMEDIATE'];\n",
    'src/b.ts': "import type { a } from './a.ts';\nexport const b: typeof a | 1 = 1;\n",
    'src/console/api/get.ts': "import { word } from '../ui/word.ts';\nexport const request = <T>(): T => word as T;\n",
    'src/console/ui/word.ts': "import '../api/get.ts';\nexport const word = 'BEGINNING, or Begin';\n",
    'src/console/duty/page.ts':
      "import { request } from '../api/get.ts';\ninterface Answer { readonly id: string }\nexport const page = request<Answer>();\n",
    'src/console/duty/page.css': '.duty {\n}\n',
    'src/console/duty/row.module.css': '.row :global(.ant-row), .row:global(.duty) {\n}\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { rows, conditions } = await benchStructure(root);
  expect(Object.fromEntries(rows.map(({ what, value }) => [what, value]))).toEqual({
    'lines of src (ts, tsx, css)': 302 + 203 + 1 + 2 + 2 + 2 + 2 + 3 + 2 + 2,
    'lines of the longest function outside app.ts': 203,
    'functions above 200 lines': 2,
    'functions with 6 parameters or more': 1,
    'wire types written by hand in console and CLI': 1,
    'regular expressions over English sentences': 1,
    'places that begin a transaction': 1,
    'import circles': 2,
    any: 1,
    'upward imports between console folders': 1,
    'class names of the console that are global': 1,
  });
  expect(conditions).toContain('long 203 (src/long.ts)');
});
