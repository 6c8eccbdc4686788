/** The containers of a pod by the part that they play. */

import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';

/** An init container that runs on beside those that come after it (KEP-753). */
export const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';

export const initContainersOf = ({ spec }: Pod): readonly Container[] => spec.initContainers ?? [];

/** In the order in which they start. */
export const allContainersOf = (pod: Pod): readonly Container[] => [...initContainersOf(pod), ...pod.spec.containers];

export function containerNamed(pod: Pod, name: string): Container | undefined {
  return allContainersOf(pod).find((container) => container.name === name);
}
