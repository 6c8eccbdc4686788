/** The step that makes a pod's volumes, or refreshes what fills them. */

import { withoutFailure } from '../core/pod-memory.ts';
import { planVolumes, setUpFailed, type VolumePlan } from '../core/volumes.ts';
import { PodFilesError } from '../ports/pod-files.ts';
import { done, type Executors, podOf, refusal, type StepResult, type Work } from './step-work.ts';

export const volumeSteps: Executors<'prepare-volumes'> = {
  'prepare-volumes': async ({ version }, work) => {
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
