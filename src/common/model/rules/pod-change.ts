/** What an update may change in a pod's spec: images, the deadline, further tolerations, fewer scheduling gates. */
import { deepEqual } from '../../lib/deep.ts';
import type { Container } from '../container.ts';
import type { PodSpec, Toleration } from '../pod-spec.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue } from './cause.ts';

type Gates = NonNullable<PodSpec['schedulingGates']>;

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** What is wrong with a change of a pod's spec. */
export function podChangeCauses(next: PodSpec, stored: PodSpec): StatusCause[] {
  return [
    ...countCauses(next, stored),
    ...deadlineCauses(next.activeDeadlineSeconds, stored.activeDeadlineSeconds),
    ...tolerationCauses(next.tolerations ?? [], stored.tolerations ?? []),
    ...gateCauses(next.schedulingGates ?? [], stored.schedulingGates ?? []),
  ];
}

/** Added and removed containers have a sentence of their own; otherwise nothing else may differ. */
function countCauses(next: PodSpec, stored: PodSpec): StatusCause[] {
  const causes = (['containers', 'initContainers'] as const)
    .filter((field) => (next[field] ?? []).length !== (stored[field] ?? []).length)
    .map((field) => forbiddenField(`spec.${field}`, 'pod updates may not add or remove containers'));
  if (causes.length > 0) return causes;
  if (deepEqual(frozenPart(next, stored), frozenPart(stored, stored))) return [];
  return [forbiddenField('spec', `pod updates may not change fields other than ${changeable}`)];
}

/** The spec without what has rules of its own, and without the node of a pod that has none yet. */
function frozenPart(spec: PodSpec, stored: PodSpec): unknown {
  const withoutImage = ({ image: _image, ...rest }: Container) => rest;
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  return {
    ...rest,
    containers: spec.containers.map(withoutImage),
    initContainers: spec.initContainers?.map(withoutImage),
    nodeName: stored.nodeName ? spec.nodeName : undefined,
  };
}

function deadlineCauses(next: number | undefined, stored: number | undefined): StatusCause[] {
  const at = 'spec.activeDeadlineSeconds';
  if (stored === undefined) return [];
  if (next === undefined) return [invalidValue(at, null, 'must not update from a positive integer to nil value')];
  return next > stored ? [invalidValue(at, next, 'must be less than or equal to previous value')] : [];
}

function tolerationCauses(next: readonly Toleration[], stored: readonly Toleration[]): StatusCause[] {
  const known = next.map(withoutSeconds);
  if (stored.every((one) => known.some((other) => deepEqual(other, withoutSeconds(one))))) return [];
  const why = 'existing toleration can not be modified except its tolerationSeconds';
  return [forbiddenField('spec.tolerations', why)];
}

/** Gates can only be taken away. */
function gateCauses(next: Gates, stored: Gates): StatusCause[] {
  const known = new Set(stored.map(({ name }) => name));
  return next.flatMap(({ name }, i) => {
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return known.has(name) ? [] : [forbiddenField(`spec.schedulingGates[${i}].name`, why)];
  });
}

const withoutSeconds = ({ tolerationSeconds: _seconds, ...rest }: Toleration): Omit<Toleration, 'tolerationSeconds'> =>
  rest;
