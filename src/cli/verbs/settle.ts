/** Waits until applied objects do what they are for: `apply --wait` and `create --wait`. */

import type { Millis } from '../../common/actor/types.ts';
import { CliError, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Checked } from '../manifest/check.ts';
import { settled } from '../rollout-state.ts';
import type { Session } from '../session.ts';
import { untilObject } from '../until.ts';

/** Resolves when every workload among the objects is ready. Throws CliError when one fails or time runs out. */
export async function awaitSettled(
  io: Io,
  session: Session,
  wanted: readonly Checked[],
  timeout: Millis | undefined,
): Promise<void> {
  const deadline = timeout === undefined ? undefined : io.clock.now() + timeout;
  for (const { kind, key } of wanted) {
    const left = deadline === undefined ? undefined : Math.max(0, deadline - io.clock.now());
    await untilObject(io, session, { kind, key, what: 'not ready', timeout: left }, (object) => {
      const state = object === undefined ? undefined : settled(object);
      if (object === undefined || state?.state === 'failed')
        throw new CliError(exitCode.failed, state?.message ?? `${key.name} was deleted while it was waited for`);
      return state === undefined || state.state === 'done';
    });
  }
}
