/** How a source of static pods hands on its set and says what is wrong with it: each change once, in every place where people look. */

import type { Logger, Ref } from '../../../common/actor/types.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { StaticSource } from '../../../common/model/static-pods.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import type { PodsMessage } from './pods.ts';

/** All that is wrong with what a source says, one line each. */
export type StaticProblems = {
  readonly type: 'static-problems';
  readonly source: StaticSource;
  readonly problems: readonly string[];
};

export type StaticSourceDeps = {
  readonly pods: Ref<PodsMessage>;
  readonly events: Ref<PodEventsMessage>;
  readonly overview: { tell(message: StaticProblems): boolean };
};

export type StaticSet = {
  /** The whole set. `settled`: it is certain that the source wants nothing else. */
  put(pods: readonly Pod[], settled: boolean): void;
  /** The set is as it was, and whole. */
  settle(): void;
  /** All that is wrong now. */
  problems(lines: readonly string[]): void;
};

export function staticSet(source: StaticSource, deps: StaticSourceDeps, log: Logger): StaticSet {
  let known = new Map<string, Pod>();
  let settledBefore = false;
  let said: readonly string[] | undefined;
  const set: StaticSet = {
    settle: () => set.put([...known.values()], true),
    put(pods, settled) {
      const next = new Map(pods.map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]));
      const uid = (pod: Pod | undefined) => pod?.metadata.uid;
      const set = [...next].filter(([key, pod]) => uid(known.get(key)) !== uid(pod));
      const removed = [...known.keys()].filter((key) => !next.has(key));
      known = next;
      if (set.length + removed.length === 0 && (settledBefore || !settled)) return;
      settledBefore ||= settled;
      for (const [key] of set) log.info({ source, pod: key }, 'a static pod is new or changed');
      for (const key of removed) log.info({ source, pod: key }, 'a static pod is not wanted any more');
      deps.pods.tell({
        type: 'desired',
        source,
        set: set.map(([key, object]) => ({ key, digest: uid(object) ?? '', object })),
        removed,
        settled: settledBefore,
      });
    },
    problems(lines) {
      if (said !== undefined && deepEqual(lines, said)) return;
      for (const line of lines) {
        if (said?.includes(line)) continue;
        log.warn({ source }, line);
        deps.events.tell({ type: 'node-event', kind: 'Warning', reason: 'InvalidStaticPod', message: line });
      }
      if (lines.length === 0 && (said ?? []).length > 0)
        log.info({ source }, 'nothing is wrong with static pods any more');
      said = lines;
      deps.overview.tell({ type: 'static-problems', source, problems: lines });
    },
  };
  return set;
}
