/** What `bramble agent` can be told to do once, instead of running pods. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../common/actor/clock.ts';
import type { AgentSettings } from '../common/model/config/agent-settings.ts';
import { UserError } from '../common/process/program.ts';
import type { ContainerdOptions } from './io/containerd/containerd-config.ts';
import { stopContainerd } from './io/containerd/containerd-process.ts';
import { bringImages, pauseImage } from './io/containerd/own-images.ts';
import { unmountUnder } from './io/files/mounts.ts';
import { removeCgroups } from './io/host/cgroups.ts';
import { CgroupsError } from './ports/cgroups.ts';

/** By the word after `bramble agent`. */
export const maintenance: Readonly<Record<string, (settings: AgentSettings) => Promise<void>>> = {
  teardown,
  /** Brings the pause image to the runtime, which a device without a registry cannot pull. */
  'import-images': importImages,
};

/** Ends the pods and the containerd that an agent with `--own-runtime` started, and unmounts the pods' volumes. */
async function teardown(settings: AgentSettings): Promise<void> {
  await stopContainerd(ownRuntime(settings), realClock);
  await unmountUnder(join(settings.dataDir, 'pods'));
  await unmountUnder(join(settings.runDir, 'agent', 'log-storms'));
  try {
    await removeCgroups(settings.cgroupRoot);
  } catch (error) {
    if (!(error instanceof CgroupsError)) throw error;
    const advice = `end what still runs below the control group ${settings.cgroupRoot} and try again`;
    throw new UserError(`${error.message}; ${advice}`, { cause: error });
  }
}

/** The containerd of an agent with `--own-runtime`. */
export function ownRuntime(settings: AgentSettings): ContainerdOptions {
  return {
    dataDir: join(settings.dataDir, 'containerd'),
    runDir: join(settings.runDir, 'containerd'),
    network: { name: settings.podBridge, bridge: settings.podBridge, subnet: settings.podSubnet },
    sandboxImage: pauseImage,
    registryConfigDir: registryConfigDir(settings),
  };
}

/** Where the owned containerd is told about registries. */
export const registryConfigDir = (settings: AgentSettings) => join(settings.dataDir, 'containerd', 'certs.d');

async function importImages(settings: AgentSettings): Promise<void> {
  const socket = settings.runtimeEndpoint.replace(/^unix:\/\//, '');
  await mkdir(settings.dataDir, { recursive: true, mode: 0o711 });
  try {
    const brought = await bringImages(socket, settings.dataDir, realClock);
    process.stdout.write(`${brought.length === 0 ? 'nothing to import' : `imported ${brought.join(', ')}`}\n`);
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
}
