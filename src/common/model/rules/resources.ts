/** Rules for the resources of a container. */
import { compareQuantities, quantityOf } from '../../lib/quantity.ts';
import type { ContainerResizePolicy, ResourceRequirements } from '../container.ts';
import type { StatusCause } from '../status.ts';
import { duplicates, invalidValue, notSupported } from './cause.ts';

const resourceNames = ['cpu', 'memory'] as const;

/** What is wrong with requests and limits: unknown names, negative amounts, requests above their limits. */
export function resourceCauses({ limits = {}, requests = {} }: ResourceRequirements, field: string): StatusCause[] {
  const one =
    (part: string) =>
    ([name, amount]: [string, string]): StatusCause[] => {
      const at = `${field}.${part}.${name}`;
      if (name.startsWith('hugepages-')) return [hugePages(at)];
      if (!resourceNames.some((known) => known === name)) return [notSupported(at, name, resourceNames)];
      if (quantityOf(amount).nanos < 0n) return [invalidValue(at, amount, 'must be greater than or equal to 0')];
      return [];
    };
  const above = Object.entries(requests).flatMap(([name, amount]) => {
    const limit = limits[name];
    if (limit === undefined || compareQuantities(quantityOf(amount), quantityOf(limit)) <= 0) return [];
    const why = `must be less than or equal to ${name} limit of ${limit}`;
    return [invalidValue(`${field}.requests`, amount, why)];
  });
  // A request that is not given is the limit: what is wrong with that one is said once.
  const given = Object.entries(requests).filter(([name, amount]) => limits[name] !== amount);
  return [...Object.entries(limits).flatMap(one('limits')), ...given.flatMap(one('requests')), ...above];
}

/** What is wrong with the policies of a resize; a container that is never started again cannot be for a resize. */
export function resizeCauses(
  policies: readonly ContainerResizePolicy[],
  field: string,
  restartPolicy: string,
): StatusCause[] {
  return [
    ...duplicates(
      policies.map((policy) => policy.resourceName),
      (i) => `${field}[${i}].resourceName`,
    ),
    ...policies.flatMap((policy, i) =>
      policy.restartPolicy === 'RestartContainer' && restartPolicy === 'Never'
        ? [
            invalidValue(
              `${field}[${i}].restartPolicy`,
              policy.restartPolicy,
              "must be 'NotRequired' when `restartPolicy` is 'Never'",
            ),
          ]
        : [],
    ),
  ];
}

const hugePages = (field: string): StatusCause => ({
  field,
  reason: 'FieldNotSupported',
  message: 'huge pages are not supported by this version of Bramble: take them out, or use memory',
});
