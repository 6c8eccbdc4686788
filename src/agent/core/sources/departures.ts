/**
 * Which pods can go when nobody is known to want them: those whose source has said all that it wants, and those that it wanted
 * and does not want any more. Before that, a pod that the runtime has may be wanted by a source that was not heard yet.
 */

import { staticSources } from '../../../common/model/static-pods.ts';
import { type PodSource, sourceOf } from './pod-source.ts';

export type Departures = {
  mayGo(uid: string): boolean;
  /** The source has said all that it wants; answers whether that is new. */
  settle(source: PodSource): boolean;
  /** Their sources wanted them, and do not any more. */
  dismiss(uids: readonly string[]): void;
  /** Nothing is left of the pod. */
  forget(uid: string): void;
  /** Every source of static pods has said all that it wants. */
  allStatic(): boolean;
  /** Every source has. */
  all(): boolean;
};

/** `sources`: those that will be heard; what came from another one can go. */
export function createDepartures(sources: readonly PodSource[]): Departures {
  const unsettled = new Set(sources);
  /** Of sources that are not settled only: the others need no such note. */
  const dismissed = new Set<string>();
  const isOpen = (uid: string) => unsettled.has(sourceOf(uid));
  return {
    mayGo: (uid) => dismissed.has(uid) || !isOpen(uid),
    settle(source) {
      const isNew = unsettled.delete(source);
      for (const uid of dismissed) if (!isOpen(uid)) dismissed.delete(uid);
      return isNew;
    },
    dismiss(uids) {
      for (const uid of uids) if (isOpen(uid)) dismissed.add(uid);
    },
    forget: (uid) => void dismissed.delete(uid),
    all: () => unsettled.size === 0,
    allStatic: () => staticSources.every((source) => !unsettled.has(source)),
  };
}
