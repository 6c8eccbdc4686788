/**
 * Ends pods that use more of the node's disk than they allow themselves (sizeLimit of an emptyDir, limits of ephemeral-storage).
 * Measuring reads directories: that is done often only for pods that come near a limit.
 */

import { AskError } from '../../../common/actor/ask.ts';
import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { evictions } from '../../../common/metrics/kubelet.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { limitsStorage, storageExcess, storageShare } from '../../core/eviction/local-storage.ts';
import { podNameOf } from '../../core/pod/pod-labels.ts';
import type { PodUsage } from '../../core/usage/sweep.ts';
import type { EvictionDeps } from './eviction.ts';

type Measured = { readonly pod: Pod; readonly usage: PodUsage };
type StorageLimitsMessage =
  | { readonly type: 'look' }
  | { readonly type: 'measured'; readonly pods: readonly Measured[] }
  | { readonly type: 'ended' }
  /** `uid`: of the pod that did not end in time. */
  | { readonly type: 'unanswered'; readonly uid?: string; readonly error: unknown };

const PERIOD: Millis = 10_000;
const LIMIT: Millis = 10_000;
const END_LIMIT: Millis = 60_000;
/** From this share of a limit on a pod is measured at each look. */
const NEAR = 0.5;
/** Pods that have begun, or have left their limits behind, are measured at each of so many looks. */
const CALM_LOOKS = 3;

export function storageLimits(
  deps: Pick<EvictionDeps, 'events' | 'pods' | 'usage' | 'meter'>,
): Behavior<StorageLimitsMessage> {
  return (self) => {
    /** How often in a row pods were seen far from their limits. */
    let far: ReadonlyMap<string, number> = new Map();
    /** They stay so as long as somebody wants them: what is known of their usage may be older than their end. */
    const told = new Set<string>();

    async function measure(): Promise<readonly Measured[]> {
      const { claims } = await deps.pods.ask({ type: 'inventory' }, LIMIT);
      const pods = claims.flatMap(({ pod, shadowedBy }) =>
        shadowedBy === undefined && limitsStorage(pod) ? [pod] : [],
      );
      const wanted = new Set(pods.map((pod) => podNameOf(pod).uid));
      for (const uid of told) if (!wanted.has(uid)) told.delete(uid);
      if (pods.length === 0) return [];
      const fresh = pods.some((pod) => (far.get(podNameOf(pod).uid) ?? 0) < CALM_LOOKS);
      const question = { type: 'sweep', maxAge: PERIOD, ...(fresh ? { disk: 'fresh' as const } : {}) } as const;
      const sweep = await deps.usage.ask(question, LIMIT);
      const byUid = new Map(sweep.pods.map((usage) => [usage.pod.uid, usage]));
      return pods.flatMap((pod) => {
        const usage = byUid.get(podNameOf(pod).uid);
        return usage === undefined ? [] : [{ pod, usage }];
      });
    }

    function end(pod: Pod, { signal, message }: { readonly signal: string; readonly message: string }): void {
      const name = podNameOf(pod);
      if (told.has(name.uid)) return;
      told.add(name.uid);
      const outcome = { reason: 'Evicted', message };
      const order = { type: 'evict', uid: name.uid, graceSeconds: 0, outcome, ownFault: true } as const;
      self.pipe(
        () => deps.pods.ask(order, END_LIMIT),
        () => ({ type: 'ended' }),
        (error) => ({ type: 'unanswered', uid: name.uid, error }),
      );
      deps.meter.count(evictions, { eviction_signal: signal });
      deps.events.tell({ type: 'event', kind: 'Warning', pod: name, reason: 'Evicted', message });
      self.log.warn({ pod: `${name.namespace}/${name.name}` }, message.trim());
    }

    self.after(PERIOD, { type: 'look' }, 'look');
    return {
      on: {
        look() {
          self.after(PERIOD, { type: 'look' }, 'look');
          self.pipe(
            measure,
            (pods) => ({ type: 'measured', pods }),
            (error) => ({ type: 'unanswered', error }),
          );
        },
        measured({ pods }) {
          const before = far;
          far = new Map(
            pods
              .filter(({ pod, usage }) => storageShare(pod, usage) < NEAR)
              .map(({ usage: { pod } }) => [pod.uid, (before.get(pod.uid) ?? 0) + 1]),
          );
          for (const { pod, usage } of pods) {
            const excess = storageExcess(pod, usage);
            if (excess !== undefined) end(pod, excess);
          }
        },
        ended() {},
        unanswered({ uid, error }) {
          if (!(error instanceof AskError)) throw error;
          if (uid !== undefined) told.delete(uid);
          self.log.warn({ error }, 'what pods use of the disk could not be compared with their limits');
        },
      },
    };
  };
}
