/** The mirror of a static pod: how the API shows a pod that it does not rule. */

import type { Pod } from '../../../common/model/pod.ts';
import { configSeenAnnotation, mirrorAnnotation } from '../../../common/model/static-pods.ts';

/** `seen`: when the device made it, as a timestamp. Its owner, the Node, is the master's to name. */
export function mirrorFor(pod: Pod, seen: string): Pod {
  const { uid = '', ...metadata } = pod.metadata;
  const { status: _status, ...rest } = pod;
  const annotations = { ...metadata.annotations, [mirrorAnnotation]: uid, [configSeenAnnotation]: seen };
  return { ...rest, metadata: { ...metadata, annotations } };
}
