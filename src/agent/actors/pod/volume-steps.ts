/** The step that makes a pod's volumes, or refreshes what fills them. It is the first for a pod: what may not run here ends with it. */

import type { Rejection } from '../../core/admission/room.ts';
import { sysctlRefusal } from '../../core/config/sysctls.ts';
import { planVolumes, setUpFailed, type VolumePlan } from '../../core/config/volumes.ts';
import { pressureRefusal } from '../../core/eviction/admission.ts';
import { withoutFailure } from '../../core/pod/pod-memory.ts';
import { PodFilesError } from '../../ports/pod-files.ts';
import { done, type Executors, podOf, refusal, type StepResult, type Work } from './step-work.ts';

export const volumeSteps: Executors<'prepare-volumes'> = {
  'prepare-volumes': async ({ version }, work) => {
    const refused = refusalOf(work);
    if (refused !== undefined) return reject(work, refused.reason, refused.why);
    const planned = planVolumes(podOf(work), work.inputs, work.node);
    if (!planned.ok) return mountFailed(work, planned.message);
    const paths: Record<string, string> = {};
    for (const plan of planned.value) {
      try {
        paths[plan.name] = await makeVolume(plan, work);
      } catch (error) {
        if (!(error instanceof PodFilesError)) throw error;
        return mountFailed(work, setUpFailed(plan.name, error.message));
      }
    }
    return done({ memory: (memory) => withoutFailure({ ...memory, volumes: { version, paths } }, 'volumes') });
  },
};

/** Only for a pod that has not begun: what runs was taken on under another setting, or before the node ran short. */
function refusalOf(work: Work): Rejection | undefined {
  if (work.state.observed.sandboxes.length > 0) return undefined;
  const sysctls = sysctlRefusal(podOf(work), work.node.unsafeSysctls);
  if (sysctls !== undefined) return { reason: 'SysctlForbidden', why: sysctls };
  const pressure = pressureRefusal(podOf(work), work.node.pressure);
  return pressure === undefined ? work.rejection : { reason: 'Evicted', why: pressure };
}

/** The pod has failed, for good: the kubelet's answer to what a node does not allow. */
function reject(work: Work, reason: string, why: string): StepResult {
  work.event('Warning', reason, why);
  const ended = { phase: 'Failed', reason, message: `Pod was rejected: ${why}` } as const;
  return done({ memory: (memory) => ({ ...memory, ended }) });
}

function mountFailed(work: Work, message: string): StepResult {
  work.event('Warning', 'FailedMount', message);
  return refusal('volumes', 'FailedMount', message);
}

async function makeVolume(plan: VolumePlan, work: Work): Promise<string> {
  const { files, name } = work;
  const { fsGroup } = podOf(work).spec.securityContext;
  const shared = fsGroup === undefined ? {} : { fsGroup };
  switch (plan.type) {
    case 'empty': {
      const { memoryBytes } = plan;
      return files.makeEmptyDir(name, plan.name, { ...shared, ...(memoryBytes === undefined ? {} : { memoryBytes }) });
    }
    case 'host':
      await files.checkHostPath(plan.path, plan.check);
      return plan.path;
    case 'files':
      return files.writeVolume(name, plan.name, plan.files, { ...shared, memory: plan.memory });
  }
}
