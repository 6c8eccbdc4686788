/** What the last known status of a pod says of a container that still is the same. */

import type { ContainerStatus, PodStatus } from '../../../common/model/pod-status.ts';

/** The runtime's id as Kubernetes writes it. */
export const containerId = (id: string) => `containerd://${id}`;

export function statusOfId(
  status: PodStatus | undefined,
  { id }: { readonly id: string },
): ContainerStatus | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find(({ containerID }) => containerID === containerId(id));
}
