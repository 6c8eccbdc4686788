/** Long work of an actor in short parts. */

import type { Clock, Millis } from '../../common/actor/types.ts';

/** What goes on in one part; then others have their turn. */
const PART: Millis = 5;

/**
 * Does something with each of many, in order, and lets the event loop have its turn in between. Undefined: it is done, as
 * it was short; else the promise holds the actor, so that it takes no other message before the end.
 */
export function inTurns<T>(
  clock: Pick<Clock, 'now' | 'soon'>,
  all: Iterable<T>,
  act: (one: T) => void,
): Promise<void> | undefined {
  const left = all[Symbol.iterator]();
  /** Whether all is done. */
  const part = (): boolean => {
    const begun = clock.now();
    for (let next = left.next(); !next.done; next = left.next()) {
      act(next.value);
      if (clock.now() - begun >= PART) return false;
    }
    return true;
  };
  if (part()) return undefined;
  return new Promise((resolve, reject) => {
    const more = (): void => {
      try {
        if (part()) resolve();
        else clock.soon(more);
      } catch (error) {
        reject(error);
      }
    };
    clock.soon(more);
  });
}
