/** What becomes of an actor that has ended by itself: pure. */
import type { ExitReason, Message, Millis, SpawnOptions } from './types.ts';

export type Policy = Pick<SpawnOptions<Message>, 'restart' | 'intensity' | 'backoff'>;

export type Verdict =
  | { readonly kind: 'restart'; readonly delay: Millis; readonly restarts: readonly Millis[] }
  | { readonly kind: 'stop' }
  | { readonly kind: 'escalate' };

const INTENSITY = { restarts: 5, within: 60_000 };
const BACKOFF = { first: 100, max: 30_000 };

/**
 * Decides between restart, stop and escalation. `restarts` are the times of earlier restarts; the new list comes back.
 * The delay doubles with each restart inside the intensity's window, and jitter takes up to half of it away
 * (`chance` is in [0, 1)).
 */
export function judge(
  policy: Policy,
  why: ExitReason,
  restarts: readonly Millis[],
  now: Millis,
  chance: number,
): Verdict {
  const when = policy.restart ?? 'on-failure';
  if (when === 'never' || (when === 'on-failure' && why.kind !== 'failed')) return { kind: 'stop' };
  const intensity = policy.intensity ?? INTENSITY;
  const backoff = policy.backoff ?? BACKOFF;
  // A restart "in the future" was recorded before the wall clock was set back: it says nothing.
  const recent = restarts.filter((at) => at <= now && at > now - intensity.within);
  if (recent.length >= intensity.restarts) return { kind: 'escalate' };
  const full = Math.min(backoff.max, backoff.first * 2 ** recent.length);
  return { kind: 'restart', delay: full * (1 - chance / 2), restarts: [...recent, now] };
}
