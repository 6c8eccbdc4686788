/** How far transfers are: one line that is written over on a terminal, a line at each turn elsewhere. */

import type { Clock, Millis } from '../../common/actor/types.ts';
import type { Io } from '../io.ts';

export type Progress = {
  set(node: string, have: number, size: number, importing: boolean): void;
  /** A node is through with it: its line of words takes the place of its progress. */
  done(node: string): Promise<void>;
};

const REDRAW: Millis = 100;
const WIDTH = 100;

export function showProgress({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>): Progress {
  const states = new Map<string, string>();
  const last = { at: Number.NEGATIVE_INFINITY };
  const clear = () => stderr.write('\r\u001b[K');
  return {
    set(node, have, size, importing) {
      const before = states.get(node);
      const percent = size === 0 ? 100 : Math.floor((100 * have) / size);
      states.set(node, importing ? 'importing' : `${percent}%`);
      if (stderr.isTTY) {
        if (due(clock, last, before === undefined || importing)) void stderr.write(`\r\u001b[K${lineOf(states)}`);
      } else if (before === undefined) {
        void stderr.write(`${node}: ${have === 0 ? 'sending' : `going on at ${percent}%`}\n`);
      } else if (importing && before !== 'importing') {
        void stderr.write(`${node}: importing\n`);
      }
    },
    async done(node) {
      states.delete(node);
      if (stderr.isTTY) await clear();
    },
  };
}

function due(clock: Clock, last: { at: Millis }, always: boolean): boolean {
  const now = clock.now();
  if (!always && now - last.at < REDRAW) return false;
  last.at = now;
  return true;
}

function lineOf(states: ReadonlyMap<string, string>): string {
  const line = [...states].map(([node, state]) => `${node} ${state}`).join('  ');
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`;
}
