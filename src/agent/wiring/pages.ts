/** The pages of metrics that the agent serves itself. What they need is loaded only then. */

import type { Logger } from '../../common/actor/types.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { version } from '../../common/process/version.ts';
import type { AgentDeps } from '../actors/agent-deps.ts';

/** Off unless a port is set. */
export async function pagesOf(
  { metricsAddress, metricsPort }: AgentSettings,
  log: Logger,
): Promise<AgentDeps['metricsPages']> {
  if (metricsPort === 0) return undefined;
  const [{ createPageServer }, { processSeries }, { metricsPages: pages }] = await Promise.all([
    import('../../common/process/page-server.ts'),
    import('../../common/process/process-series.ts'),
    import('../actors/metrics/metrics-pages.ts'),
  ]);
  const server = createPageServer(metricsAddress, metricsPort, log);
  return { server, pages, ownSeries: (add) => processSeries(add, 'agent', version) };
}
