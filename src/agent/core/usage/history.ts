/** The sweeps of the last quarter of an hour. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Sweep } from './sweep.ts';

const KEPT: Millis = 15 * 60_000;

export type History = {
  add(sweep: Sweep): void;
  /** Those after this steady time, oldest first. */
  after(at: Millis): readonly Sweep[];
};

export function createHistory(): History {
  let sweeps: readonly Sweep[] = [];
  return {
    add(sweep) {
      sweeps = [...sweeps.filter(({ at }) => sweep.at - at < KEPT), sweep];
    },
    after: (time) => sweeps.filter(({ at }) => at > time),
  };
}
