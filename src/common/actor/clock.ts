/** The real clock: the one file of the source tree that touches the global timers. */
import type { Clock, Millis } from './types.ts';

/** The longest delay that `setTimeout` keeps; a longer one is waited for in parts. */
const LONGEST = 2 ** 31 - 1;
/** Looked up once: the time is asked for very often. */
const { timeOrigin } = performance;

/**
 * The process's monotonic time, the wall clock and Node's timers. A running timer keeps the process alive: pending work is never dropped silently,
 * and a system that has shut down has no timers left.
 */
export const realClock: Clock = {
  now: () => Math.floor(timeOrigin + performance.now()),
  wall: () => Date.now(),
  timer: (delay, fire) => {
    let handle: NodeJS.Timeout;
    const wait = (left: Millis): void => {
      handle = left > LONGEST ? setTimeout(() => wait(left - LONGEST), LONGEST) : setTimeout(fire, left);
    };
    wait(delay);
    return () => clearTimeout(handle);
  },
  soon: (run) => {
    setImmediate(run);
  },
};

/** Resolves when the event loop has had a turn, so every promise that was ready has been served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
