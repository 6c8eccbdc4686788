/** Where a device's pods come from. The uid of a static pod tells its source, also to an agent that starts anew. */

/** The API; the manifests directory; the URL; the local socket. The names of the kubelet's, and its annotation's values. */
export type PodSource = 'master' | StaticSource;
export const staticSources = ['file', 'http', 'local'] as const;
export type StaticSource = (typeof staticSources)[number];

/** The uid of a static pod whose content has this hash (hexadecimal): another content is another pod. */
export function staticUid(source: StaticSource, hash: string): string {
  return `${source}-${hash.slice(0, 32)}`;
}

/** The source of a pod, by its uid. The master's uids are UUIDs. */
export function sourceOf(uid: string): PodSource {
  return staticSources.find((source) => uid.startsWith(`${source}-`)) ?? 'master';
}
