import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/**
 * What axe finds serious or worse on the page as it stands; `only`: by these rules alone. Our pages have no frames, so
 * what there is for those is left out: it is two thirds of the time.
 */
export async function seriousFindings(page: Page, only?: readonly string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await axe
    .options({ resultTypes: ['violations'], ...(only === undefined ? {} : { runOnly: [...only] }) })
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
