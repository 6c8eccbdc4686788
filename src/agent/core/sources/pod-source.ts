/** Where a device's pods come from. The uid of a pod tells its source, also to an agent that starts anew. */

import { staticSourceOf, staticSources } from '../../../common/model/static-pods.ts';

export const podSources = ['master', ...staticSources] as const;
export type PodSource = (typeof podSources)[number];

export function sourceOf(uid: string): PodSource {
  return staticSourceOf(uid) ?? 'master';
}
