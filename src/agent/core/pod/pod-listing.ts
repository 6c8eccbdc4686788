/** What the runtime lists, and which pod each part of it belongs to. What was made for no pod is passed over. */

import type { PodName, RuntimeContainer, Sandbox } from '../runtime-model.ts';
import { podOfLabels } from './pod-labels.ts';

/** A listing, or one pod's part of it. */
export type PodListing = { readonly sandboxes: readonly Sandbox[]; readonly containers: readonly RuntimeContainer[] };

export const nothingListed: PodListing = { sandboxes: [], containers: [] };

/** The parts of a listing, by the uid of their pod. */
export function byPod(listing: PodListing): ReadonlyMap<string, PodListing> {
  const parts = new Map<string, { sandboxes: Sandbox[]; containers: RuntimeContainer[] }>();
  const part = (uid: string) => {
    const found = parts.get(uid) ?? { sandboxes: [], containers: [] };
    parts.set(uid, found);
    return found;
  };
  for (const sandbox of listing.sandboxes) {
    const name = podOfLabels(sandbox.labels);
    if (name) part(name.uid).sandboxes.push(sandbox);
  }
  for (const container of listing.containers) {
    const name = podOfLabels(container.labels);
    if (name) part(name.uid).containers.push(container);
  }
  return parts;
}

/** The pods that have something in the runtime: each as often as it has. */
export function podsOf({ sandboxes, containers }: PodListing): readonly PodName[] {
  return [...sandboxes, ...containers].flatMap(({ labels }) => podOfLabels(labels) ?? []);
}
