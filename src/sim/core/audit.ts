/** Whether the fleet runs what the cluster says: every pod once, and nothing else. */

export type Wanted = { readonly uid: string; readonly node: string; readonly containers: number };
/** What runs on a device, by container. */
export type Inventory = {
  readonly node: string;
  readonly running: readonly { readonly uid: string; readonly container: string }[];
};
export type Audit = {
  /** Containers that run nowhere though their pod is said to run. */
  readonly lost: number;
  /** Containers that run more than once, or on a device that is not the pod's. */
  readonly doubled: number;
  /** Containers of pods that the cluster does not know (any more). */
  readonly strays: number;
};

export function audit(wanted: readonly Wanted[], found: readonly Inventory[]): Audit {
  const pods = new Map(wanted.map((pod) => [pod.uid, pod]));
  const seen = new Map<string, Set<string>>();
  let doubled = 0;
  let strays = 0;
  for (const { node, running } of found) {
    for (const { uid, container } of running) {
      const pod = pods.get(uid);
      if (pod === undefined) {
        strays += 1;
        continue;
      }
      const containers = seen.get(uid) ?? new Set<string>();
      seen.set(uid, containers);
      if (pod.node !== node || containers.has(container)) doubled += 1;
      else containers.add(container);
    }
  }
  let lost = 0;
  for (const { uid, containers } of wanted) lost += Math.max(0, containers - (seen.get(uid)?.size ?? 0));
  return { lost, doubled, strays };
}
