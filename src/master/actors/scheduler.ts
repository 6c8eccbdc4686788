/** Binds pending pods to nodes: decides on a batch at once, counts what it decided until the view shows it. */

import type { Behavior, Context, Ref } from '../../common/actor/types.ts';
import { backoff } from '../../common/lib/backoff.ts';
import type { Pod } from '../../common/model/pod.ts';
import { StoreError } from '../../common/store/store.ts';
import { condition, withCondition } from '../core/conditions.ts';
import { NodeViews } from '../core/node-views.ts';
import { keyOf } from '../core/owners.ts';
import { factsOf, type PodFacts } from '../core/pod-requests.ts';
import { isFinished } from '../core/pod-state.ts';
import type { Changed } from '../core/reconcile.ts';
import { schedule } from '../core/schedule.ts';
import type { Objects } from '../ports.ts';
import type { ClusterMessage, News } from './cluster.ts';
import type { RecorderMessage } from './event-recorder.ts';
import { refusalOf } from './perform.ts';

export type SchedulerMessage =
  | News
  | { readonly type: 'retry'; readonly uid: string }
  | { readonly type: 'bound'; readonly facts: PodFacts; readonly node: string; readonly refusal: string | undefined }
  | { readonly type: 'crashed'; readonly error: unknown };

export type SchedulerDeps = {
  readonly cluster: Ref<ClusterMessage>;
  readonly objects: Objects;
  readonly recorder: Ref<RecorderMessage>;
  readonly random: () => number;
};

const COMPONENT = 'default-scheduler';

export function schedulerBehavior(deps: SchedulerDeps): Behavior<SchedulerMessage> {
  return (self) => {
    const nodes = new NodeViews();
    /** Pods without a node, by uid. Those in `parked` fitted nowhere, or wait for their next try. */
    const pending = new Map<string, PodFacts>();
    const parked = new Set<string>();
    /** How often a pod could not be bound. */
    const failed = new Map<string, number>();
    const forget = (uid: string): void => {
      pending.delete(uid);
      parked.delete(uid);
      failed.delete(uid);
      nodes.forget(uid);
    };
    const note = (change: Changed): boolean => {
      const helps = nodes.apply(change);
      if (change.key.resource !== 'pods') return helps;
      const pod = change.after as Pod | undefined;
      const uid = pod?.metadata.uid ?? '';
      if (change.before !== undefined && change.before.metadata.uid !== uid) forget(change.before.metadata.uid ?? '');
      if (pod === undefined) return helps;
      if (isPending(pod)) pending.set(uid, factsOf(pod));
      else if (pod.spec.nodeName === undefined) forget(uid);
      else {
        pending.delete(uid);
        parked.delete(uid);
        failed.delete(uid);
      }
      return helps;
    };
    const work = (): void => {
      const batch = Array.from(pending.values()).filter(({ uid }) => !parked.has(uid) && !nodes.isAssumed(uid));
      if (batch.length === 0) return;
      const seed = Math.floor(deps.random() * 2 ** 32);
      for (const placement of schedule(batch, nodes, { seed })) {
        if (placement.node !== undefined) bind(self, deps, placement.pod, placement.node);
        else {
          parked.add(placement.pod.uid);
          refuse(self, deps, placement.pod.pod, placement.message);
        }
      }
    };
    deps.cluster.tell({ type: 'subscribe', listener: self.ref });
    return {
      on: {
        news: ({ changes }) => {
          let helps = false;
          for (const change of changes) helps = note(change) || helps;
          if (helps) parked.clear();
          work();
        },
        bound: ({ facts, node, refusal }) => {
          if (refusal === undefined) {
            const message = `Successfully assigned ${nameOf(facts)} to ${node}`;
            deps.recorder.tell(told(facts.pod, 'Normal', 'Scheduled', message));
            return;
          }
          self.log.warn({ pod: nameOf(facts), node, why: refusal }, 'a pod could not be bound');
          nodes.forget(facts.uid);
          if (!pending.has(facts.uid)) return;
          const attempt = failed.get(facts.uid) ?? 0;
          failed.set(facts.uid, attempt + 1);
          parked.add(facts.uid);
          self.after(backoff(attempt, 50, 10_000, deps.random()), { type: 'retry', uid: facts.uid }, facts.uid);
        },
        retry: ({ uid }) => {
          parked.delete(uid);
          work();
        },
        crashed: ({ error }) => {
          throw error;
        },
      },
    };
  };
}

function isPending(pod: Pod): boolean {
  return pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp === undefined && !isFinished(pod);
}

function nameOf({ pod: { metadata } }: PodFacts): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function bind(self: Context<SchedulerMessage>, deps: SchedulerDeps, facts: PodFacts, node: string): void {
  self.pipe(
    () => deps.objects.bind(keyOf('pods', facts.pod.metadata), facts.uid, node),
    (answer) => ({ type: 'bound', facts, node, refusal: answer.ok ? undefined : refusalOf(answer.status).message }),
    (error) =>
      error instanceof StoreError ? { type: 'bound', facts, node, refusal: error.message } : { type: 'crashed', error },
  );
}

/** Says why a pod fits nowhere, once for each new reason. */
function refuse(self: Context<SchedulerMessage>, deps: SchedulerDeps, pod: Pod, message: string): void {
  const old = condition(pod.status?.conditions, 'PodScheduled');
  if (old?.status === 'False' && old.message === message) return;
  const next = { type: 'PodScheduled', status: 'False' as const, reason: 'Unschedulable', message };
  const conditions = [...withCondition(pod.status?.conditions, next, self.clock.wall())];
  const object = { ...pod, status: { phase: 'Pending', ...pod.status, conditions } };
  deps.recorder.tell(told(pod, 'Warning', 'FailedScheduling', message));
  deps.objects.updateStatus(keyOf('pods', pod.metadata), object).then(
    (answer) => {
      if (!answer.ok) self.log.debug({ why: refusalOf(answer.status).message }, 'a pod has changed meanwhile');
    },
    (error: unknown) => self.log.warn({ error: String(error) }, 'the reason for a pending pod could not be stored'),
  );
}

function told(about: Pod, severity: 'Normal' | 'Warning', reason: string, message: string): RecorderMessage {
  return { type: 'note', about, severity, reason, message, component: COMPONENT };
}
