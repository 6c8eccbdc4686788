/** The control groups of the pods: what all of them together may use. */

import { toBytes, toMillis } from '../../common/lib/quantity.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import { SettingsError } from '../../common/process/load-settings.ts';
import { cpuShares } from '../core/config/container-resources.ts';
import { createCgroups } from '../io/host/cgroups.ts';
import type { Cgroups } from '../ports/cgroups.ts';
import type { Cri } from '../ports/cri.ts';
import type { Amounts, Host } from '../ports/host.ts';

/** What all pods together may use, in bytes: the rest is left to the system and the agent. Throws SettingsError when nothing is left. */
export async function memoryForPods(settings: AgentSettings, host: Host, reserve: Amounts): Promise<number> {
  const { capacity = {}, allocatable = {} } = (await host.describe()).status;
  const bytes = toBytes(capacity['memory'] ?? '0') - reserve.memoryBytes;
  if (bytes > 0 && toMillis(allocatable['cpu'] ?? '0') > 0) return bytes;
  const { systemReserved, kubeReserved } = settings;
  throw new SettingsError(
    `systemReserved and kubeReserved must leave something to pods: found ${JSON.stringify(systemReserved)} and ` +
      `${JSON.stringify(kubeReserved)} on a device with cpu=${capacity['cpu']},memory=${capacity['memory']}`,
  );
}

/** Pods together get what is not reserved. */
export async function podCgroups(settings: AgentSettings, host: Host, cri: Cri, memoryBytes: number): Promise<Cgroups> {
  const { allocatable = {} } = (await host.describe()).status;
  return await createCgroups({
    root: settings.cgroupRoot,
    enabled: settings.cgroupsPerQos,
    podPidsLimit: settings.podPidsLimit < 0 ? undefined : settings.podPidsLimit,
    driver: async () => (settings.ownRuntime ? 'cgroupfs' : await cri.cgroupDriver()),
    allPods: {
      cpuShares: cpuShares(toMillis(allocatable['cpu'] ?? '0')),
      memoryBytes,
    },
  });
}
