import test from 'ava';
import { CriError } from '../../../../src/agent/ports/cri.ts';
import { createDevice } from '../../../support/device.ts';
import { aPod } from '../../../support/pod-builder.ts';

/** A device with one pod that runs, and the name under which its logs are. */
async function running() {
  const device = createDevice();
  const agent = await device.boot();
  device.master.want(aPod());
  await agent.poke();
  const [container] = device.cri.running();
  if (container === undefined) throw new Error('nothing runs');
  const labels = container.labels;
  const pod = {
    namespace: labels['io.kubernetes.pod.namespace'] ?? '',
    name: labels['io.kubernetes.pod.name'] ?? '',
    uid: labels['io.kubernetes.pod.uid'] ?? '',
  };
  const reopened = () => device.cri.calls.filter((call) => call === 'reopenContainerLog').length;
  return { ...device, agent, pod, name: container.name, reopened };
}

test('a log that is too large is rotated within ten seconds, and nothing is asked or done before', async (t) => {
  const { agent, clock, cri, logFiles, pod, name, reopened } = await running();
  logFiles.put(pod, name, '0.log', 900);
  await clock.advance(30_000);
  t.is(reopened(), 0);
  logFiles.put(pod, name, '0.log', 1001);
  const lists = cri.calls.length;
  await clock.advance(10_000);
  t.deepEqual(logFiles.names(pod, name), ['0.log.1']);
  t.is(reopened(), 1);
  t.true(cri.calls.length > lists);
  await agent.crash();
});

test('a rotation that fails half-way is taken back, or mended by the next look, and the agent says so', async (t) => {
  const { agent, clock, cri, logFiles, pod, name, reopened } = await running();
  logFiles.put(pod, name, '0.log', 1001);
  cri.failing = (method) => (method === 'reopenContainerLog' ? new CriError('timeout', 'no answer') : undefined);
  await clock.advance(10_000);
  t.deepEqual(logFiles.names(pod, name), ['0.log'], 'it is as before');
  cri.failing = () => undefined;
  await clock.advance(10_000);
  t.deepEqual(logFiles.names(pod, name), ['0.log.1']);
  const before = reopened();
  await clock.advance(10_000);
  t.is(reopened(), before + 1, 'without a log of its own it is opened anew again');
  await agent.crash();
});

test('a full disk keeps neither other logs nor the removal of old parts back', async (t) => {
  const { agent, clock, logFiles, pod, name, reopened } = await running();
  logFiles.full = true;
  logFiles.put(pod, name, '0.log', 1001);
  for (const part of ['0.log.1.gz', '0.log.2']) logFiles.put(pod, name, part, 10);
  await clock.advance(10_000);
  t.deepEqual(logFiles.names(pod, name), ['0.log.2', '0.log.3']);
  t.is(reopened(), 1);
  await agent.crash();
});

test('the log of a container that has ended is not rotated', async (t) => {
  const { agent, clock, cri, logFiles, pod, name, reopened } = await running();
  logFiles.put(pod, name, '7.log', 5000);
  await clock.advance(20_000);
  t.is(reopened(), 0);
  t.deepEqual(logFiles.names(pod, name), ['7.log']);
  t.is(cri.running().length, 1);
  await agent.crash();
});
