import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/**
 * What is looked for. A language moves words and a theme colours: contrast is more than half of the time, and is what it is in
 * any language; all the rest is what it is in any colours.
 */
export type Looked = 'all' | 'but contrast' | 'contrast';
const RULES: Readonly<Record<Looked, RunOptions>> = {
  all: {},
  'but contrast': { rules: { 'color-contrast': { enabled: false } } },
  contrast: { runOnly: { type: 'rule', values: ['color-contrast'] } },
};

/**
 * What axe finds serious or worse on the page as it stands. It is brought there once for each document; our pages have no
 * frames, so what there is for those is left out.
 */
export async function seriousFindings(page: Page, looked: Looked = 'all'): Promise<string[]> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(AXE);
  const options: RunOptions = { resultTypes: ['violations'], iframes: false, ...RULES[looked] };
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
