/** How far a workload has come, in kubectl's words. Pure. */

import { isRecord } from '../common/lib/deep.ts';
import type { Condition, KubeObject } from '../common/model/meta.ts';

export type RolloutState =
  | { readonly state: 'done'; readonly message: string }
  | { readonly state: 'going'; readonly message: string }
  | { readonly state: 'failed'; readonly message: string };

const count = (fields: unknown, name: string): number => {
  const value = isRecord(fields) ? fields[name] : undefined;
  return typeof value === 'number' ? value : 0;
};

/** State of a Deployment's rollout. */
export function deploymentState({ metadata, spec, status }: KubeObject): RolloutState {
  const deployment = `deployment ${JSON.stringify(metadata.name)}`;
  const waiting = (what: string): RolloutState => ({
    state: 'going',
    message: `Waiting for ${deployment} rollout to finish: ${what}...`,
  });
  if (count(status, 'observedGeneration') < (metadata.generation ?? 0))
    return { state: 'going', message: 'Waiting for deployment spec update to be observed...' };
  const progressing = conditionsOf(status).find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return { state: 'failed', message: `${deployment} exceeded its progress deadline` };
  const wanted = isRecord(spec) && typeof spec['replicas'] === 'number' ? spec['replicas'] : 1;
  const updated = count(status, 'updatedReplicas');
  if (updated < wanted) return waiting(`${updated} out of ${wanted} new replicas have been updated`);
  const old = count(status, 'replicas') - updated;
  if (old > 0) return waiting(`${old} old replicas are pending termination`);
  const available = count(status, 'availableReplicas');
  if (available < updated) return waiting(`${available} of ${updated} updated replicas are available`);
  return { state: 'done', message: `${deployment} successfully rolled out` };
}

/** Whether the object does what it is for; undefined for kinds that only are. */
export function settled(object: KubeObject): RolloutState | undefined {
  const { kind, metadata, spec, status } = object;
  if (kind === 'Deployment') return deploymentState(object);
  if (kind === 'ReplicaSet') {
    const wanted = isRecord(spec) && typeof spec['replicas'] === 'number' ? spec['replicas'] : 1;
    const message = `${count(status, 'readyReplicas')} of ${wanted} replicas are ready`;
    return { state: count(status, 'readyReplicas') >= wanted ? 'done' : 'going', message };
  }
  if (kind !== 'Pod') return undefined;
  const phase = isRecord(status) ? status['phase'] : undefined;
  if (phase === 'Failed') return { state: 'failed', message: `pod ${JSON.stringify(metadata.name)} has failed` };
  const ready = conditionsOf(status).some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return { state: ready || phase === 'Succeeded' ? 'done' : 'going', message: `phase ${String(phase ?? 'Pending')}` };
}

/** The conditions of a status. */
export function conditionsOf(status: unknown): readonly Condition[] {
  const conditions = isRecord(status) ? status['conditions'] : undefined;
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}
