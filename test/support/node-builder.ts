/** What pods know of their node, for tests: state only what matters. */

import type { NodeFacts } from '../../src/agent/core/node/node-facts.ts';
import { everyCgroup } from './fake-cgroups.ts';

export function aNode(change: Partial<NodeFacts> = {}): NodeFacts {
  return {
    ...{ name: 'pi-7', ips: [], memoryBytes: 8 * 1024 ** 3, allocatable: {}, cgroups: everyCgroup, unsafeSysctls: [] },
    pressure: [],
    ...change,
  };
}
