/** Looks at what a listing only names: addresses of sandboxes, times, exit codes and last words of containers. */

import { type ObservedPod, startGivenUp } from '../../core/pod/observed-pod.ts';
import type { PodListing } from '../../core/pod/pod-listing.ts';
import type {
  PodName,
  RuntimeContainer,
  RuntimeContainerStatus,
  Sandbox,
  SandboxStatus,
} from '../../core/runtime-model.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import { lastWords, type WordsPorts } from './last-words.ts';

type Ports = {
  readonly cri: Pick<Cri, 'containerStatus' | 'sandboxStatus'>;
} & WordsPorts;

/** Whether a listing says anything that is not known. */
export function isNews(listing: PodListing, known: ObservedPod): boolean {
  return (
    listing.sandboxes.length !== known.sandboxes.length ||
    listing.containers.length !== known.containers.length ||
    listing.sandboxes.some((sandbox) => knownSandbox(sandbox, known) === undefined) ||
    listing.containers.some((container) => knownContainer(container, known) === undefined)
  );
}

/** The listing in full; only what is new is asked for. Something that has gone meanwhile is left out. */
export async function inspect(
  ports: Ports,
  pod: PodName,
  listing: PodListing,
  known: ObservedPod,
): Promise<ObservedPod> {
  const sandboxes = await Promise.all(
    listing.sandboxes.map((box) => knownSandbox(box, known) ?? unlessMissing(ports.cri.sandboxStatus(box.id))),
  );
  const containers = await Promise.all(
    listing.containers.map((one) => knownContainer(one, known) ?? unlessMissing(inspectContainer(ports, pod, one))),
  );
  return {
    sandboxes: sandboxes.filter((box) => box !== undefined).sort((a, b) => a.attempt - b.attempt),
    containers: containers.filter((one) => one !== undefined),
  };
}

/** A container's status; of an ended one with the message that it left. One whose start was given up is only created. */
export async function inspectContainer(
  ports: Ports,
  pod: PodName,
  { id, sandboxId }: { readonly id: string; readonly sandboxId?: string | undefined },
): Promise<RuntimeContainerStatus> {
  const status = await ports.cri.containerStatus(id, sandboxId);
  if (status.state !== 'exited') return status;
  if (startGivenUp(status)) return { ...status, state: 'created' };
  const words = await lastWords(ports, pod, status);
  return words === '' ? status : { ...status, message: words };
}

const knownSandbox = ({ id, ready }: Sandbox, known: ObservedPod): SandboxStatus | undefined =>
  known.sandboxes.find((sandbox) => sandbox.id === id && sandbox.ready === ready);

const knownContainer = ({ id, state }: RuntimeContainer, known: ObservedPod): RuntimeContainerStatus | undefined =>
  known.containers.find((container) => container.id === id && container.state === state);

/** Undefined for what the runtime does not have (any more). */
export async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CriError && error.code === 'not-found') return undefined;
    throw error;
  }
}
