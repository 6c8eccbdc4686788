/**
 * What of a container's spec makes it another container. As in today's kubelet only name and image count: every other
 * field of a pod's containers is immutable, and a new default of a field must not restart the whole fleet.
 */

import type { Container } from '../../../common/model/container.ts';

/** 32 bits of FNV-1a over name and image, in hexadecimal. */
export function containerHash({ name, image }: Pick<Container, 'name' | 'image'>): string {
  let hash = 0x811c9dc5;
  for (const char of `${name}\n${image}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}
