/** The control group of a pod: made before its sandbox, gone with its files. */

import { qosOf } from '../../../common/model/qos.ts';
import { podCgroup, podCgroups, podLimits } from '../../core/config/cgroup.ts';
import { podOf, type Work } from './step-work.ts';

/** Makes the group, or brings its limits up to date; answers with the runtime's name for it. Rejects with CgroupsError or CriError. */
export async function placePod(work: Pick<Work, 'cgroups' | 'name' | 'node' | 'pod'>): Promise<string | undefined> {
  const pod = podOf(work);
  const { facts, podPidsLimit } = work.cgroups;
  return await work.cgroups.place(podCgroup(work.name.uid, qosOf(pod)), podLimits(pod, facts, podPidsLimit));
}

/** Rejects with CgroupsError while something is left in it. */
export async function removePodCgroup({ cgroups, name }: Pick<Work, 'cgroups' | 'name'>): Promise<void> {
  for (const path of podCgroups(name.uid)) await cgroups.remove(path);
}
