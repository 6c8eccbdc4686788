/** Sees to a container's image before the container is made. */

import type { Millis } from '../../common/actor/types.ts';
import type { Container } from '../../common/model/container.ts';
import { containerSlot, type ReadyImage } from '../core/pod-memory.ts';
import { backOff } from '../core/restart.ts';
import { type Refused, refusal, refused, type Work } from './step-work.ts';

const PULL_LIMIT: Millis = 15 * 60_000;

/** The image is there, or is pulled, as its policy says. */
export async function readyImage(
  container: Container,
  work: Work,
): Promise<{ readonly ok: true; readonly value: Omit<ReadyImage, 'attempt'> } | Refused> {
  const { name, image: reference, imagePullPolicy: policy } = container;
  const slot = containerSlot(name);
  const failed = (reason: string, message: string, unavailable = false) => {
    if (!unavailable) work.event('Warning', 'Failed', `Failed to pull image "${reference}": ${message}`, container);
    return { ...refusal(slot, reason, message, backOff), unavailable };
  };
  try {
    let image = policy === 'Always' ? undefined : await work.cri.imageStatus(reference);
    if (image !== undefined) {
      work.event('Normal', 'Pulled', `Container image "${reference}" already present on machine`, container);
    } else if (policy === 'Never') {
      return failed('ErrImageNeverPull', `Container image "${reference}" is not present with pull policy of Never`);
    } else {
      work.event('Normal', 'Pulling', `Pulling image "${reference}"`, container);
      const pulled = await work.images.ask({ type: 'pull', reference }, PULL_LIMIT);
      if (!pulled.ok) return failed('ErrImagePull', pulled.message, pulled.unavailable);
      work.event('Normal', 'Pulled', `Successfully pulled image "${reference}" in ${pulled.millis}ms`, container);
      image = await work.cri.imageStatus(pulled.id);
      if (image === undefined) return failed('ErrImagePull', `image "${reference}" was pulled and is not there`);
    }
    const { id, uid, username } = image;
    return {
      ok: true,
      value: { id, ...(uid === undefined ? {} : { uid }), ...(username === undefined ? {} : { username }) },
    };
  } catch (error) {
    return refused(error, slot, 'ErrImagePull', backOff);
  }
}
