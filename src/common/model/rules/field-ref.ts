/** Rules for references to fields and resources of the pod, in variables and in files of volumes. */
import type { z } from 'zod';
import { compareQuantities, parseQuantity } from '../../lib/quantity.ts';
import type { fieldSelectorSchema, resourceSelectorSchema } from '../env.ts';
import type { StatusCause } from '../status.ts';
import { invalidValue, notSupported, required } from './cause.ts';

const keyedPath = /^metadata\.(labels|annotations)\['[^']+'\]$/;
const shared = ['metadata.name', 'metadata.namespace', 'metadata.uid'];
const keyed = ["metadata.labels['<KEY>']", "metadata.annotations['<KEY>']"];
const fieldPaths = {
  variable: [
    ...shared,
    ...['spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
  ],
  file: [...shared, 'metadata.labels', 'metadata.annotations'],
};
const resourcePaths = ['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'] as const;
const divisors = {
  cpu: ['1m', '1'],
  memory: ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
} as const;

/** What is wrong with a reference to a field, for a variable or for a file of a volume. */
export function fieldRefCauses(
  { fieldPath }: z.infer<typeof fieldSelectorSchema>,
  at: string,
  target: 'variable' | 'file',
): StatusCause[] {
  if (fieldPath === '') return [required(`${at}.fieldPath`)];
  const known = fieldPaths[target];
  if (known.includes(fieldPath) || keyedPath.test(fieldPath)) return [];
  return [notSupported(`${at}.fieldPath`, fieldPath, [...known, ...keyed])];
}

/** What is wrong with a reference to a resource of a container. Files must name the container. */
export function resourceRefCauses(
  { containerName, resource, divisor }: z.infer<typeof resourceSelectorSchema>,
  at: string,
  target: 'variable' | 'file',
): StatusCause[] {
  const causes = target === 'file' && !containerName ? [required(`${at}.containerName`)] : [];
  if (!resourcePaths.some((known) => known === resource)) {
    return [...causes, notSupported(`${at}.resource`, resource, resourcePaths)];
  }
  const name = resource.endsWith('cpu') ? 'cpu' : 'memory';
  const unit = divisor === undefined ? undefined : parseQuantity(divisor);
  // Kubernetes writes the absent divisor as 0.
  if (unit === undefined || unit.nanos === 0n) return causes;
  const known = divisors[name].map(parseQuantity);
  if (!known.some((one) => one !== undefined && compareQuantities(one, unit) === 0)) {
    const why = `only divisor's values ${divisors[name].join(', ')} are supported with the ${name} resource`;
    causes.push(invalidValue(`${at}.divisor`, divisor, why));
  }
  return causes;
}
