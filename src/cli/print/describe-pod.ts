/** What `describe` says of pods, and of the templates that workloads make them from. Pure. */

import type { Pod } from '../../common/model/pod.ts';
import type { PodSpec, PodTemplateSpec } from '../../common/model/pod-spec.ts';
import { containerBlocks } from './describe-container.ts';
import { volumeFields } from './describe-volume.ts';
import { block, type Fields, maybe, pairs } from './fields.ts';

/** Where the pod is, and since when. */
export function podPlace({ spec, status }: Pod): Fields {
  const node = spec.nodeName ? [spec.nodeName, ...(status?.hostIP ? [status.hostIP] : [])].join('/') : '<none>';
  return [['Node', node], ...maybe('Start Time', status?.startTime)];
}

/** The pod's own fields, between its annotations and its conditions. */
export function podFields({ metadata, spec, status }: Pod): Fields {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return [
    ['Status', metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? 'Pending')],
    ...(metadata.deletionTimestamp === undefined
      ? []
      : maybe('Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`)),
    ...maybe('Reason', status?.reason),
    ...maybe('Message', status?.message),
    ['IP', status?.podIP ?? ''],
    ...((status?.podIPs?.length ?? 0) > 1 ? ([['IPs', (status?.podIPs ?? []).map(({ ip }) => ip)]] as Fields) : []),
    ...(owner === undefined ? [] : maybe('Controlled By', `${owner.kind}/${owner.name}`)),
    ...block('Init Containers', containerBlocks(spec.initContainers, status?.initContainerStatuses)),
    ...block('Containers', containerBlocks(spec.containers, status?.containerStatuses)),
  ];
}

/** What is told of a pod behind its conditions. */
export function podRest({ spec, status }: Pod): Fields {
  return [
    ...block('Readiness Gates', gates(spec, status)),
    ...volumeFields(spec),
    ['QoS Class', status?.qosClass ?? '<none>'],
    ['Node-Selectors', pairs(spec.nodeSelector, '=')],
    ['Tolerations', tolerations(spec)],
  ];
}

/** Each gate with the status of its condition. */
function gates({ readinessGates = [] }: PodSpec, status: Pod['status']): Fields {
  return readinessGates.map(({ conditionType }) => [
    conditionType,
    status?.conditions?.find(({ type }) => type === conditionType)?.status ?? '<none>',
  ]);
}

/** The pods that a workload makes. */
export function templateFields({ metadata, spec }: PodTemplateSpec): Fields {
  return [
    ['Labels', pairs(metadata.labels, '=')],
    ...(metadata.annotations === undefined ? [] : ([['Annotations', pairs(metadata.annotations, ': ')]] as Fields)),
    ...block('Init Containers', containerBlocks(spec.initContainers, undefined)),
    ...block('Containers', containerBlocks(spec.containers, undefined)),
    ...volumeFields(spec),
  ];
}

function tolerations({ tolerations: list = [] }: PodSpec): readonly string[] {
  return list.map(({ key = '', operator, value, effect, tolerationSeconds }) => {
    const what = `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
    return `${what}${operator === 'Exists' ? ' op=Exists' : ''}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
  });
}
