/**
 * `bench scheduler [core|e2e] [nodes…]`: the scheduler's pure core at 100 to 100,000 nodes, and end to end at 1,000 and 5,000
 * with 30,000 pods that are all pending when the master starts. Numbers of nodes replace those. The end-to-end part runs the
 * build in dist (node scripts/build.mjs), its data on the disk of the temporary folder.
 */

import { measureCore } from './lib/scheduler-core.ts';
import { measureEndToEnd } from './lib/scheduler-e2e.ts';

const CORE = [100, 1_000, 5_000, 20_000, 100_000];
const END_TO_END = [1_000, 5_000];
const PODS = 30_000;

export async function run(args: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const [part] = args;
  const named = part === 'core' || part === 'e2e';
  const sizes = (named ? args.slice(1) : args).map(Number);
  const wrong = sizes.find((size) => !Number.isInteger(size) || size < 1);
  if (wrong !== undefined) throw new RangeError(`nodes: ${wrong} found, whole numbers from 1 on are accepted`);
  const figures: Record<string, number> = {};
  if (part !== 'core') {
    for (const size of sizes.length > 0 ? sizes : END_TO_END) {
      // Twenty pods a node is what small boards hold.
      const { bindsASecond, apiP99Millis, masterPeakRss } = await measureEndToEnd(size, Math.min(PODS, size * 20));
      figures[`e2e_binds_s_${size}`] = Math.round(bindsASecond);
      figures['api_p99_ms'] = Number(apiP99Millis.toFixed(1));
      figures['rss_mb'] = Math.round(masterPeakRss / 2 ** 20);
    }
  }
  if (part !== 'e2e') Object.assign(figures, measureCore(sizes.length > 0 ? sizes : CORE));
  return figures;
}
