import test from 'ava';
import { podColumns } from '../../../src/common/model/columns/pod.ts';
import type { Container } from '../../../src/common/model/container.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import type { ContainerState, ContainerStatus, PodStatus } from '../../../src/common/model/pod-status.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const now = Date.parse('2026-01-01T00:10:00Z');
const running: ContainerState = { running: {} };
const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
const ended = (exitCode: number, reason?: string): ContainerState => ({
  terminated: { exitCode, ...(reason && { reason }) },
});
const is = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  state,
  lastState: {},
  ready: false,
  restartCount: 0,
  image: 'a',
  imageID: '',
  ...more,
});
const up = (name: string): ContainerStatus => is(name, running, { ready: true, started: true });
const initialized: PodStatus = { phase: 'Running', conditions: [{ type: 'Initialized', status: 'True' }] };
const init = aContainer('init');
const second = aContainer('second');
const sidecar = aContainer('side', { restartPolicy: 'Always' });

type Case = {
  readonly init?: readonly Container[];
  readonly status?: Partial<PodStatus>;
  readonly containers?: readonly Container[];
  readonly deleted?: boolean;
};
function row({ init: inits = [], status = {}, containers = [aContainer('app')], deleted }: Case): string {
  const metadata = deleted ? { deletionTimestamp: '2026-01-01T00:10:00Z' } : {};
  const base = aPod('web', { spec: { initContainers: [...inits], containers: [...containers] }, metadata });
  const pod: Pod = { ...base, status: { phase: 'Pending', ...status } };
  const cell = (name: string) => podColumns.find((column) => column.name === name)?.value(pod, now);
  return ['READY', 'STATUS', 'RESTARTS'].map(cell).join(' ');
}
const before = { lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:05:00Z' } } };
const none = { phase: 'Pending' as const };

const cases: readonly (readonly [string, Case, string])[] = [
  ['nothing known', {}, '0/1 Pending 0'],
  [
    'a container that is made',
    { status: { containerStatuses: [is('app', waiting('ContainerCreating'))] } },
    '0/1 ContainerCreating 0',
  ],
  ['a running container', { status: { ...initialized, containerStatuses: [up('app')] } }, '1/1 Running 0'],
  [
    'a running container that is not ready',
    { status: { ...initialized, containerStatuses: [is('app', running)] } },
    '0/1 Running 0',
  ],
  [
    'restarts, with the time since the last end',
    { status: { ...initialized, containerStatuses: [{ ...up('app'), restartCount: 3, ...before }] } },
    '1/1 Running 3 (5m ago)',
  ],
  [
    'a container that crashes',
    { status: { ...initialized, containerStatuses: [is('app', waiting('CrashLoopBackOff'), { restartCount: 2 })] } },
    '0/1 CrashLoopBackOff 2',
  ],
  [
    'success',
    { status: { phase: 'Succeeded', containerStatuses: [is('app', ended(0, 'Completed'))] } },
    '0/1 Completed 0',
  ],
  ['failure', { status: { phase: 'Failed', containerStatuses: [is('app', ended(1, 'Error'))] } }, '0/1 Error 0'],
  [
    'failure without a reason',
    { status: { phase: 'Failed', containerStatuses: [is('app', ended(3))] } },
    '0/1 ExitCode:3 0',
  ],
  ["the pod's own reason", { status: { phase: 'Failed', reason: 'Evicted' } }, '0/1 Evicted 0'],
  [
    'an eviction, whatever its containers say',
    { status: { phase: 'Failed', reason: 'Evicted', containerStatuses: [is('app', ended(137, 'Error'))] } },
    '0/1 Evicted 0',
  ],
  [
    'one of two containers done, the pod not ready',
    {
      containers: [aContainer('app'), second],
      status: { ...initialized, containerStatuses: [is('app', ended(0, 'Completed')), up('second')] },
    },
    '1/2 NotReady 0',
  ],
  [
    'one of two containers done, the pod ready',
    {
      containers: [aContainer('app'), second],
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Initialized', status: 'True' },
          { type: 'Ready', status: 'True' },
        ],
        containerStatuses: [is('app', ended(0, 'Completed')), up('second')],
      },
    },
    '1/2 Running 0',
  ],
  [
    'the first init container running',
    {
      init: [init, second],
      status: { initContainerStatuses: [is('init', running), is('second', waiting('PodInitializing'))] },
    },
    '0/1 Init:0/2 0',
  ],
  [
    'the second init container to be started',
    {
      init: [init, second],
      status: { initContainerStatuses: [is('init', ended(0, 'Completed')), is('second', waiting('PodInitializing'))] },
    },
    '0/1 Init:1/2 0',
  ],
  [
    'an init container that crashes',
    {
      init: [init],
      status: { initContainerStatuses: [is('init', waiting('CrashLoopBackOff'), { restartCount: 4, ...before })] },
    },
    '0/1 Init:CrashLoopBackOff 4 (5m ago)',
  ],
  [
    'an init container that failed',
    { init: [init], status: { initContainerStatuses: [is('init', ended(1, 'Error'))] } },
    '0/1 Init:Error 0',
  ],
  [
    'an init container that failed without a reason',
    { init: [init], status: { initContainerStatuses: [is('init', ended(2))] } },
    '0/1 Init:ExitCode:2 0',
  ],
  [
    'init containers done, the others to come',
    {
      init: [init],
      status: {
        ...initialized,
        ...none,
        initContainerStatuses: [is('init', ended(0, 'Completed'), { restartCount: 9 })],
        containerStatuses: [is('app', waiting('PodInitializing'))],
      },
    },
    '0/1 PodInitializing 0',
  ],
  [
    'a sidecar up, an init container running',
    { init: [sidecar, init], status: { initContainerStatuses: [up('side'), is('init', running)] } },
    '1/2 Init:1/2 0',
  ],
  [
    'a sidecar beside its container, its restarts counted',
    {
      init: [sidecar],
      status: {
        ...initialized,
        initContainerStatuses: [{ ...up('side'), restartCount: 2 }],
        containerStatuses: [up('app')],
      },
    },
    '2/2 Running 2',
  ],
  [
    'a sidecar that crashes beside its container',
    {
      init: [sidecar],
      status: {
        ...initialized,
        initContainerStatuses: [is('side', waiting('CrashLoopBackOff'))],
        containerStatuses: [up('app')],
      },
    },
    '1/2 Init:CrashLoopBackOff 0',
  ],
  [
    'a pod that ends',
    { deleted: true, status: { ...initialized, containerStatuses: [up('app')] } },
    '1/1 Terminating 0',
  ],
  [
    'a pod that ends on a lost node',
    { deleted: true, status: { ...initialized, reason: 'NodeLost', containerStatuses: [up('app')] } },
    '1/1 Unknown 0',
  ],
  [
    'a deleted pod that had ended',
    { deleted: true, status: { phase: 'Succeeded', containerStatuses: [is('app', ended(0, 'Completed'))] } },
    '0/1 Completed 0',
  ],
];
for (const [what, given, expected] of cases) {
  test(`the table shows ${what} as kubectl does`, (t) => {
    t.is(row(given), expected);
  });
}
