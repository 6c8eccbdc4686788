/** Of which pods and containers usage is gathered: those that the runtime runs. */

import type { Millis } from '../../../common/lib/time.ts';
import { imageAnnotation, podOfLabels } from '../pod/pod-labels.ts';
import { byPod } from '../pod/pod-listing.ts';
import type { PodName, RuntimeContainer, Sandbox } from '../runtime-model.ts';

export type ContainerSubject = {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly createdAtWall: Millis;
};
export type PodSubject = {
  readonly pod: PodName;
  readonly sandboxId: string;
  readonly createdAtWall: Millis;
  readonly containers: readonly ContainerSubject[];
};

/** Pods with a sandbox that is up, each with its containers that run. What was made for no pod is passed over. */
export function usageSubjects(listing: {
  readonly sandboxes: readonly Sandbox[];
  readonly containers: readonly RuntimeContainer[];
}): readonly PodSubject[] {
  return [...byPod(listing).values()].flatMap(({ sandboxes, containers }) => {
    const sandbox = sandboxes.filter(({ ready }) => ready).sort((a, b) => b.attempt - a.attempt)[0];
    const pod = sandbox === undefined ? undefined : podOfLabels(sandbox.labels);
    if (sandbox === undefined || pod === undefined) return [];
    const running = containers.filter(({ state, sandboxId }) => state === 'running' && sandboxId === sandbox.id);
    return [
      {
        pod,
        sandboxId: sandbox.id,
        createdAtWall: sandbox.createdAt,
        containers: running.map(({ id, name, annotations, image, createdAt }) => ({
          ...{ id, name, image: annotations[imageAnnotation] ?? image, createdAtWall: createdAt },
        })),
      },
    ];
  });
}
