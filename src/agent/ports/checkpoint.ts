/** What survives a reboot without a network. */

import type { KubeObject } from '../../common/model/meta.ts';

/** An object as the master sends it: its key there, and a digest that changes with what the device has to know of it. */
export type KeptObject = { readonly key: string; readonly digest: string; readonly object: KubeObject };

export type Kept = {
  readonly objects: readonly KeptObject[];
  /** These are all objects of the last generation that was kept. False when nothing was ever kept, too. */
  readonly whole: boolean;
  /** What is damaged and what is used in its place, for people. */
  readonly damage: readonly string[];
};

/** `no-space`: the disk is full. `failed`: anything else that the disk says. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code: 'no-space' | 'failed';

  constructor(code: CheckpointError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the master last wanted of this device, on the disk, so that a reboot without a network runs it. */
export interface Checkpoint {
  /** What is damaged is taken from the generation before, or left out. Never rejects for what is on the disk. */
  load(): Promise<Kept>;
  /**
   * Makes the next generation. Atomic as a whole and on the disk when it resolves: after a power cut either all of it is there
   * or nothing. Rejects with CheckpointError: then the last generation is there as it was.
   */
  apply(set: readonly KeptObject[], removed: readonly string[]): Promise<void>;
}
