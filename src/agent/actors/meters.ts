/** The actors that measure: what is used, what is written, how the device is, and who is told of it. */

import type { Context, Ref } from '../../common/actor/types.ts';
import { createMeter } from '../../common/metrics/meter.ts';
import type { AgentDeps } from './agent-deps.ts';
import { writeBudget } from './gc/write-budget.ts';
import { deviceHealth } from './health/device-health.ts';
import type { NodeStatusMessage } from './link/node-status.ts';
import type { PodEventsMessage } from './link/pod-events.ts';
import { metrics } from './metrics/metrics.ts';
import { logStorms } from './storms/log-storms.ts';
import { usage } from './usage/usage.ts';

type Deps = Pick<
  AgentDeps,
  | 'node'
  | 'cri'
  | 'cgroups'
  | 'host'
  | 'files'
  | 'usage'
  | 'metrics'
  | 'metricsPages'
  | 'health'
  | 'logStorms'
  | 'writeMeter'
>;
type Known = { readonly nodeStatus: Ref<NodeStatusMessage>; readonly events: Ref<PodEventsMessage> };

/** Starts them; answers with those that others ask. */
export function meters<M extends { readonly type: string }>(
  self: Pick<Context<M>, 'spawn'>,
  deps: Deps,
  { nodeStatus, events }: Known,
) {
  const { node, cri, cgroups, host, files } = deps;
  const uses = self.spawn('usage', usage(deps.usage));
  const samples = self.spawn('metrics', metrics({ ...deps.metrics, node, usage: uses }));
  const sensors =
    deps.health && self.spawn('health', deviceHealth({ ...deps.health, cgroups, host, nodeStatus, events }));
  const storms = self.spawn(
    'log-storms',
    logStorms({ ...deps.logStorms, cri, events, logDirectory: files.logDirectory }),
  );
  const writes = self.spawn('write-budget', writeBudget({ meter: deps.writeMeter, storms, nodeStatus }));
  const meter = createMeter();
  if (deps.metricsPages !== undefined) {
    const { pages, ...parts } = deps.metricsPages;
    self.spawn('metrics-pages', pages({ ...parts, node, usage: uses, health: sensors, writes, storms, meter }));
  }
  return { usage: uses, metrics: samples, storms, meter };
}
