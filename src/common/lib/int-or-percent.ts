/** Numbers of pods that are given as a number or a percentage, such as maxSurge and maxUnavailable. */

/** `amount` of `total`, a percentage of it rounded `up` or `down`. Throws on text that is no percentage. */
export function intOrPercent(amount: number | string, total: number, rounding: 'up' | 'down'): number {
  if (typeof amount === 'number') return amount;
  const match = /^(\d+)%$/.exec(amount);
  if (!match) throw new RangeError(`neither a number nor a percentage: ${JSON.stringify(amount)}`);
  const exact = Number(match[1]) * total;
  return rounding === 'up' ? Math.ceil(exact / 100) : Math.floor(exact / 100);
}

/**
 * The limits of a rolling update of `replicas` pods: maxSurge is rounded up, maxUnavailable down; when both come to
 * 0, one pod may be missing, or nothing could ever move.
 */
export function rollingLimits(
  maxSurge: number | string,
  maxUnavailable: number | string,
  replicas: number,
): { surge: number; unavailable: number } {
  const surge = intOrPercent(maxSurge, replicas, 'up');
  const unavailable = intOrPercent(maxUnavailable, replicas, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
