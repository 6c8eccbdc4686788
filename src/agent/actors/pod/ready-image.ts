/** Sees to a container's image before the container is made. */

import type { Millis } from '../../../common/actor/types.ts';
import { type ImageReference, parseImageReference } from '../../../common/lib/image-reference.ts';
import type { Container } from '../../../common/model/container.ts';
import { pullInputs } from '../../core/config/inputs.ts';
import { authsFor, keyringOf } from '../../core/images/keyring.ts';
import { foreignImage, pullFailure, withoutPassword } from '../../core/images/pull-failure.ts';
import { containerSlot, type ReadyImage } from '../../core/pod/pod-memory.ts';
import { backOff } from '../../core/pod/restart.ts';
import type { Image } from '../../core/runtime-model.ts';
import type { PullAnswer } from '../images/pull.ts';
import { podOf, type Refused, refusal, refused, type Work } from './step-work.ts';

/** Longer than any pull, with those before it: the runtime's call has a limit of its own. */
const ANSWER_WITHIN: Millis = 24 * 3_600_000;

type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

/** The image is there, or is pulled, as its policy says. */
export async function readyImage(container: Container, work: Work): Promise<Outcome<Omit<ReadyImage, 'attempt'>>> {
  const { image: text, imagePullPolicy: policy } = container;
  const say = saying(container, work);
  const parsed = parseImageReference(text);
  if (!parsed.ok) {
    const message = `Failed to apply default image tag "${text}": couldn't parse image name "${text}": ${parsed.problem}`;
    return say.refused('InvalidImageName', 'InspectFailed', message);
  }
  const found = await inspected(text, container, work);
  if (!found.ok) return found;
  const present = found.value;
  if (policy !== 'Always' && present !== undefined) {
    say.normal('Pulled', `Container image "${text}" already present on machine`);
    return { ok: true, value: readyFrom(present, container, work) };
  }
  if (policy === 'Never') {
    const message = `Container image "${text}" is not present with pull policy of Never`;
    return say.refused('ErrImageNeverPull', 'ErrImageNeverPull', message);
  }
  say.normal('Pulling', `Pulling image "${text}"`);
  const pulled = await pull(container, parsed.reference, present !== undefined, work);
  if (pulled.ok) {
    const image = await inspected(pulled.id, container, work);
    if (!image.ok) return image;
    if (image.value === undefined) {
      return say.pullFailed('refused', `image "${text}" was pulled and is not there`);
    }
    const times = `${seconds(pulled.pulled)} (${seconds(pulled.waited)} including waiting)`;
    say.normal(
      'Pulled',
      `Successfully pulled image "${text}" in ${times}. Image size: ${image.value.sizeBytes} bytes.`,
    );
    return { ok: true, value: readyFrom(image.value, container, work) };
  }
  if (pulled.why !== 'unreachable' || present === undefined) {
    return say.pullFailed(pulled.why, pullFailure(text, pulled.message, work.node.architecture));
  }
  // A device without a network runs what it has.
  work.event(
    'Warning',
    'RegistryUnreachable',
    `Image "${text}" can not be pulled now, and the one that is present on this machine is used: ${pulled.message}`,
    container,
  );
  return { ok: true, value: readyFrom(present, container, work) };
}

const seconds = (millis: Millis) => (millis < 1000 ? `${Math.round(millis)}ms` : `${(millis / 1000).toFixed(3)}s`);

function saying(container: Container, work: Work) {
  const { name, image } = container;
  const slot = containerSlot(name);
  const warn = (reason: string, message: string) => work.event('Warning', reason, message, container);
  const normal = (reason: string, message: string) => work.event('Normal', reason, message, container);
  return {
    normal,
    refused(reason: string, eventReason: string, message: string): Refused {
      warn(eventReason, message);
      warn('Failed', `Error: ${reason}`);
      return refusal(slot, reason, message, backOff);
    },
    pullFailed(why: (PullAnswer & { ok: false })['why'], message: string): Refused {
      const failed = refusal(slot, 'ErrImagePull', message, backOff);
      if (why === 'unavailable') return { ...failed, unavailable: true };
      warn('Failed', `Failed to pull image "${image}": ${message}`);
      warn('Failed', 'Error: ErrImagePull');
      normal('BackOff', `Back-off pulling image "${image}"`);
      warn('Failed', 'Error: ImagePullBackOff');
      return failed;
    },
  };
}

async function inspected(reference: string, container: Container, work: Work): Promise<Outcome<Image | undefined>> {
  try {
    return { ok: true, value: await work.cri.imageStatus(reference) };
  } catch (error) {
    const failed = refused(error, containerSlot(container.name), 'ImageInspectError', backOff);
    const message = `Failed to inspect image "${container.image}": ${failed.message}`;
    if (!failed.unavailable) work.event('Warning', 'InspectFailed', message, container);
    return { ...failed, message };
  }
}

async function pull(container: Container, image: ImageReference, present: boolean, work: Work): Promise<PullAnswer> {
  const pod = podOf(work);
  const secrets = pullInputs(pod).map(({ name }) => ({ name, secret: work.inputs.secret(name) }));
  const keyring = keyringOf(secrets);
  if (keyring.problems.length > 0) {
    const message = `Unable to retrieve some image pull secrets (${keyring.problems.join('; ')}); attempting to pull the image may not succeed.`;
    work.event('Warning', 'FailedToRetrieveImagePullSecret', message);
  }
  const init = pod.spec.initContainers?.some(({ name }) => name === container.name) ?? false;
  const about = { pod: work.name, container: { name: container.name, init } };
  const { image: reference } = container;
  const { host } = image;
  const leave = (): void => void work.images.tell({ type: 'leave', uid: work.name.uid });
  work.signal.addEventListener('abort', leave, { once: true });
  const auths = authsFor(keyring, image);
  try {
    const answer = await work.images.ask({ type: 'pull', reference, host, auths, present, about }, ANSWER_WITHIN);
    if (answer.ok || auths.length > 0) return answer;
    return { ...answer, message: withoutPassword(answer.message, host, secrets.length) };
  } finally {
    work.signal.removeEventListener('abort', leave);
  }
}

function readyFrom(image: Image, container: Container, work: Work): Omit<ReadyImage, 'attempt'> {
  const { id, uid, username, architecture } = image;
  const foreign = foreignImage(container.image, architecture, work.node.architecture);
  return {
    id,
    reference: container.image,
    ...(uid === undefined ? {} : { uid }),
    ...(username === undefined ? {} : { username }),
    ...(foreign === undefined ? {} : { foreign }),
  };
}
