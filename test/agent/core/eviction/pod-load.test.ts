import test from 'ava';
import { podLoads } from '../../../../src/agent/core/eviction/pod-load.ts';
import { podUsage } from '../../../support/fake-usage.ts';
import { aPod } from '../../../support/pod-builder.ts';

test('threads count where process ids are short, also those of containers that the runtime does not list yet', (t) => {
  const pods = ['threaded', 'begun', 'idle'].map((name) => aPod(name));
  const usage = [
    podUsage('threaded', { processes: { processes: 1, threads: 400 } }),
    podUsage('begun', { processes: { processes: 0, threads: 900 }, containers: [] }),
    podUsage('idle', { processes: { processes: 2 } }),
  ];
  const found = podLoads(pods, usage).map(({ pod, processes }) => [pod.name, processes]);
  t.deepEqual(found, [
    ['threaded', 400],
    ['begun', 900],
    ['idle', 2],
  ]);
});
