/** Clusters and pods that look like real ones, for benches of the scheduler: the same for the same numbers. */

import type { Node } from '../../src/common/model/node.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import type { PodSpec } from '../../src/common/model/pod-spec.ts';
import type { Changed } from '../../src/master/core/reconcile.ts';

/** Cores and GiB of the boards that fleets are made of. */
const BOARDS = [
  { name: 'pi-zero-2', cpu: '4', memory: '480Mi' },
  { name: 'pi-4-2g', cpu: '4', memory: '1800Mi' },
  { name: 'pi-4-8g', cpu: '4', memory: '7700Mi' },
  { name: 'pi-5-8g', cpu: '4', memory: '7900Mi' },
  { name: 'pi-5-16g', cpu: '4', memory: '15800Mi' },
] as const;
const SIZES = [
  { cpu: '25m', memory: '24Mi' },
  { cpu: '50m', memory: '48Mi' },
  { cpu: '100m', memory: '64Mi' },
  { cpu: '150m', memory: '128Mi' },
  { cpu: '250m', memory: '256Mi' },
] as const;
const NODES_A_SITE = 50;

/** Nodes of mixed sizes on sites of fifty; a tenth has a taint. */
export function nodes(count: number): readonly Changed[] {
  return Array.from({ length: count }, (_, i) => {
    const board = BOARDS[(i * 7) % BOARDS.length] ?? BOARDS[0];
    const name = `pi-${i}`;
    const after: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        uid: name,
        labels: {
          'kubernetes.io/hostname': name,
          'topology.kubernetes.io/zone': `site-${Math.floor(i / NODES_A_SITE)}`,
          board: board.name,
        },
      },
      spec: i % 10 === 9 ? { taints: [{ key: 'camera', value: 'yes', effect: 'NoSchedule' }] } : {},
      status: {
        allocatable: { cpu: board.cpu, memory: board.memory, pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    };
    return { key: { resource: 'nodes', name }, after };
  });
}

/** Which of the workloads say where they run: none, every fifth, or all. */
export type Demands = 'none' | 'fifth' | 'all';

/** Pods of `workloads` ReplicaSets, taken in turns. */
export function pods(count: number, workloads: number, demands: Demands): readonly Pod[] {
  return Array.from({ length: count }, (_, i) => {
    const workload = i % workloads;
    const app = `app-${workload}`;
    const demanding = demands === 'all' || (demands === 'fifth' && workload % 5 === 0);
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${app}-${i}`,
        namespace: 'default',
        uid: `pod-${i}`,
        labels: { app, 'pod-template-hash': '5d5f8c9b7' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app, uid: app, controller: true }],
      },
      spec: {
        containers: [
          {
            name: 'app',
            image: `registry.example/${app}:1`,
            resources: { requests: SIZES[workload % SIZES.length] ?? SIZES[0] },
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        securityContext: {},
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
        ...(demanding ? demand(workload, app) : {}),
      },
    };
  });
}

function demand(workload: number, app: string): Partial<PodSpec> {
  const labelSelector = { matchLabels: { app } };
  const near = { labelSelector: { matchLabels: { app: `app-${workload - (workload % 20)}` } } };
  const kinds: readonly Partial<PodSpec>[] = [
    {
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector },
      ],
    },
    {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { labelSelector, topologyKey: 'kubernetes.io/hostname' } },
          ],
        },
      },
    },
    {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 50, podAffinityTerm: { ...near, topologyKey: 'topology.kubernetes.io/zone' } },
          ],
        },
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'board', operator: 'NotIn', values: ['pi-zero-2'] }] }],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: { matchExpressions: [{ key: 'board', operator: 'In', values: ['pi-5-8g'] }] } },
          ],
        },
      },
    },
    {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'kubernetes.io/hostname' }],
        },
      },
    },
  ];
  return kinds[Math.floor(workload / 5) % kinds.length] ?? {};
}
