/** What the runtime is told about a pod's sandbox and its containers, with the files that the agent gives them. */

import type { Millis } from '../../../common/actor/types.ts';
import type { Container } from '../../../common/model/container.ts';
import { containerConfig } from '../../core/config/container-config.ts';
import { environment } from '../../core/config/env.ts';
import { podDns } from '../../core/config/pod-dns.ts';
import { hostsFile, kernelHostname, nodeHostsFile } from '../../core/config/pod-hostname.ts';
import { found, missing, type Resolved } from '../../core/config/resolved.ts';
import { sandboxConfig } from '../../core/config/sandbox-config.ts';
import { nonRootRefusal } from '../../core/config/security.ts';
import { type SubPathMount, subPathsOf } from '../../core/config/sub-paths.ts';
import { devicesAsked } from '../../core/devices/assignment.ts';
import { containerHash } from '../../core/pod/container-hash.ts';
import { endsBefore } from '../../core/pod/runs.ts';
import type { ContainerConfig, Mount, SandboxConfig } from '../../core/runtime-model.ts';
import { PodFilesError } from '../../ports/pod-files.ts';
import { terminationFile } from './last-words.ts';
import { placePod } from './pod-cgroup.ts';
import { podOf, type Work } from './step-work.ts';

/** The runtime is asked for all its containers. */
const DEVICES_LIMIT: Millis = 30_000;

/** Not ok, with the reason in words, when no sandbox can be made of what the pod says. */
export async function sandboxOf(work: Work, attempt: number): Promise<Resolved<SandboxConfig>> {
  const pod = podOf(work);
  const hostname = kernelHostname(pod);
  if (!hostname.ok) return hostname;
  const { dns, omitted } = podDns(pod, await work.host.resolvConf());
  const isNew = !work.state.observed.sandboxes.some((sandbox) => sandbox.attempt === attempt);
  if (isNew) for (const message of omitted) work.event('Warning', 'DNSConfigForming', message);
  const logDirectory = work.files.logDirectory(work.name);
  const cgroupParent = await placePod(work);
  return found(sandboxConfig({ pod, attempt, hostname: hostname.value, logDirectory, dns, cgroupParent }));
}

/** Not ok, with the reason in words, when the container can not be made from what is there. */
export async function configOf(container: Container, attempt: number, work: Work): Promise<Resolved<ContainerConfig>> {
  const pod = podOf(work);
  const image = work.state.memory.images[container.name];
  if (image === undefined) throw new Error(`container ${container.name} is to be started before its image is known`);
  const refusedUser = nonRootRefusal(pod, container, image);
  if (refusedUser !== undefined) return missing(refusedUser);
  const podIps = pod.spec.hostNetwork
    ? work.node.ips
    : (work.state.observed.sandboxes.findLast(({ ready }) => ready)?.ips ?? []);
  const variables = environment(pod, container, work.inputs, { podIps, node: work.node });
  if (!variables.ok) return variables;
  const parts = subPathsOf(container, variables.value);
  if (!parts.ok) return parts;
  const devices = await devicesOf(container, work);
  if (devices !== undefined && !devices.ok) return missing(devices.message);
  try {
    const subPaths = await bindParts(container, parts.value, work);
    const ownMounts = await ownFiles(container, attempt, podIps, work);
    const volumePaths = work.state.memory.volumes?.paths ?? {};
    const places = { volumePaths, subPaths, ownMounts };
    const ends = endsBefore(work.state.memory.runs[container.name], containerHash(container));
    return found(
      containerConfig({
        pod,
        container,
        attempt,
        ends,
        image,
        variables: variables.value,
        ...places,
        node: work.node,
        devices,
      }),
    );
  } catch (error) {
    if (error instanceof PodFilesError) return missing(error.message);
    throw error;
  }
}

/** What the container gets of the devices that the node offers; undefined when it asks for none. */
async function devicesOf(container: Container, { devices, name }: Work) {
  const asked = devicesAsked(container, devices?.resources ?? []);
  if (devices === undefined || asked.size === 0) return undefined;
  return await devices.ref.ask({ type: 'assign', uid: name.uid, container: container.name, asked }, DEVICES_LIMIT);
}

/** Rejects with PodFilesError that names the mount. */
async function bindParts(container: Container, parts: readonly SubPathMount[], { files, name, state }: Work) {
  const places = new Map<number, string>();
  for (const { index, volume, path } of parts) {
    const root = state.memory.volumes?.paths[volume];
    if (root === undefined) continue;
    const where = { volume, root, path, container: container.name, index };
    places.set(index, await files.bindSubPath(name, where));
  }
  return places;
}

/** The files that the agent itself puts into a container: where it leaves its last words, and its hosts. */
async function ownFiles(
  { name: container, terminationMessagePath }: Container,
  attempt: number,
  podIps: readonly string[],
  work: Work,
): Promise<readonly Mount[]> {
  const { files, name, host } = work;
  const pod = podOf(work);
  const words = await files.writeFile(name, terminationFile(container, attempt), '', 0o666);
  const hosts = pod.spec.hostNetwork ? nodeHostsFile(pod, await host.hostsFile()) : hostsFile(pod, podIps);
  const hostPath = await files.writeFile(name, 'etc-hosts', hosts);
  return [
    { hostPath: words, containerPath: terminationMessagePath, readOnly: false },
    { hostPath, containerPath: '/etc/hosts', readOnly: false },
  ];
}
