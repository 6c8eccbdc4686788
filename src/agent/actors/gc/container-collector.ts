/** Removes the dead containers and sandboxes that dead-containers.ts names. What has gone meanwhile, by a worker, is removed already. */

import { type DeadLimits, deadParts } from '../../core/gc/dead-containers.ts';
import { type Cri, CriError } from '../../ports/cri.ts';

type Runtime = Pick<Cri, 'listContainers' | 'listSandboxes' | 'removeContainer' | 'removeSandbox'>;
export type Removed = { readonly containers: number; readonly sandboxes: number; readonly failed: readonly string[] };

/** `over`: uids of pods that have ended for good. Rejects with CriError when nothing can be listed. */
export async function collectDead(cri: Runtime, limits: DeadLimits, over?: ReadonlySet<string>): Promise<Removed> {
  const [containers, sandboxes] = await Promise.all([cri.listContainers(), cri.listSandboxes()]);
  const dead = deadParts({ containers, sandboxes }, limits, over);
  const failed: string[] = [];
  const remove = async (name: string, work: () => Promise<void>): Promise<number> => {
    try {
      await work();
      return 1;
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      if (error.code !== 'not-found') failed.push(`${name}: ${error.message}`);
      return 0;
    }
  };
  let [removed, boxes] = [0, 0];
  for (const { id, name } of dead.containers) {
    removed += await remove(`container ${name}`, () => cri.removeContainer(id));
  }
  for (const { id, name } of dead.sandboxes) boxes += await remove(`sandbox of ${name}`, () => cri.removeSandbox(id));
  return { containers: removed, sandboxes: boxes, failed };
}
