/** What Prometheus' own checker says of a page. */

import { spawnSync } from 'node:child_process';
import type { ExecutionContext } from 'ava';

/** Fails the test when `promtool check metrics` can not read the page, or finds a name that breaks Prometheus' rules. */
export function promtoolAccepts(t: ExecutionContext, text: string): void {
  const ran = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  t.is(ran.status, 0, `${ran.error ?? ''}${ran.stdout}${ran.stderr}\n${text.slice(0, 2000)}`);
}
