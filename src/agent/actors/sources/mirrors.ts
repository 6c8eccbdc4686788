/**
 * Keeps the mirrors of the device's static pods in the API: tells the master which there are, and sends those that it lacks.
 * Without a master nothing is lost: once it answers, all of it is said again.
 */

import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { backoff } from '../../../common/lib/backoff.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import { toTimestamp } from '../../../common/lib/time.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { UpMessage } from '../../../common/wire/agent-protocol.ts';
import { podNameOf } from '../../core/pod/pod-labels.ts';
import { mirrorFor } from '../../core/sources/mirror.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';

/** The static pods that are run. `complete`: every source has said all that it wants. */
export type StaticPods = { readonly type: 'static-pods'; readonly pods: readonly Pod[]; readonly complete: boolean };
export type MirrorsMessage =
  | StaticPods
  /** The master is there (again), or it is time to try again. */
  | { readonly type: 'compare' }
  /** Something of the device's changed in the API: maybe a mirror is gone. */
  | { readonly type: 'poke' }
  | { readonly type: 'compared'; readonly mirrored: readonly string[]; readonly refusals: readonly Refusal[] }
  | { readonly type: 'failed'; readonly error: unknown };
type Refusal = { readonly pod: string; readonly why: string };

type Deps = {
  readonly node: string;
  readonly master: Ref<UpMessage>;
  /** Told of the static pods that have just got a mirror, which knows nothing of their status yet. */
  readonly reports: { tell(message: { readonly type: 'repeat'; readonly uids: readonly string[] }): boolean };
  readonly events: Ref<PodEventsMessage>;
  random(): number;
};

const LIMIT: Millis = 5000;
const FIRST: Millis = 1000;
const LONGEST: Millis = 60_000;

export function mirrors(deps: Deps): Behavior<MirrorsMessage> {
  return (self) => {
    const { node, master } = deps;
    let now: StaticPods = { type: 'static-pods', pods: [], complete: false };
    let comparing = false;
    let again = false;
    let failures = 0;
    /** What the master was told last, when it had answered. */
    let told: StaticPods | undefined;
    let refused: ReadonlySet<string> = new Set();

    async function send({ pods, complete }: StaticPods): Promise<MirrorsMessage> {
      const { lacking } = await master.ask({ type: 'mirrors', node, pods: pods.map(podNameOf), complete }, LIMIT);
      const mirrored: string[] = [];
      const refusals: Refusal[] = [];
      for (const pod of pods.filter(({ metadata }) => lacking.includes(metadata.uid ?? ''))) {
        const object: Record<string, unknown> = mirrorFor(pod, toTimestamp(self.clock.wall()));
        const answer = await master.ask({ type: 'mirror', node, object }, LIMIT);
        if (answer.ok) mirrored.push(podNameOf(pod).uid);
        else refusals.push({ pod: `${podNameOf(pod).namespace}/${podNameOf(pod).name}`, why: answer.message });
      }
      return { type: 'compared', mirrored, refusals };
    }

    function compare(): void {
      self.cancel('retry');
      again = comparing;
      if (comparing) return;
      comparing = true;
      told = now;
      const sent = now;
      self.pipe(
        () => send(sent),
        (message) => message,
        (error) => ({ type: 'failed', error }),
      );
    }

    function retry(): void {
      self.after(backoff(failures, FIRST, LONGEST, deps.random()), { type: 'compare' }, 'retry');
      failures += 1;
    }

    return {
      on: {
        'static-pods'(message) {
          const same = message.complete === now.complete && deepEqual(message.pods, now.pods);
          if (same) return;
          now = message;
          compare();
        },
        compare,
        poke() {
          if (now.pods.length > 0) compare();
        },
        compared({ mirrored, refusals }) {
          comparing = false;
          if (mirrored.length > 0) deps.reports.tell({ type: 'repeat', uids: mirrored });
          for (const { pod, why } of refusals) {
            if (refused.has(`${pod} ${why}`)) continue;
            self.log.warn({ pod, why }, 'the master refused the mirror of a static pod');
            const message = `the static pod ${pod} runs, and has no mirror in the API: ${why}`;
            deps.events.tell({ type: 'node-event', kind: 'Warning', reason: 'FailedMirror', message });
          }
          refused = new Set(refusals.map(({ pod, why }) => `${pod} ${why}`));
          if (refusals.length > 0) retry();
          else failures = 0;
          if (again || told !== now) compare();
        },
        failed({ error }) {
          comparing = false;
          if (failures === 0) self.log.info({ error }, 'the master does not hear of static pods now; they run on');
          retry();
        },
      },
    };
  };
}
