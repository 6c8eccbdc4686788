/** Rules for the resources of a container. */
import { compareQuantities, quantityOf } from '../../lib/quantity.ts';
import type { ContainerResizePolicy, ResourceRequirements } from '../container.ts';
import { notQualifiedName } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { duplicates, invalidValue, notSupported, required, unless } from './cause.ts';

/** In the billionths that quantities are counted in. */
const ONE = 1_000_000_000n;
const partOfByte = 'must be a whole number of bytes: m stands for thousandths, M for millions, Mi for 1048576';
const resourceNames = ['cpu', 'memory', 'ephemeral-storage'] as const;

/**
 * What is wrong with requests and limits: unknown names, negative amounts, requests above their limits. Names with a domain
 * are resources that nodes offer, in whole numbers and as much requested as allowed.
 */
export function resourceCauses({ limits = {}, requests = {} }: ResourceRequirements, field: string): StatusCause[] {
  const one =
    (part: string) =>
    ([name, amount]: [string, string]): StatusCause[] => {
      const at = `${field}.${part}.${name}`;
      if (name.startsWith('hugepages-')) return [hugePages(at)];
      if (!isExtended(name) && !resourceNames.some((known) => known === name)) {
        return [notSupported(at, name, resourceNames)];
      }
      return amountCauses(at, name, amount);
    };
  const above = Object.entries(requests).flatMap(([name, amount]) => {
    const limit = limits[name];
    if (isExtended(name)) return extendedCauses(name, amount, limit, field);
    if (limit === undefined || compareQuantities(quantityOf(amount), quantityOf(limit)) <= 0) return [];
    const why = `must be less than or equal to ${name} limit of ${limit}`;
    return [invalidValue(`${field}.requests`, amount, why)];
  });
  // A request that is not given is the limit: what is wrong with that one is said once.
  const given = Object.entries(requests).filter(([name, amount]) => limits[name] !== amount);
  return [...Object.entries(limits).flatMap(one('limits')), ...given.flatMap(one('requests')), ...above];
}

function amountCauses(field: string, name: string, amount: string): StatusCause[] {
  const { nanos } = quantityOf(amount);
  if (nanos < 0n) return [invalidValue(field, amount, 'must be greater than or equal to 0')];
  const whole = nanos % ONE === 0n;
  // Kubernetes takes 512m of memory with a warning, and no container starts with half a byte.
  if (name === 'memory' && !whole) return [invalidValue(field, amount, partOfByte)];
  if (!isExtended(name)) return [];
  return unless(field, amount, whole ? notQualifiedName(name) : 'must be an integer');
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

/** Nodes cannot give more of these than they have, so requests and limits are the same. */
function extendedCauses(name: string, amount: string, limit: string | undefined, field: string): StatusCause[] {
  if (limit === undefined) return [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')];
  if (compareQuantities(quantityOf(amount), quantityOf(limit)) === 0) return [];
  return [invalidValue(`${field}.requests`, amount, `must be equal to ${name} limit of ${limit}`)];
}

/** Whether it is a resource that a node may offer beside those that Kubernetes knows. */
export const isExtended = (name: string): boolean => name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);

const hugePages = (field: string): StatusCause => ({
  field,
  reason: 'FieldNotSupported',
  message: 'huge pages are not supported by this version of Bramble: take them out, or use memory',
});
