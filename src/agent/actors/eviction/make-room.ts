/** Frees on the disk what nobody needs, step by step, and waits for what was freed before it asks for more. */

import { pause } from '../../../common/actor/pause.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import { isStillMet } from '../../core/eviction/evict.ts';
import type { Rule } from '../../core/eviction/rules.ts';
import type { PressureSignals } from '../../ports/pressure-signals.ts';
import type { GcMessage, Reclaimed } from '../gc/gc-messages.ts';

type RoomDeps = {
  readonly signals: Pick<PressureSignals, 'read'>;
  readonly gc: { ask(question: GcMessage, within: Millis): Promise<Reclaimed> };
  readonly clock: Clock;
};

const RECLAIM_LIMIT: Millis = 60_000;
/** The runtime removes the files of layers behind its answers: looked at so often, until nothing more comes, and at most so long. */
const LOOK_EVERY: Millis = 100;
const QUIET: Millis = 1_000;
const SETTLE_LIMIT: Millis = 10_000;

/** Ends as soon as the threshold is not met any more; answers what was removed. Rejects as the signals and the collector do. */
export async function makeRoom(deps: RoomDeps, rule: Rule): Promise<readonly string[]> {
  const words: string[] = [];
  // Images last, and only if the rest was not enough: an offline device can not get them back.
  for (const of of ['logs', 'containers', 'images', 'superseded'] as const) {
    if (!isStillMet(rule, await deps.signals.read('all'))) break;
    const removed = await deps.gc.ask({ type: 'reclaim', of }, RECLAIM_LIMIT);
    words.push(...removed.words);
    if (removed.words.length > 0) await settled(deps, rule);
  }
  return words;
}

async function settled({ signals, clock }: RoomDeps, rule: Rule): Promise<void> {
  const begun = clock.now();
  let [most, since] = [Number.NEGATIVE_INFINITY, begun];
  for (;;) {
    const seen = await signals.read('all');
    const now = clock.now();
    const available = seen.levels[rule.signal]?.available ?? 0;
    if (available > most) [most, since] = [available, now];
    if (!isStillMet(rule, seen) || now - since >= QUIET || now - begun >= SETTLE_LIMIT) return;
    await pause(clock, LOOK_EVERY);
  }
}
