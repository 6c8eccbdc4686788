/** What survives a reboot without a network. */

import type { KubeObject } from '../../common/model/meta.ts';

/** What the master last wanted of this device, on the disk, so that a reboot without a network runs it. */
export interface Checkpoint {
  /** Damaged or missing entries are left out and named in `lost`. */
  load(): Promise<{
    readonly objects: ReadonlyMap<string, { readonly digest: string; readonly object: KubeObject }>;
    readonly lost: readonly string[];
  }>;
  /** Atomic as a whole and on the disk when it resolves: after a power cut either all of it is there or nothing. */
  apply(
    set: readonly { readonly key: string; readonly digest: string; readonly object: KubeObject }[],
    removed: readonly string[],
  ): Promise<void>;
}
