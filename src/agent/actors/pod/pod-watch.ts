/** Tells the one who probes which containers of a pod run, whenever that changes. */

import type { Ref } from '../../../common/actor/types.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { NodeFacts } from '../../core/node/node-facts.ts';
import { allContainersOf } from '../../core/pod/containers.ts';
import { type PodState, readySandbox } from '../../core/pod/observed-pod.ts';
import { isInHook } from '../../core/pod/readiness.ts';
import { hasProbes } from '../../core/probes/container-probes.ts';
import type { PodName } from '../../core/runtime-model.ts';
import type { HealthReport, ProbedContainer } from '../probes/probes-messages.ts';
import type { PodWorkerDeps } from './pod-worker-messages.ts';

export function podWatch(
  name: PodName,
  { probes }: Pick<PodWorkerDeps, 'probes'>,
  listener: Pick<Ref<HealthReport>, 'tell'>,
) {
  let told: string | undefined;
  function forget(): void {
    if (told !== undefined) probes.tell({ type: 'forget', uid: name.uid });
    told = undefined;
  }
  return {
    forget,
    tell(pod: Pod | undefined, { observed, memory }: PodState, node: NodeFacts): void {
      if (pod === undefined) {
        forget();
        return;
      }
      if (told === undefined && !allContainersOf(pod).some(hasProbes)) return;
      const containers = observed.containers.flatMap((container): ProbedContainer[] => {
        const run = memory.runs[container.name];
        const runs = container.state === 'running' && run?.id === container.id && !isInHook(container, memory);
        if (!runs || run.since === undefined || memory.stops[container.id] !== undefined) return [];
        return [{ name: container.name, id: container.id, startedAtNow: run.since }];
      });
      const podIps = pod.spec.hostNetwork ? node.ips : (readySandbox(pod, observed)?.ips ?? []);
      const { generation, deletionTimestamp } = pod.metadata;
      const signature = JSON.stringify([containers, podIps, generation, deletionTimestamp]);
      if (signature === told) return;
      told = signature;
      probes.tell({ type: 'watch', pod: name, spec: pod, containers, podIps, before: memory.health, listener });
    },
  };
}
