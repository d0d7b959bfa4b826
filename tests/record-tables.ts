import { readFileSync, writeFileSync } from 'node:fs';
import { DOCUMENTS, withTable } from './support/read-table.ts';

/** `npm run tables`: writes the tables of README and README.zh-CN that are made from the tests' cases. */
for (const language of ['en', 'zh'] as const) {
  const file = DOCUMENTS[language];
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), language));
}
