/** Rules of pods; templates follow them too. */
import type { Kind } from '../kind.ts';
import { notDns1123Subdomain, notQualifiedName } from '../names.ts';
import type { Pod } from '../pod.ts';
import type { PodSpec, Toleration } from '../pod-spec.ts';
import type { StatusCause } from '../status.ts';
import { affinityCauses } from './affinity.ts';
import { duplicates, forbiddenField, invalidValue, required, unless } from './cause.ts';
import { hostPortCauses, initContainerCauses, mainContainerCauses } from './container.ts';
import { labelCauses } from './meta.ts';
import { podChangeCauses } from './pod-change.ts';
import { withPodSpecDefaults } from './pod-defaults.ts';
import { podNetworkCauses } from './pod-network.ts';
import { securityCauses } from './security.ts';
import { topologySpreadCauses } from './topology-spread.ts';
import { volumeCauses } from './volume.ts';

/** What is wrong with the spec of a pod. `at` is its path: `spec` or `spec.template.spec`. */
export function podSpecCauses(spec: PodSpec, at: string): StatusCause[] {
  const { containers, initContainers = [], volumes = [], nodeName, activeDeadlineSeconds } = spec;
  const all = [
    ...initContainers.map(({ name }, i) => ({ name, path: `${at}.initContainers[${i}]` })),
    ...containers.map(({ name }, i) => ({ name, path: `${at}.containers[${i}]` })),
  ];
  return [
    ...volumeCauses(volumes, `${at}.volumes`),
    ...initContainers.flatMap((container, i) => initContainerCauses(container, `${at}.initContainers[${i}]`, spec)),
    ...containers.flatMap((container, i) => mainContainerCauses(container, `${at}.containers[${i}]`, spec)),
    ...duplicates(
      all.map(({ name }) => name),
      (i) => `${all[i]?.path}.name`,
    ),
    ...hostPortCauses(containers, `${at}.containers`, spec.hostNetwork ?? false),
    ...labelCauses(`${at}.nodeSelector`, spec.nodeSelector),
    ...(nodeName ? unless(`${at}.nodeName`, nodeName, notDns1123Subdomain(nodeName)) : []),
    ...gateCauses(spec, at),
    ...(spec.priorityClassName
      ? unless(`${at}.priorityClassName`, spec.priorityClassName, notDns1123Subdomain(spec.priorityClassName))
      : []),
    ...affinityCauses(spec.affinity ?? {}, `${at}.affinity`),
    ...topologySpreadCauses(spec.topologySpreadConstraints ?? [], `${at}.topologySpreadConstraints`),
    ...podNetworkCauses(spec, at),
    ...tolerationCauses(spec.tolerations ?? [], `${at}.tolerations`),
    ...securityCauses(spec.securityContext, `${at}.securityContext`),
    ...deadlineCauses(activeDeadlineSeconds, `${at}.activeDeadlineSeconds`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      unless(`${at}.readinessGates[${i}].conditionType`, conditionType, notQualifiedName(conditionType)),
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) => {
      const path = `${at}.imagePullSecrets[${i}].name`;
      return name === '' ? [required(path)] : unless(path, name, notDns1123Subdomain(name));
    }),
    ...(spec.hostPID && spec.shareProcessNamespace
      ? [forbiddenField(`${at}.shareProcessNamespace`, 'may not be set together with `hostPID`')]
      : []),
  ];
}

function gateCauses({ schedulingGates = [], nodeName }: PodSpec, at: string): StatusCause[] {
  const names = schedulingGates.map(({ name }) => name);
  return [
    ...names.flatMap((name, i) => unless(`${at}.schedulingGates[${i}].name`, name, notQualifiedName(name))),
    ...duplicates(names, (i) => `${at}.schedulingGates[${i}].name`),
    ...(names.length > 0 && nodeName
      ? [forbiddenField(`${at}.nodeName`, 'cannot be set until all schedulingGates have been cleared')]
      : []),
  ];
}

function deadlineCauses(seconds: number | undefined, at: string): StatusCause[] {
  const most = 2 ** 31 - 1;
  if (seconds === undefined || (seconds >= 1 && seconds <= most)) return [];
  return [invalidValue(at, seconds, `must be between 1 and ${most}, inclusive`)];
}

function tolerationCauses(tolerations: readonly Toleration[], field: string): StatusCause[] {
  return tolerations.flatMap(({ key, operator, value, effect, tolerationSeconds }, i) => {
    const at = `${field}[${i}]`;
    const causes = key ? unless(`${at}.key`, key, notQualifiedName(key)) : [];
    if (!key && operator !== 'Exists') {
      causes.push(invalidValue(`${at}.operator`, operator, 'operator must be Exists when `key` is empty'));
    }
    if (operator === 'Exists' && value) {
      causes.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      causes.push(invalidValue(`${at}.effect`, effect ?? '', why));
    }
    return causes;
  });
}

export const podRules: Pick<Kind<Pod>, 'defaults' | 'validate' | 'validateUpdate'> = {
  defaults: (pod) => ({ ...pod, spec: withPodSpecDefaults(pod.spec) }),
  validate: (pod) => podSpecCauses(pod.spec, 'spec'),
  validateUpdate: (next, stored) => podChangeCauses(next.spec, stored.spec),
};
