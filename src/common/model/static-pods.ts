/** How static pods, and their mirrors in the API, are known: by their uids, and by annotations with Kubernetes' names. */

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

/** Where a device's own pods come from: its manifests directory, its URL, its socket. Values of the annotation. */
export const staticSources = ['file', 'http', 'local'] as const;
export type StaticSource = (typeof staticSources)[number];

/** The uid of a static pod whose content has this hash (hexadecimal): another content is another pod. */
export function staticUid(source: StaticSource, hash: string): string {
  return `${source}-${hash.slice(0, 32)}`;
}

/** The source that a static pod's uid names; undefined for the master's uids, which are UUIDs. */
export function staticSourceOf(uid: string): StaticSource | undefined {
  return staticSources.find((source) => uid.startsWith(`${source}-`));
}
