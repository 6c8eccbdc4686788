/** The actors that keep the device from running out: logs, garbage, eviction; and what begins and ends with the device. */

import type { Context, Ref } from '../../common/actor/types.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import type { AgentDeps } from './agent-deps.ts';
import { eviction } from './eviction/eviction.ts';
import { storageLimits } from './eviction/storage-limits.ts';
import { gc } from './gc/gc.ts';
import type { NodeStatusMessage } from './link/node-status.ts';
import type { PodEventsMessage } from './link/pod-events.ts';
import { reboot } from './reboot/reboot.ts';
import { shutdown } from './shutdown/shutdown.ts';
import type { PodsMessage } from './sources/pods.ts';
import type { LogStormsMessage } from './storms/log-storms.ts';
import { logRotation } from './streams/log-rotation.ts';
import type { UsageMessage } from './usage/usage-messages.ts';
import { wholeAgain } from './whole-again.ts';

type Deps = Pick<
  AgentDeps,
  'node' | 'cri' | 'images' | 'journal' | 'logRotation' | 'gc' | 'eviction' | 'reboot' | 'shutdown'
>;
type Known = {
  readonly nodeStatus: Ref<NodeStatusMessage>;
  readonly events: Ref<PodEventsMessage>;
  readonly pods: Ref<PodsMessage>;
  readonly usage: Ref<UsageMessage>;
  readonly storms: Ref<LogStormsMessage>;
  readonly meter: Meter;
};

/** Starts them; `known` are the actors that they speak with. */
export function guards<M extends { readonly type: string }>(
  self: Pick<Context<M>, 'spawn'>,
  deps: Deps,
  known: Known,
): void {
  const { node, cri, images } = deps;
  const { usage, storms, pods, nodeStatus, events, meter } = known;
  if (deps.reboot !== undefined) {
    self.spawn('reboot', reboot({ ...deps.reboot, node, uptime: deps.journal, nodeStatus, events }));
  }
  if (deps.shutdown !== undefined) {
    self.spawn('shutdown', shutdown({ ...deps.shutdown, pods, nodeStatus, events }), wholeAgain);
  }
  const rotation = self.spawn('log-rotation', logRotation({ cri, storms, ...deps.logRotation }));
  const collector = self.spawn(
    'gc',
    gc({ ...deps.gc, cri, sandboxImage: images.sandboxImage, pods, events, logRotation: rotation }),
  );
  const evictor = { ...deps.eviction, node, usage, gc: collector, pods, nodeStatus, events, meter };
  self.spawn('eviction', eviction(evictor));
  self.spawn('storage-limits', storageLimits(evictor));
}
