/**
 * How many pods a second the pure core of the scheduler places, by the number of nodes, from the pod's object to its node:
 * simple pods of 60 ReplicaSets in turns, pods of which a fifth says where it runs, and pods that all do.
 */

import { NodeViews } from '../../src/master/core/scheduling/node-views.ts';
import { factsOf } from '../../src/master/core/scheduling/pod-facts.ts';
import { defaultProfile } from '../../src/master/core/scheduling/profile.ts';
import { Placer } from '../../src/master/core/scheduling/schedule.ts';
import { type Demands, nodes, pods } from './fleet.ts';
import { percentile } from './statistics.ts';

const WORKLOADS = 60;
const MOST_PODS = 30_000;

export function measureCore(sizes: readonly number[]): Readonly<Record<string, number>> {
  // A scheduler runs for months: the first second, in which the engine still compiles, is not what is asked for.
  for (const demands of ['none', 'all'] as const) measure(200, demands);
  const figures: Record<string, number> = {};
  for (const size of sizes) {
    for (const [name, demands] of [
      ['core', 'none'],
      ['core_mixed', 'fifth'],
      ['core_affinity', 'all'],
    ] as const) {
      const { podsASecond, p50, p99, unplaced } = measure(size, demands);
      figures[`${name}_pods_s_${size}`] = Math.round(podsASecond);
      figures[`${name}_us_${size}`] = Math.round(1e6 / podsASecond);
      const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
      console.log(
        `${size} nodes, ${name}: ${Math.round(podsASecond)} pods/s, decision p50 ${p50} us, p99 ${p99} us, ${unplaced} without a node, RSS ${rss} MB`,
      );
    }
  }
  return figures;
}

function measure(size: number, demands: Demands) {
  const views = new NodeViews();
  for (const change of nodes(size)) views.apply(change);
  const placer = new Placer(views, defaultProfile);
  const pending = pods(Math.min(MOST_PODS, size * 8), WORKLOADS, demands);
  const times = new Float64Array(pending.length);
  let unplaced = 0;
  const begin = performance.now();
  for (const [i, pod] of pending.entries()) {
    const before = performance.now();
    const [placement] = placer.place([factsOf(pod)], i);
    times[i] = performance.now() - before;
    if (placement?.node === undefined) unplaced += 1;
  }
  const seconds = (performance.now() - begin) / 1_000;
  const at = (share: number) => Math.round(percentile(Array.from(times), share) * 1_000);
  return { podsASecond: pending.length / seconds, p50: at(0.5), p99: at(0.99), unplaced };
}
