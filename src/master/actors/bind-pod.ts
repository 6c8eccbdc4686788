/**
 * Answers `pods/binding`: binds a pod as its own scheduler says, once for each uid. Unlike Kubernetes', a binding that
 * takes more than the node has is refused: the scheduler of the master keeps the room, so that both never take it twice.
 */

import { AskError } from '../../common/actor/ask.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { conflict, notFound, type Status, serviceUnavailable } from '../../common/model/status.ts';
import type { Store, StoreKey } from '../../common/store/store.ts';
import type { Reservation } from '../core/scheduling/assumptions.ts';
import type { Answer, Objects } from '../ports.ts';

export type BindDependencies = {
  readonly objects: Pick<Objects, 'bind'>;
  readonly store: Pick<Store, 'get'>;
  /** Of the scheduler of the master; rejects with AskError when it does not answer. */
  readonly reservations: {
    /** Keeps the room for a while, if there is. */
    reserve(pod: Pod, node: string): Promise<Reservation>;
    unreserve(uid: string): void;
  };
};

/** `uid`: of the pod that is meant; undefined: whichever has the name. */
export async function bindPod(
  { objects, store, reservations }: BindDependencies,
  key: StoreKey,
  uid: string | undefined,
  node: string,
): Promise<Answer<KubeObject>> {
  const pod = (await store.get(key))?.object as Pod | undefined;
  if (pod === undefined) return refused(notFound('pods', key.name));
  const own = pod.metadata.uid ?? '';
  let reservation: Reservation;
  try {
    reservation = await reservations.reserve(pod, node);
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return refused(serviceUnavailable(`the scheduler does not answer: ${error.message}`));
  }
  const { refusal, reserved } = reservation;
  if (refusal !== undefined) return refused(conflict('pods/binding', key.name, refusal));
  const answer = await objects.bind(key, uid ?? own, node);
  // After an error nobody knows: what was kept expires, or the view shows it.
  if (!answer.ok && reserved) reservations.unreserve(own);
  return answer;
}

function refused(status: Status): Answer<never> {
  return { ok: false, status: status as unknown as KubeObject };
}
