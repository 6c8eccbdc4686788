/** Growing pauses between attempts. */

/**
 * The pause in milliseconds before attempt number `attempt` (0 is the first repetition): doubled each time up to
 * `max`, then spread over its upper half by `random` (0 ≤ random < 1), so that many do not come back at once.
 */
export function backoff(attempt: number, first: number, max: number, random: number): number {
  const full = Math.min(max, first * 2 ** Math.min(attempt, 52));
  return Math.round(full / 2 + (full / 2) * random);
}
