/** What tests of eviction ask and wait for, on the cluster of their file, which is there later than these. */

import { until } from './eventually.ts';
import type { FieldCluster } from './field-cluster.ts';
import { podOf } from './small-device.ts';

/** `evictedWithin`: as `bramble wait` has it; `calmWithin`: milliseconds. */
export function evictionVerbs(
  cluster: () => FieldCluster,
  { evictedWithin, calmWithin }: { readonly evictedWithin: string; readonly calmWithin: number },
) {
  const ok: FieldCluster['ok'] = (...call) => cluster().ok(...call);
  const field = (kind: string, name: string, path: string) => ok(['get', kind, name, '-o', `jsonpath={${path}}`]);
  /** The status of a condition of the node. */
  const conditionOf = (type: string) =>
    field('node', cluster().device.node, `.status.conditions[?(@.type=="${type}")].status`);
  return {
    ok,
    field,
    conditionOf,
    message: (name: string) => field('pod', name, '.status.message'),
    async running(name: string, command: string, more: Parameters<typeof podOf>[2] = {}): Promise<void> {
      await ok(['apply', '-f', '-'], podOf(name, command, more));
      await ok(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=30s']);
    },
    evicted: (name: string) =>
      ok(['wait', `pod/${name}`, '--for=jsonpath={.status.reason}=Evicted', `--timeout=${evictedWithin}`]),
    /** The node says so of the pressure no more. */
    calm: (type: string) => until(`${type} is over`, async () => (await conditionOf(type)) === 'False', calmWithin),
  };
}
