/** What PriorityClasses make of new pods, and the rule that only one of them is the default. */

import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { PriorityClass } from '../../common/model/priority-class.ts';
import { forbidden, type Status } from '../../common/model/status.ts';

/** The class that pods are of that name none: of several (two masters at once), the one with the least value. */
export function defaultClass(classes: readonly KubeObject[]): PriorityClass | undefined {
  const defaults = (classes as readonly PriorityClass[]).filter(({ globalDefault }) => globalDefault === true);
  return defaults.sort((a, b) => a.value - b.value)[0];
}

/** The new pod with the priority of its class; `found` is the class that it names, or else the default, if there is. */
export function withPriority(pod: Pod, found: PriorityClass | undefined): Pod | Status {
  const { spec, metadata } = pod;
  const refused = (why: string) => forbidden('pods', metadata.name, why);
  if (spec.priorityClassName && found === undefined) {
    return refused(`no PriorityClass with name ${spec.priorityClassName} was found`);
  }
  const priority = found?.value ?? 0;
  const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  const computed = (field: string, given: unknown, value: unknown) =>
    refused(
      `the ${field} (${String(given)}) must not be provided in pod spec; priority admission controller computed ${String(value)} from the given PriorityClass name`,
    );
  if (spec.priority !== undefined && spec.priority !== priority) {
    return computed('integer value of priority', spec.priority, priority);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    return computed('string value of PreemptionPolicy', spec.preemptionPolicy, preemptionPolicy);
  }
  const { priorityClassName: _none, ...rest } = spec;
  const named = found === undefined ? {} : { priorityClassName: found.metadata.name };
  return { ...pod, spec: { ...rest, ...named, priority, preemptionPolicy } };
}

/** The next version of a pod with the priority that it was given, unless it says another. */
export function withStoredPriority(next: KubeObject, stored: KubeObject): KubeObject {
  const { priority, priorityClassName, preemptionPolicy } = (stored as Pod).spec;
  const given = Object.entries({ priority, priorityClassName, preemptionPolicy }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...next, spec: { ...Object.fromEntries(given), ...(next as Pod).spec } };
}

/** The refusal for a class that would be a second default. */
export function secondDefault(object: KubeObject, classes: readonly KubeObject[]): Status | undefined {
  const one = object as KubeObject & PriorityClass;
  if (one.kind !== 'PriorityClass' || one.globalDefault !== true) return undefined;
  const other = defaultClass(classes.filter(({ metadata }) => metadata.name !== one.metadata.name));
  if (other === undefined) return undefined;
  const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
  return forbidden('priorityclasses.scheduling.k8s.io', one.metadata.name, why);
}
