/** The images of the device's runtime for a client: which there are, who uses them, and away with one. */

import { fullImageName, parseImageReference } from '../../../common/lib/image-reference.ts';
import type { ImagesAnswer, NodeImage } from '../../../common/wire/images-protocol.ts';
import { podNameLabel, podNamespaceLabel } from '../../core/pod/pod-labels.ts';
import type { Image, RuntimeContainer } from '../../core/runtime-model.ts';
import type { Cri } from '../../ports/cri.ts';
import type { ImageStore } from '../../ports/image-store.ts';

type Runtime = Pick<Cri, 'listImages' | 'listContainers' | 'imageStatus' | 'removeImage'>;

/** Of one answer: it has to go into one message. */
const MOST = 500;

/** Rejects with CriError. */
export async function listImages(cri: Runtime): Promise<ImagesAnswer<'list'>> {
  const [images, containers] = await Promise.all([cri.listImages(), cri.listContainers()]);
  const listed = images.slice(0, MOST).map(
    ({ id, tags, digests, sizeBytes, pinned }): NodeImage => ({
      ...{ id, tags: [...tags], digests: [...digests], sizeBytes, pinned },
      usedBy: [...usersOf(id, containers)],
    }),
  );
  return { ok: true, images: listed, left: images.length - listed.length };
}

type RemovalDeps = {
  readonly cri: Runtime;
  readonly store: Pick<ImageStore, 'untag'>;
  /** A device without a registry starts no pod without it. */
  readonly sandboxImage: string;
};

/**
 * Of an image with several names only the one that is given goes; it may be the one that a pod needs to start again. Rejects
 * with CriError or ImageStoreError.
 */
export async function removeImage(
  { cri, store, sandboxImage }: RemovalDeps,
  reference: string,
  force: boolean,
): Promise<ImagesAnswer<'remove'>> {
  const image = await cri.imageStatus(reference);
  if (image === undefined) {
    return { ok: false, code: 'not-found', message: `there is no image "${reference}" on this node` };
  }
  if (image.tags.includes(sandboxImage) && !force) {
    const message = `image "${reference}" is what every pod's sandbox runs; --force removes it all the same`;
    return { ok: false, code: 'in-use', message };
  }
  const users = usersOf(image.id, await cri.listContainers());
  if (users.length > 0 && !force) {
    const pods = `${users.length === 1 ? 'pod' : 'pods'} ${users.slice(0, 5).join(', ')}`;
    const more = users.length > 5 ? ` and ${users.length - 5} more` : '';
    const message = `image "${reference}" is used by ${pods}${more}; --force removes it all the same`;
    return { ok: false, code: 'in-use', message };
  }
  const name = image.tags.find((tag) => tag === fullName(reference));
  if (name !== undefined && image.tags.length > 1) {
    await store.untag(name);
    return { ok: true, removed: [name] };
  }
  if (image.tags.length > 1 && !force) {
    const message = `image "${reference}" has the names ${image.tags.join(', ')}: remove one of them, or all with --force`;
    return { ok: false, code: 'in-use', message };
  }
  await cri.removeImage(image.id);
  return { ok: true, removed: [...namesOf(image)] };
}

/** Undefined for an id. */
function fullName(reference: string): string | undefined {
  const parsed = parseImageReference(reference);
  return parsed.ok ? fullImageName(parsed.reference) : undefined;
}

const namesOf = ({ id, tags, digests }: Image) => (tags.length > 0 ? tags : digests.length > 0 ? digests : [id]);

/** Pods with a container of the image, an ended one too: it may be started again. */
function usersOf(id: string, containers: readonly RuntimeContainer[]): readonly string[] {
  const users = containers
    .filter(({ imageRef, image }) => imageRef === id || image === id)
    .map(({ labels }) => `${labels[podNamespaceLabel] ?? '-'}/${labels[podNameLabel] ?? '-'}`);
  return [...new Set(users)].sort();
}
