import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { casesIn, DOCUMENTS, tableOf, whatIsRead, withTable } from '../support/read-table.ts';

test.each(['en', 'zh'] as const)('the table of what is read holds (%s); npm run tables writes it', (language) => {
  const document = readFileSync(DOCUMENTS[language], 'utf8');
  expect(withTable(document, language)).toBe(document);
  for (const [, page = ''] of tableOf(language).matchAll(/\]\(([^)]+)\)/g))
    expect([page, existsSync(page)]).toEqual([page, true]);
});

test.each(
  whatIsRead().map(({ name, folder }) => [name, folder] as const),
)('%s is tried with cases', (_name, folder) => {
  expect(casesIn(folder)).toBeGreaterThan(4);
});
