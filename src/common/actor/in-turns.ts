/** Long work of an actor in short parts, which stand in line with the turns of the others. */
import type { Runtime } from './runtime.ts';
import type { Millis } from './types.ts';

/** What goes on in one part. */
const PART: Millis = 5;

/** See Context.inTurns. Work that is no longer `wanted` ends where it is. */
export function inTurns<T>(
  { clock, dispatcher }: Pick<Runtime, 'clock' | 'dispatcher'>,
  all: Iterable<T>,
  act: (one: T) => void,
  wanted: () => boolean,
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
    const turn = (): number => {
      try {
        if (!wanted() || part()) resolve();
        else dispatcher.schedule({ turn });
      } catch (error) {
        reject(error);
      }
      return 1;
    };
    dispatcher.schedule({ turn });
  });
}
