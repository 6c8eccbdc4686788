/** Why a container does not run, in Kubernetes' words. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Failure } from './pod-memory.ts';

type Waiting = { readonly reason: string; readonly message?: string };

/** An error of an attempt is shown this long; then the name of its back-off takes its place. */
const SHOWN: Millis = 2000;

export function errorShownUntil(failure: Failure | undefined): Millis {
  return failure === undefined ? 0 : failure.at + SHOWN;
}

/** What a failed container waits for. `image` as the spec names it. */
export function failureWaiting(failure: Failure, image: string, now: Millis): Waiting {
  if (failure.reason === 'ErrImagePull' && now >= errorShownUntil(failure)) {
    return {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: ${failure.message}`,
    };
  }
  return { reason: failure.reason, message: failure.message };
}

/** The text of a crash loop: `back-off 20s restarting failed container=web pod=web_default(uid)`. */
export function crashLoop(
  container: string,
  pod: { name: string; namespace: string; uid: string },
  delay: Millis,
): Waiting {
  const span = delay >= 60_000 ? `${Math.floor(delay / 60_000)}m${(delay % 60_000) / 1000}s` : `${delay / 1000}s`;
  return {
    reason: 'CrashLoopBackOff',
    message: `back-off ${span} restarting failed container=${container} pod=${pod.name}_${pod.namespace}(${pod.uid})`,
  };
}
