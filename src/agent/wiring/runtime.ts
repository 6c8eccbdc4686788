/** The runtime that pods run in: the agent's own containerd, which it starts, or one that is there. */

import { join } from 'node:path';
import { realClock } from '../../common/actor/clock.ts';
import type { Logger } from '../../common/actor/types.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { containerdLayout } from '../io/containerd/containerd-config.ts';
import { keepContainerd } from '../io/containerd/containerd-keeper.ts';
import { writeRegistryHosts } from '../io/containerd/registries.ts';
import type { RegistryHosts } from '../io/containerd/registry-hosts.ts';
import { createCri } from '../io/cri/cri.ts';
import { ownRuntime, registryConfigDir } from '../maintenance.ts';
import type { Cri } from '../ports/cri.ts';

/** `socket` is the path of its unix socket. */
export type Runtime = { readonly socket: string; readonly cri: Cri };

/** An own containerd is kept running until `ended` aborts. */
export async function openRuntime(
  settings: AgentSettings,
  registries: RegistryHosts,
  log: Logger,
  ended: AbortSignal,
): Promise<Runtime> {
  const seccompDir = join(settings.dataDir, 'seccomp');
  if (!settings.ownRuntime) {
    const socket = settings.runtimeEndpoint.replace(/^unix:\/\//, '');
    return { socket, cri: createCri(socket, { seccompDir }) };
  }
  await writeRegistryHosts(registryConfigDir(settings), registries);
  const owned = ownRuntime(settings);
  const { socket } = containerdLayout(owned);
  const imagesBrought = keepContainerd(owned, realClock, log, ended);
  return { socket, cri: createCri(socket, { seccompDir, imagesBrought }) };
}
