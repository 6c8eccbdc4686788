/** What `describe` says of each kind beside what all objects have, in kubectl's words. Pure. */

import { selectorText } from '../../common/model/columns/cells.ts';
import type { ConfigMap } from '../../common/model/config-map.ts';
import type { Deployment } from '../../common/model/deployment.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { PodDisruptionBudget } from '../../common/model/pod-disruption-budget.ts';
import type { ReplicaSet } from '../../common/model/replica-set.ts';
import type { Secret } from '../../common/model/secret.ts';
import { nodeFields, nodeRest } from './describe-node.ts';
import { podFields, podPlace, podRest, templateFields } from './describe-pod.ts';
import { block, type Fields } from './fields.ts';

/** Fields above the labels, below them, and behind the table of conditions. */
export type Told = { readonly top?: Fields; readonly before: Fields; readonly after: Fields };

/** Undefined for kinds whose fields are told as they are. */
export function describeKind(object: KubeObject): Told | undefined {
  switch (object.kind) {
    case 'Pod':
      return { top: podPlace(object as Pod), before: podFields(object as Pod), after: podRest(object as Pod) };
    case 'Deployment':
      return { before: deploymentFields(object as Deployment), after: [] };
    case 'ReplicaSet':
      return { before: replicaSetFields(object as ReplicaSet), after: [] };
    case 'PodDisruptionBudget':
      return { before: budgetFields(object as PodDisruptionBudget), after: [] };
    case 'Node':
      return { before: nodeFields(object as Node), after: nodeRest(object as Node) };
    case 'ConfigMap':
      return { before: configMapFields(object as ConfigMap), after: [] };
    case 'Secret':
      return { before: secretFields(object as Secret), after: [] };
    default:
      return undefined;
  }
}

function deploymentFields({ spec, status }: Deployment): Fields {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status ?? {};
  const counts = [
    `${spec.replicas} desired`,
    `${updatedReplicas} updated`,
    `${replicas} total`,
    `${availableReplicas} available`,
    `${unavailableReplicas} unavailable`,
  ];
  const { type, rollingUpdate } = spec.strategy;
  const limits =
    rollingUpdate && `${rollingUpdate.maxUnavailable} max unavailable, ${rollingUpdate.maxSurge} max surge`;
  return [
    ['Selector', selectorText(spec.selector)],
    ['Replicas', counts.join(' | ')],
    ['StrategyType', type],
    ['MinReadySeconds', String(spec.minReadySeconds)],
    ...(limits === undefined ? [] : ([['RollingUpdateStrategy', limits]] as Fields)),
    ['Pod Template', { below: templateFields(spec.template) }],
  ];
}

function budgetFields({ spec, status }: PodDisruptionBudget): Fields {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = status ?? {};
  return [
    ...(minAvailable === undefined ? [] : ([['Min available', String(minAvailable)]] as Fields)),
    ...(maxUnavailable === undefined ? [] : ([['Max unavailable', String(maxUnavailable)]] as Fields)),
    ['Selector', selector === undefined ? '<unset>' : selectorText(selector)],
    ...(unhealthyPodEvictionPolicy === undefined
      ? []
      : ([['Unhealthy Pod Eviction Policy', unhealthyPodEvictionPolicy]] as Fields)),
    [
      'Status',
      {
        below: [
          ['Allowed disruptions', String(disruptionsAllowed)],
          ['Current', String(currentHealthy)],
          ['Desired', String(desiredHealthy)],
          ['Total', String(expectedPods)],
        ],
      },
    ],
  ];
}

function replicaSetFields({ metadata, spec, status }: ReplicaSet): Fields {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return [
    ['Selector', selectorText(spec.selector)],
    ...(owner === undefined ? [] : ([['Controlled By', `${owner.kind}/${owner.name}`]] as Fields)),
    ['Replicas', `${status?.replicas ?? 0} current / ${spec.replicas} desired`],
    ['Pod Template', { below: templateFields(spec.template) }],
  ];
}

/** Kubernetes' layout: each value below its key, as it is. */
function configMapFields({ data = {}, binaryData = {} }: ConfigMap): Fields {
  return [
    ['Data', { below: Object.entries(data).map(([key, value]) => [key, { below: [value.trimEnd()] }]) }],
    ...block('BinaryData', Object.entries(sizes(binaryData))),
  ];
}

/** Sizes only: what is described is often shown to others. */
function secretFields({ type, data = {} }: Secret): Fields {
  return [['Type', type], ...block('Data', Object.entries(sizes(data)))];
}

function sizes(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, `${Buffer.from(value, 'base64').length} bytes`]),
  );
}
