/** The step that makes a pod's volumes, or refreshes what fills them. */

import { withoutFailure } from '../core/pod-memory.ts';
import { planVolumes, setUpFailed, type VolumePlan } from '../core/volumes.ts';
import { PodFilesError } from '../ports/pod-files.ts';
import { done, type Executors, podOf, refusal, type StepResult, type Work } from './step-work.ts';

export const volumeSteps: Executors<'prepare-volumes'> = {
  'prepare-volumes': async ({ version }, work) => {
    const planned = planVolumes(podOf(work), work.inputs);
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
    return done(work, { memory: withoutFailure({ ...work.memory, volumes: { version, paths } }, 'volumes') });
  },
};

function mountFailed(work: Work, message: string): StepResult {
  work.event('Warning', 'FailedMount', message);
  return refusal('volumes', 'FailedMount', message);
}

async function makeVolume(plan: VolumePlan, { files, name }: Work): Promise<string> {
  switch (plan.type) {
    case 'empty':
      return files.makeEmptyDir(
        name,
        plan.name,
        plan.memoryBytes === undefined ? {} : { memoryBytes: plan.memoryBytes },
      );
    case 'host':
      await files.checkHostPath(plan.path, plan.check);
      return plan.path;
    case 'files':
      return files.writeVolume(name, plan.name, plan.files, { memory: plan.memory });
  }
}
