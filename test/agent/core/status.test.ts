import test from 'ava';
import fc from 'fast-check';
import { containerHash } from '../../../src/agent/core/container-hash.ts';
import { settlesAt } from '../../../src/agent/core/container-status.ts';
import type { ObservedPod } from '../../../src/agent/core/observed-pod.ts';
import { newMemory } from '../../../src/agent/core/pod-memory.ts';
import { backOff, recordExits, restartDelay } from '../../../src/agent/core/restart.ts';
import type { RuntimeContainerStatus, SandboxStatus } from '../../../src/agent/core/runtime-model.ts';
import { podStatus } from '../../../src/agent/core/status.ts';
import type { PodStatus } from '../../../src/common/model/pod-status.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const now = 1_767_225_600_000;
const sandbox: SandboxStatus = {
  ...{ id: 's', name: 'web', namespace: 'default', uid: 'uid-web', attempt: 0, ready: true, createdAt: now },
  ...{ labels: {}, annotations: {}, ips: ['10.85.0.2'], hostNetwork: false },
};
function ran(change: Partial<RuntimeContainerStatus>): RuntimeContainerStatus {
  return {
    ...{ id: 'c', sandboxId: 's', name: 'app', attempt: 0, image: 'i', imageRef: 'sha256:1', state: 'running' },
    ...{ createdAt: now, labels: {}, annotations: { 'io.kubernetes.container.hash': containerHash(aContainer()) } },
    ...{ startedAt: now, finishedAt: 0, exitCode: 0, reason: '', message: '', logPath: '' },
    ...change,
  };
}
function statusOf(
  observed: ObservedPod,
  before?: PodStatus,
  at = now,
  policy: 'Always' | 'Never' = 'Always',
): PodStatus {
  const pod = aPod('web', { spec: { restartPolicy: policy } });
  return podStatus({ pod, observed, memory: newMemory(now), nodeIps: ['192.0.2.7'], before, now: at });
}

test('the time of a condition changes only with its status', (t) => {
  const running = { sandboxes: [sandbox], containers: [ran({ startedAt: now - 60_000 })] };
  const first = statusOf(running);
  t.deepEqual(statusOf(running, first, now + 60_000), first);
  const ended = statusOf({ ...running, containers: [ran({ state: 'exited', exitCode: 1 })] }, first, now + 60_000);
  const time = (status: PodStatus, of: string) =>
    status.conditions?.find(({ type }) => type === of)?.lastTransitionTime;
  t.is(time(ended, 'PodScheduled'), time(first, 'PodScheduled'));
  t.not(time(ended, 'Ready'), time(first, 'Ready'));
});

test('a container is ready once it has run for a second, so that one that ends at once never was', (t) => {
  const observed = { sandboxes: [sandbox], containers: [ran({})] };
  const ready = (at: number) => statusOf(observed, undefined, at).containerStatuses?.[0]?.ready;
  t.is(statusOf(observed).phase, 'Running');
  t.false(ready(now));
  t.is(settlesAt(observed, now), now + 1000);
  t.false(ready(now + 999));
  t.true(ready(now + 1000));
  t.is(settlesAt(observed, now + 1000), undefined);
  t.true(ready(now - 1), 'a clock that was put back is waited for by nobody');
});

test('a pod that never restarts is Succeeded or Failed by its exit codes, and keeps its address', (t) => {
  const exited = (exitCode: number) => ({
    sandboxes: [],
    containers: [ran({ state: 'exited', exitCode, message: 'bye' })],
  });
  const before = statusOf({ sandboxes: [sandbox], containers: [ran({})] });
  t.is(statusOf(exited(0), before, now, 'Never').phase, 'Succeeded');
  const failed = statusOf(exited(3), before, now, 'Never');
  t.is(failed.phase, 'Failed');
  t.is(failed.podIP, '10.85.0.2');
  t.like(failed.containerStatuses?.[0]?.state.terminated, { exitCode: 3, reason: 'Error', message: 'bye' });
});

test('the back-off doubles from ten seconds to five minutes', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 50].map(backOff),
    [10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1000),
  );
  t.deepEqual([1, 2, 3].map(restartDelay), [0, 10_000, 20_000]);
  fc.assert(fc.property(fc.nat(1000), (count) => backOff(count) <= backOff(count + 1)));
});

test('an end is counted once, and ten good minutes start the count anew', (t) => {
  let memory = newMemory(now);
  const end = (id: string, attempt: number, seconds: number) => {
    const ended = ran({ id, attempt, state: 'exited', startedAt: now, finishedAt: now + seconds * 1000 });
    memory = recordExits(memory, { sandboxes: [], containers: [ended] });
    return memory.exits['app']?.count;
  };
  t.deepEqual([end('a', 0, 1), end('a', 0, 1), end('b', 1, 1), end('c', 2, 599), end('d', 3, 600)], [1, 1, 2, 3, 1]);
});
