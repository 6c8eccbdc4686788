/** What is written when the agent ends. */

import type { Logger } from '../../common/actor/types.ts';
import { noteEnd } from '../actors/reboot/boot-mark.ts';
import { type KeptFile, KeptFileError } from '../ports/manifests.ts';

/** For the next boot, which asks how this one ended. */
export async function lastWord(mark: KeptFile, withSystem: boolean, log: Logger): Promise<void> {
  try {
    await noteEnd(mark, withSystem);
  } catch (error) {
    if (!(error instanceof KeptFileError)) throw error;
    log.warn({ error: error.message }, 'the next boot will not know how this one ended');
  }
}
