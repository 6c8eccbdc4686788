/** Waiting on the clock that is an argument. */
import type { Clock, Millis } from './types.ts';

/** Resolves after the delay, or at once when the signal aborts. */
export function pause(clock: Clock, delay: Millis, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.timer(delay, end);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}
