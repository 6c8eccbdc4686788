/** Where pages come from: what writes them is loaded with the first. */

import type { Page } from './page.ts';

/** `limit`: series that the page has room for; the rest is counted only. */
export async function createPage(limit: number): Promise<Page> {
  const { promPage } = await import('./prom-page.ts');
  return promPage(limit);
}
