/** Which images must stay, and why. Names are compared in full: `busybox` is `docker.io/library/busybox:latest`. */

import { fullImageName, parseImageReference } from '../../../common/lib/image-reference.ts';
import type { Image, RuntimeContainer } from '../runtime-model.ts';

/**
 * - `used`: a container is made of it, a dead one too: it may be started again
 * - `assigned`: a pod that is to run on this device names it
 * - `sandbox`: what every pod's sandbox runs
 * - `pinned`: the runtime was told to keep it
 * - `loaded`: no registry is known to have it, so that nothing brings it back
 * - `superseded`: the same, but pods of this device run or name another tag of its repository
 */
export type Holder = 'used' | 'assigned' | 'sandbox' | 'pinned' | 'loaded' | 'superseded';

export type ImageUsers = {
  readonly containers: readonly Pick<RuntimeContainer, 'image' | 'imageRef'>[];
  /** References of all containers of the pods that are to run here. */
  readonly assigned: readonly string[];
  readonly sandboxImage: string;
};

/** Answers for one image after the other. */
export function holders({ containers, assigned, sandboxImage }: ImageUsers): (image: Image) => Holder | undefined {
  const used = new Set(containers.flatMap(({ image, imageRef }) => [...namesFor(image), ...namesFor(imageRef)]));
  const named = new Set(assigned.flatMap(namesFor));
  const sandbox = new Set(namesFor(sandboxImage));
  const repositories = new Set([...containers.map(({ image }) => image), ...assigned].flatMap(repositoryOf));
  const isSuperseded = (tag: string) => repositoryOf(tag).some((name) => repositories.has(name));
  return (image) => {
    const names = [image.id, ...image.tags, ...image.digests];
    if (names.some((name) => used.has(name))) return 'used';
    if (names.some((name) => named.has(name))) return 'assigned';
    if (names.some((name) => sandbox.has(name))) return 'sandbox';
    if (image.pinned) return 'pinned';
    // One that has lost its last name to a newer one can not be asked for.
    if (image.digests.length > 0 || image.tags.length === 0) return undefined;
    return image.tags.every(isSuperseded) ? 'superseded' : 'loaded';
  };
}

/** A reference as it was written, and in full. */
function namesFor(reference: string): readonly string[] {
  const parsed = parseImageReference(reference);
  return parsed.ok ? [reference, fullImageName(parsed.reference)] : [reference];
}

function repositoryOf(reference: string): readonly string[] {
  const parsed = parseImageReference(reference);
  return parsed.ok ? [`${parsed.reference.host}/${parsed.reference.path}`] : [];
}
