/** One pull of an image, with one password after the other, and what came of it. */

import type { Millis } from '../../../common/actor/types.ts';
import { isUnreachable } from '../../core/images/pull-failure.ts';
import type { RegistryAuth } from '../../core/runtime-model.ts';
import { type Cri, CriError } from '../../ports/cri.ts';

export type PullAnswer =
  /** `waited`: since it was asked for; `pulled`: of that, since the pull began. */
  | { readonly ok: true; readonly id: string; readonly pulled: Millis; readonly waited: Millis }
  | {
      readonly ok: false;
      readonly message: string;
      /** `refused`: by the registry or the runtime. `unreachable`: no registry. `unavailable`: no runtime. */
      readonly why: 'refused' | 'unreachable' | 'unavailable';
    };

/** Tries one password after the other; what the last one met is told. No other password helps against a silent network. */
export async function pullWith(
  cri: Pick<Cri, 'pullImage'>,
  reference: string,
  auths: readonly RegistryAuth[],
  signal: AbortSignal,
): Promise<string> {
  const [auth, ...others] = auths;
  try {
    return await cri.pullImage(reference, auth, signal);
  } catch (error) {
    const another = error instanceof CriError && error.code !== 'unavailable' && !isUnreachable(error.message);
    if (!another || others.length === 0) throw error;
    return await pullWith(cri, reference, others, signal);
  }
}

/** What the runtime refused, as an answer; anything else is a bug and thrown on. */
export function pullRefusal(error: unknown): PullAnswer {
  if (!(error instanceof CriError)) throw error;
  const { code, message } = error;
  const why = code === 'unavailable' ? 'unavailable' : isUnreachable(message) ? 'unreachable' : 'refused';
  return { ok: false, message, why };
}
