/**
 * Which dead containers and sandboxes nobody needs. A pod's worker owns what it made: from it nothing is taken that it may
 * look at or build on. So the newest attempt at a container stays whatever its state, and the newest sandbox of a pod; what
 * runs, what was only created and what is unknown is never touched, nor what was made for no pod. Of a pod that has ended for
 * good nothing is built on: when room is needed, its newest attempts go too (kubelet: evictNonDeletedPods).
 */

import { podOfLabels } from '../pod/pod-labels.ts';
import type { PodListing } from '../pod/pod-listing.ts';
import type { RuntimeContainer, Sandbox } from '../runtime-model.ts';

export type DeadLimits = {
  /** Dead attempts that are kept of each container beside its newest one: 0 or 1, as the worker keeps one. */
  readonly perContainer: number;
  /** Of all containers together, the newest attempts that are dead included; negative: as many as there are. */
  readonly total: number;
};
export type Dead = { readonly containers: readonly RuntimeContainer[]; readonly sandboxes: readonly Sandbox[] };

/** `over`: uids of pods that have ended for good. */
export function deadParts(
  { containers, sandboxes }: PodListing,
  limits: DeadLimits,
  over: ReadonlySet<string> = new Set(),
): Dead {
  const attempts = grouped(containers, ({ labels, name }) => keyOf(labels, name));
  const older = attempts.map((all) =>
    (isOf(all[0], over) ? all : all.slice(1)).filter(({ state }) => state === 'exited'),
  );
  const surplus = older.flatMap((dead) => dead.slice(limits.perContainer));
  const kept = older.flatMap((dead) => dead.slice(0, limits.perContainer));
  const dead = containers.filter(({ state, labels }) => state === 'exited' && podOfLabels(labels) !== undefined);
  const tooMany = limits.total < 0 ? 0 : Math.max(0, dead.length - surplus.length - limits.total);
  const oldest = [...kept].sort((a, b) => a.createdAt - b.createdAt).slice(0, tooMany);
  const going = [...surplus, ...oldest];
  return { containers: going, sandboxes: emptySandboxes(sandboxes, containers, new Set(going.map(({ id }) => id))) };
}

/** Dead ones that are not the newest of their pod and hold no container that stays. */
function emptySandboxes(
  sandboxes: readonly Sandbox[],
  containers: readonly RuntimeContainer[],
  going: ReadonlySet<string>,
): readonly Sandbox[] {
  const used = new Set(containers.filter(({ id }) => !going.has(id)).map(({ sandboxId }) => sandboxId));
  return grouped(sandboxes, ({ labels }) => keyOf(labels, '')).flatMap(([, ...others]) =>
    others.filter(({ id, ready }) => !ready && !used.has(id)),
  );
}

const isOf = (one: RuntimeContainer | undefined, uids: ReadonlySet<string>): boolean =>
  uids.has(podOfLabels(one?.labels ?? {})?.uid ?? '');

const keyOf = (labels: RuntimeContainer['labels'], name: string): string | undefined => {
  const pod = podOfLabels(labels);
  return pod && `${pod.uid} ${name}`;
};

/** Groups of those that have a key, in each the newest attempt first. */
function grouped<T extends { readonly attempt: number; readonly createdAt: number }>(
  all: readonly T[],
  key: (one: T) => string | undefined,
): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = key(one);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt));
}
