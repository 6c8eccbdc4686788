/** What the runtime is told about a pod's sandbox and its containers, with the files that the agent gives them. */

import type { Container } from '../../common/model/container.ts';
import { containerConfig } from '../core/container-config.ts';
import { environment } from '../core/env.ts';
import type { ContainerConfig, Mount, SandboxConfig } from '../core/runtime-model.ts';
import { hostsFile, sandboxConfig } from '../core/sandbox-config.ts';
import { nonRootRefusal } from '../core/security.ts';
import { PodFilesError } from '../ports/pod-files.ts';
import { terminationFile } from './inspect.ts';
import { placePod } from './pod-cgroup.ts';
import { podOf, type Work } from './step-work.ts';

export async function sandboxOf(work: Work, attempt: number): Promise<SandboxConfig> {
  const dns = await work.host.resolvConf();
  const logDirectory = work.files.logDirectory(work.name);
  return sandboxConfig({ pod: podOf(work), attempt, logDirectory, dns, cgroupParent: await placePod(work) });
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** Not ok, with the reason in words, when the container can not be made from what is there. */
export async function configOf(container: Container, attempt: number, work: Work): Promise<Outcome<ContainerConfig>> {
  const pod = podOf(work);
  const image = work.memory.images[container.name];
  if (image === undefined) throw new Error(`container ${container.name} is to be started before its image is known`);
  const refusedUser = nonRootRefusal(pod, container, image);
  if (refusedUser !== undefined) return { ok: false, message: refusedUser };
  const podIps = pod.spec.hostNetwork
    ? work.node.ips
    : (work.observed.sandboxes.findLast(({ ready }) => ready)?.ips ?? []);
  const variables = environment(pod, container, work.inputs, { podIps, node: work.node });
  if (!variables.ok) return variables;
  const ownMounts = await ownFiles(container.name, attempt, podIps, work);
  if (!ownMounts.ok) return ownMounts;
  const volumePaths = work.memory.volumes?.paths ?? {};
  const input = { pod, container, attempt, image: image.id, variables: variables.value, volumePaths };
  return { ok: true, value: containerConfig({ ...input, ownMounts: ownMounts.value, node: work.node }) };
}

/** The files that the agent itself puts into a container: where it leaves its last words, and its hosts. */
async function ownFiles(
  container: string,
  attempt: number,
  podIps: readonly string[],
  work: Work,
): Promise<Outcome<readonly Mount[]>> {
  const { files, name } = work;
  const pod = podOf(work);
  try {
    const words = await files.writeFile(name, terminationFile(container, attempt), '', 0o666);
    const mounts = [{ hostPath: words, containerPath: '/dev/termination-log', readOnly: false }];
    if (!pod.spec.hostNetwork) {
      const hostPath = await files.writeFile(name, 'etc-hosts', hostsFile(pod, podIps));
      mounts.push({ hostPath, containerPath: '/etc/hosts', readOnly: false });
    }
    return { ok: true, value: mounts };
  } catch (error) {
    if (error instanceof PodFilesError) return { ok: false, message: error.message };
    throw error;
  }
}
