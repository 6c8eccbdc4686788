/** The names under which the kubelet, and so Bramble, labels sandboxes and containers: found by them, they are adopted. */

import type { Pod } from '../../../common/model/pod.ts';
import type { Labels, PodName } from '../runtime-model.ts';

export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';
export const containerHashAnnotation = 'io.kubernetes.container.hash';
export const restartCountAnnotation = 'io.kubernetes.container.restartCount';
export const gracePeriodAnnotation = 'io.kubernetes.pod.terminationGracePeriod';
export const messagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy';
/** How many attempts before this one had ended in a row: the back-off outlives the agent. */
export const endsAnnotation = 'bramble.container.endsInARow';
/** The requests and limits that the container was made with, as JSON. */
export const resourcesAnnotation = 'bramble.container.resources';
/** The image as the pod writes it: the runtime is asked to run it by its id. */
export const imageAnnotation = 'bramble.container.image';

/** Namespace, name and uid of a pod. */
export function podNameOf(pod: Pod): PodName {
  const { name, namespace = 'default', uid = '' } = pod.metadata;
  return { namespace, name, uid };
}

/** Labels by which a sandbox or container is known to be the pod's. */
export function podLabels({ namespace, name, uid }: PodName): Labels {
  return { [podNameLabel]: name, [podNamespaceLabel]: namespace, [podUidLabel]: uid };
}

/** The pod that something in the runtime belongs to; undefined when it was not made for a pod. */
export function podOfLabels(labels: Labels): PodName | undefined {
  const uid = labels[podUidLabel];
  const name = labels[podNameLabel];
  const namespace = labels[podNamespaceLabel];
  return uid && name && namespace ? { namespace, name, uid } : undefined;
}
