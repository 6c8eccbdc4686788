import test from 'ava';
import fc from 'fast-check';
import { containerHash } from '../../../../src/agent/core/pod/container-hash.ts';
import type { ObservedPod } from '../../../../src/agent/core/pod/observed-pod.ts';
import { newMemory } from '../../../../src/agent/core/pod/pod-memory.ts';
import { settlesAt } from '../../../../src/agent/core/pod/readiness.ts';
import { backOff, restartDelay } from '../../../../src/agent/core/pod/restart.ts';
import { recordRuns } from '../../../../src/agent/core/pod/runs.ts';
import { podStatus } from '../../../../src/agent/core/pod/status.ts';
import type { RuntimeContainerStatus, SandboxStatus } from '../../../../src/agent/core/runtime-model.ts';
import type { PodStatus } from '../../../../src/common/model/pod-status.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

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
const startedAt = (at: number, observed: ObservedPod) =>
  recordRuns(newMemory(at), observed, { now: at, wall: at, before: undefined });

function statusOf(
  observed: ObservedPod,
  before?: PodStatus,
  at = now,
  policy: 'Always' | 'Never' = 'Always',
  memory = startedAt(now, observed),
): PodStatus {
  const pod = aPod('web', { spec: { restartPolicy: policy } });
  const state = { observed, memory };
  return podStatus({ pod, state, nodeIps: ['192.0.2.7'], before, now: at, wall: at });
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
  const memory = startedAt(now, observed);
  const ready = (at: number) => statusOf(observed, undefined, at, 'Always', memory).containerStatuses?.[0]?.ready;
  t.is(statusOf(observed).phase, 'Running');
  t.false(ready(now));
  t.is(settlesAt(observed, memory, now), now + 1000);
  t.false(ready(now + 999));
  t.true(ready(now + 1000));
  t.is(settlesAt(observed, memory, now + 1000), undefined);
});

test('a container that was ready before the agent started stays ready, whatever the clock says', (t) => {
  const observed = { sandboxes: [sandbox], containers: [ran({})] };
  const before = statusOf(observed, undefined, now + 5000);
  t.true(before.containerStatuses?.[0]?.ready);
  for (const wall of [0, now, now + 86_400_000]) {
    const memory = recordRuns(newMemory(now), observed, { now, wall, before });
    t.deepEqual(statusOf(observed, before, now, 'Always', memory), before);
  }
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
  let at = now;
  const see = (change: Partial<RuntimeContainerStatus>) => {
    const moment = { now: at, wall: 0, before: undefined };
    memory = recordRuns(memory, { sandboxes: [sandbox], containers: [ran(change)] }, moment);
  };
  const end = (id: string, attempt: number, seconds: number) => {
    see({ id, attempt });
    at += seconds * 1000;
    see({ id, attempt, state: 'exited', finishedAt: 1 });
    return memory.runs['app']?.ends;
  };
  t.deepEqual([end('a', 0, 1), end('a', 0, 1), end('b', 1, 1), end('c', 2, 599), end('d', 3, 600)], [1, 1, 2, 3, 1]);
});

test('a crash loop is neither forgotten nor hurried by an agent that starts anew', (t) => {
  const annotations = { ...ran({}).annotations, 'bramble.container.endsInARow': '3' };
  const ended = ran({ attempt: 3, annotations, state: 'exited', startedAt: now - 2000, finishedAt: now - 1000 });
  const look = (sandboxes: readonly SandboxStatus[], wall: number) =>
    recordRuns(newMemory(now), { sandboxes, containers: [ended] }, { now, wall, before: undefined }).runs['app'];
  t.like(look([sandbox], now), { ends: 4, endedAt: now - 1000 });
  t.like(look([sandbox], 0), { ends: 4, endedAt: now }, 'a clock that was put back hides how long ago it was');
  t.like(look([], now), { ends: 1 }, 'what ended with its sandbox did not end by itself');
});
