/** Rules of PriorityClasses: two are the system's own, the others keep below them, and none changes its value. */
import type { Kind } from '../kind.ts';
import type { PriorityClass } from '../priority-class.ts';
import { forbiddenField, invalidValue } from './cause.ts';

/** The most that people may give. */
const most = 1_000_000_000;

/** The classes that every cluster has. */
export const systemPriorityClasses: readonly PriorityClass[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
];

export const priorityClassRules: Pick<Kind<PriorityClass>, 'validate' | 'validateUpdate'> = {
  validate({ metadata: { name }, value, globalDefault }) {
    if (name.startsWith('system-')) {
      const own = systemPriorityClasses.find((one) => one.metadata.name === name);
      if (own?.value === value && globalDefault !== true) return [];
      const why = "priority class names with 'system-' prefix are reserved for system use only";
      return [forbiddenField('metadata.name', why)];
    }
    if (value <= most) return [];
    return [forbiddenField('value', `maximum allowed value of a user defined priority is ${most}`)];
  },
  validateUpdate: (next, stored) => [
    ...(next.value === stored.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...(next.preemptionPolicy === stored.preemptionPolicy
      ? []
      : [invalidValue('preemptionPolicy', next.preemptionPolicy, 'field is immutable')]),
  ],
};
