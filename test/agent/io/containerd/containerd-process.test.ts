import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { kill } from 'node:process';
import test from 'ava';
import { startContainerd } from '../../../../src/agent/io/containerd/containerd-process.ts';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import { realClock } from '../../../../src/common/actor/clock.ts';
import { startTestContainerd, type TestContainerd } from '../../../support/containerd.ts';
import { until } from '../../../support/eventually.ts';
import { BUSYBOX } from '../../../support/image-archive.ts';

let containerd: TestContainerd;

test.before(async () => {
  containerd = await startTestContainerd();
});

test.after.always(async () => {
  await containerd?.stop();
});

test.serial('the same containerd is found again, and the connection survives its restart', async (t) => {
  const again = await startContainerd(containerd.options, realClock);
  t.is(again.pid, containerd.pid);
  const cri = createCri(containerd.socket);
  t.teardown(() => cri.close());
  await cri.version();
  kill(containerd.pid, 'SIGKILL');
  await until('it is gone', async () =>
    cri.version().then(
      () => false,
      () => true,
    ),
  );
  await until('it has ended', async () => readCommand(containerd.pid) === '');
  const next = await startContainerd(containerd.options, realClock);
  t.not(next.pid, containerd.pid);
  await until('the connection is back', async () =>
    cri.version().then(
      () => true,
      () => false,
    ),
  );
  t.truthy(await cri.imageStatus(BUSYBOX));
});

test.serial('stopping leaves no process, mount, interface or rule', async (t) => {
  const own = createCri(containerd.socket);
  const portMappings = [{ protocol: 'TCP', containerPort: 80, hostPort: 39_480 }] as const;
  await own.runSandbox({
    name: 'left',
    namespace: 'default',
    uid: 'left',
    attempt: 0,
    logDirectory: '',
    labels: {},
    annotations: {},
    portMappings,
    namespaces: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
  });
  own.close();
  const { bridge } = containerd.options.network;
  const lines = (text: string, word: string) => text.split('\n').filter((line) => line.includes(word));
  t.not(lines(execFileSync('iptables-save', { encoding: 'utf8' }), bridge).length, 0);
  await containerd.stop();
  t.deepEqual(lines(execFileSync('iptables-save', { encoding: 'utf8' }), bridge), []);
  t.deepEqual(lines(execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }), bridge), []);
  t.deepEqual(lines(readFileSync('/proc/self/mounts', 'utf8'), containerd.dir), []);
  t.deepEqual(lines(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }), containerd.dir), []);
});

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it is gone
  }
}
