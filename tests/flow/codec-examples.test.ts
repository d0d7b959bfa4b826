import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';

const LEVEL = 'function decodeUplink({ bytes }) { return { data: { level: ((bytes[0] << 8) | bytes[1]) / 100 } }; }';
const COUNTING = 'var n = 0; function Decoder(bytes) { n++; return { first: n === 1, b: bytes[0] }; }';
const WRONG =
  'function decodeUplink({ bytes }) { if (bytes.length < 2) throw new Error("short"); return { data: { a: 1 } }; }';

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/codec-examples.ts', ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

test('npm run codecs says which codecs give what they should, and why the others do not', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'acme'));
  for (const [name, source] of Object.entries({ level: LEVEL, counting: COUNTING, wrong: WRONG })) {
    writeFileSync(join(folder, 'acme', `${name}.js`), source);
  }
  const example = (id: string, name: string, bytes: string, data: unknown, recvTime?: string) =>
    JSON.stringify({ id, codecPath: `acme/${name}.js`, fPort: 1, bytes, recvTime, expect: { data } });
  const file = join(folder, 'examples.jsonl');
  const good = [
    // A time as some documentation has it, that is none.
    example('l-1', 'level', '01a4', { level: 4.2 }, '2020-08-02T20:00:00.00005:00'),
    example('c-1', 'counting', '07', { first: true, b: 7 }),
    example('c-2', 'counting', '08', { first: true, b: 8 }),
  ];
  writeFileSync(file, good.join('\n'));
  const well = await run('--codecs', folder, '--examples', file);
  expect(well).toMatchObject({ code: 0, stderr: '' });
  expect(well.stdout).toBe(
    'acme/counting.js: right with a fresh context for each call\n2 of 2 codecs, 3 of 3 examples\n',
  );

  const bad = [
    example('w-1', 'wrong', '0102', { a: 2 }),
    example('w-2', 'wrong', '01', { a: 1 }),
    example('m-1', 'missing', '01', {}),
  ];
  writeFileSync(file, [...good, ...bad].join('\n'));
  const badly = await run('--codecs', folder, '--examples', file);
  expect(badly.code).toBe(1);
  expect(badly.stdout).toContain('acme/wrong.js: 2 of 2 examples\n  w-1: data.a: 1, expected 2\n  w-2: Error: short\n');
  expect(badly.stdout).toContain(`m-1: no such file below ${folder}`);
  expect(badly.stdout).toMatch(/2 of 4 codecs, 3 of 6 examples\n$/);

  // A checkout of one repository alone.
  expect((await run('--codecs', join(folder, 'acme'), '--examples', file)).stdout).toBe(
    badly.stdout.replace(folder, join(folder, 'acme')),
  );
});
