/** Which pods of a node a drain ends, and what keeps it from that, in kubectl's words. */

import type { Pod } from '../../common/model/pod.ts';
import { mirrorOf } from '../../common/model/static-pods.ts';

export type DrainLimits = { readonly force?: boolean; readonly deleteEmptydirData?: boolean };

export type Drainable = {
  readonly pods: readonly Pod[];
  /** Why nothing is ended. */
  readonly refusals: readonly string[];
  /** What is lost with the pods. */
  readonly warnings: readonly string[];
};

/** Static pods stay: their device makes them, and would make them again. */
export function drainable(all: readonly Pod[], { force = false, deleteEmptydirData = false }: DrainLimits): Drainable {
  const pods = all.filter((pod) => mirrorOf(pod) === undefined);
  // What is over, or on its way out, has nothing left to lose.
  const living = pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  const lone = living.filter(({ metadata }) => !(metadata.ownerReferences ?? []).some(({ controller }) => controller));
  const local = living.filter(({ spec }) => (spec.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined));
  const about = [
    { what: 'Pods that declare no controller', flag: '--force', allowed: force, names: namesOf(lone) },
    {
      what: 'Pods with local storage',
      flag: '--delete-emptydir-data',
      allowed: deleteEmptydirData,
      names: namesOf(local),
    },
  ].filter(({ names }) => names !== '');
  const refusals = about.filter(({ allowed }) => !allowed);
  const warnings = about.filter(({ allowed }) => allowed);
  return {
    pods,
    refusals: refusals.map(({ what, flag, names }) => `cannot delete ${what} (use ${flag} to override): ${names}`),
    warnings: warnings.map(({ what, names }) => `deleting ${what}: ${names}`),
  };
}

function namesOf(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ');
}
