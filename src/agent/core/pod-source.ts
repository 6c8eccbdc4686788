/** Where a device's pods come from. The uid of a pod tells its source, also to an agent that starts anew. */

import { type StaticSource, staticSourceOf } from '../../common/model/static-pods.ts';

export type PodSource = 'master' | StaticSource;

export function sourceOf(uid: string): PodSource {
  return staticSourceOf(uid) ?? 'master';
}
