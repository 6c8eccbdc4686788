/** The annotations by which static pods, and their mirrors in the API, are known: Kubernetes' names. */

import type { ObjectMeta } from './meta.ts';

/** On a mirror: the uid of the static pod that it shows. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** On a static pod and its mirror: changes with the content of its manifest. */
export const configHashAnnotation = 'kubernetes.io/config.hash';
/** On a static pod and its mirror: file, http or local. */
export const configSourceAnnotation = 'kubernetes.io/config.source';
/** On a mirror: when the device made it. */
export const configSeenAnnotation = 'kubernetes.io/config.seen';

/** The uid of the static pod that an object mirrors; undefined for an object that is no mirror. */
export function mirrorOf({ metadata }: { readonly metadata: ObjectMeta }): string | undefined {
  return metadata.annotations?.[mirrorAnnotation];
}
