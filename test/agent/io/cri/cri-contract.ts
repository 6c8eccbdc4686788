/** What the agent relies on of every Cri: run against containerd and against the fake. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestFn } from 'ava';
import type { ContainerConfig, Cri, SandboxConfig } from '../../../../src/agent/ports/cri.ts';
import { CriError } from '../../../../src/agent/ports/cri.ts';
import { sandboxConfig, shellConfig } from '../../../support/cri-configs.ts';

export type CriRig = {
  readonly cri: Cri;
  /** An image that is there, with a shell. */
  readonly image: string;
  /** Where logs may be written. */
  readonly logs: string;
  /** Resolves when `holds` does. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
};

const PROMPT = 'trap "exit 7" TERM; echo ready; sleep 1000 & wait';
const DEAF = 'trap "" TERM; echo ready; while :; do sleep 1; done';

/** Declares the suite's tests; `processes`: whether containers truly run and write logs. */
export function criContract(test: TestFn, rig: () => CriRig, runs: { readonly processes: boolean }): void {
  const sandboxOf = (name: string): SandboxConfig =>
    sandboxConfig(name, {
      logDirectory: join(rig().logs, name),
      labels: { app: name },
      annotations: { note: 'kept' },
    });
  const shell = (script: string, name = 'main'): ContainerConfig =>
    shellConfig(rig().image, script, {
      name,
      envs: [{ key: 'WORD', value: 'hello' }],
      labels: { app: name },
      logPath: `${name}/0.log`,
    });
  const started = async (name: string, script: string) => {
    const { cri } = rig();
    const config = sandboxOf(name);
    const sandbox = await cri.runSandbox(config);
    const container = await cri.createContainer(sandbox, shell(script, name), config);
    await cri.startContainer(container);
    return { sandbox, container };
  };
  const state = async (id: string) => (await rig().cri.containerStatus(id)).state;
  const exited = (id: string) => rig().until(`${id} has exited`, async () => (await state(id)) === 'exited');

  test('a runtime says its name and that it is ready', async (t) => {
    const { runtimeName, runtimeVersion } = await rig().cri.version();
    t.not(runtimeName, '');
    t.not(runtimeVersion, '');
    const { runtimeReady, networkReady } = await rig().cri.status();
    t.true(runtimeReady && networkReady);
  });

  test('a sandbox has an address, is found by its labels, and ends for good', async (t) => {
    const { cri } = rig();
    const id = await cri.runSandbox(sandboxOf('boxed'));
    const status = await cri.sandboxStatus(id);
    t.like(status, { id, name: 'boxed', namespace: 'default', uid: 'uid-boxed', ready: true, hostNetwork: false });
    t.deepEqual(status.annotations, { note: 'kept' });
    t.is(status.ips.length, 1);
    t.deepEqual(
      (await cri.listSandboxes({ labels: { app: 'boxed' } })).map((one) => one.id),
      [id],
    );
    t.deepEqual(await cri.listSandboxes({ labels: { app: 'another' } }), []);
    await cri.stopSandbox(id);
    await cri.stopSandbox(id);
    t.false((await cri.sandboxStatus(id)).ready);
    await cri.removeSandbox(id);
    await cri.removeSandbox(id);
    await t.throwsAsync(cri.sandboxStatus(id), { instanceOf: CriError, code: 'not-found' });
  });

  test('a container goes from created over running to exited, with its exit code', async (t) => {
    const { cri } = rig();
    const config = sandboxOf('lives');
    const sandbox = await cri.runSandbox(config);
    const id = await cri.createContainer(sandbox, shell(PROMPT, 'lives'), config);
    t.is(await state(id), 'created');
    await cri.startContainer(id);
    const running = await cri.containerStatus(id);
    t.like(running, { state: 'running', sandboxId: sandbox, name: 'lives', attempt: 0 });
    t.true(running.startedAt >= running.createdAt);
    t.deepEqual(
      (await cri.listContainers({ sandboxId: sandbox })).map((one) => one.id),
      [id],
    );
    t.deepEqual(
      (await cri.listContainers({ labels: { app: 'lives' } })).map((one) => one.id),
      [id],
    );
    t.deepEqual(await cri.listContainers({ labels: { app: 'other' } }), []);
    if (runs.processes) {
      const log = join(config.logDirectory, 'lives/0.log');
      await rig().until('the trap is set', async () => (await readFile(log, 'utf8')).includes('ready'));
      await cri.stopContainer(id, 30);
      const ended = await cri.containerStatus(id);
      t.like(ended, { state: 'exited', exitCode: 7 });
      t.true(ended.finishedAt >= ended.startedAt);
    } else {
      await cri.stopContainer(id, 30);
      t.is(await state(id), 'exited');
    }
    await cri.stopContainer(id, 30);
    await cri.removeContainer(id);
    await cri.removeContainer(id);
    await t.throwsAsync(cri.containerStatus(id), { instanceOf: CriError, code: 'not-found' });
    await cri.removeSandbox(sandbox);
  });

  test('a command runs in a running container only', async (t) => {
    const { cri } = rig();
    const { sandbox, container } = await started('commanded', PROMPT);
    t.like(await cri.execSync(container, ['true'], 10), { exitCode: 0 });
    await cri.stopContainer(container, 0);
    await exited(container);
    await t.throwsAsync(cri.execSync(container, ['true'], 10), { instanceOf: CriError });
    await t.throwsAsync(cri.execSync('nobody', ['true'], 10), { instanceOf: CriError, code: 'not-found' });
    await cri.removeSandbox(sandbox);
  });

  test('stopping or removing what was never there is no error', async (t) => {
    const { cri } = rig();
    await t.notThrowsAsync(cri.stopContainer('nobody', 0));
    await t.notThrowsAsync(cri.removeContainer('nobody'));
    await t.notThrowsAsync(cri.stopSandbox('nobody'));
    await t.notThrowsAsync(cri.removeSandbox('nobody'));
  });

  test('an image that is there is described, one that is not is undefined and cannot be pulled', async (t) => {
    const { cri, image } = rig();
    const found = await cri.imageStatus(image);
    t.true(found?.tags.includes(image));
    t.true((found?.sizeBytes ?? 0) > 0);
    t.true((await cri.listImages()).some(({ id }) => id === found?.id));
    t.is(await cri.imageStatus('bramble.local/none:1'), undefined);
    await t.throwsAsync(cri.pullImage('bramble.local/none:1', undefined, undefined), { instanceOf: CriError });
  });

  test('the runtime tells where images are, and of writable layers of containers that are there only', async (t) => {
    const { cri } = rig();
    t.regex((await cri.imageFs())?.mountpoint ?? '', /^\//);
    const { container, sandbox } = await started('layers', 'sleep 1000');
    for (const [id, { usedBytes }] of await cri.writableLayers()) t.true(id !== '' && usedBytes >= 0);
    await cri.stopContainer(container, 0);
    await cri.removeContainer(container);
    t.false((await cri.writableLayers()).has(container));
    await cri.removeSandbox(sandbox);
  });

  test('streams are served at an address for what runs, and refused for what does not', async (t) => {
    const { cri } = rig();
    const { container, sandbox } = await started('streams', 'sleep 1000');
    const wanted = { stdin: false, tty: false };
    t.regex(await cri.exec(container, ['/bin/true'], wanted), /^http:/);
    t.regex(await cri.attach(container, wanted), /^http:/);
    t.regex(await cri.portForward(sandbox, 80), /^http:/);
    await t.notThrowsAsync(cri.reopenContainerLog(container));
    await cri.stopContainer(container, 0);
    await t.throwsAsync(cri.exec(container, ['/bin/true'], wanted), { instanceOf: CriError });
    await t.throwsAsync(cri.attach(container, wanted), { instanceOf: CriError });
    await t.throwsAsync(cri.reopenContainerLog(container), { instanceOf: CriError });
    await cri.stopSandbox(sandbox);
    await t.throwsAsync(cri.portForward(sandbox, 80), { instanceOf: CriError });
    await t.throwsAsync(cri.exec('nobody', ['/bin/true'], wanted), { instanceOf: CriError, code: 'not-found' });
    await cri.removeSandbox(sandbox);
  });

  if (runs.processes) realProcesses();

  /** What needs processes that truly run. */
  function realProcesses(): void {
    test('what a container writes stands in its log with its environment', async (t) => {
      const { logs } = rig();
      const { container, sandbox } = await started('writes', 'echo "$WORD out"; echo "$WORD err" >&2; exit 3');
      await exited(container);
      t.is((await rig().cri.containerStatus(container)).exitCode, 3);
      const log = await readFile(join(logs, 'writes', 'writes/0.log'), 'utf8');
      t.regex(log, /^\S+ stdout F hello out$/m);
      t.regex(log, /^\S+ stderr F hello err$/m);
      await rig().cri.removeSandbox(sandbox);
    });

    test('a command gives its exit code and the beginning of what it wrote, and is killed when its time is over', async (t) => {
      const { cri } = rig();
      const { sandbox, container } = await started('executes', PROMPT);
      const exec = (script: string, seconds = 10) => cri.execSync(container, ['/bin/sh', '-c', script], seconds);
      t.deepEqual(await exec('echo out; echo "$WORD" >&2; exit 3'), {
        exitCode: 3,
        stdout: 'out\n',
        stderr: 'hello\n',
      });
      t.is((await exec('yes | head -c 100000')).stdout.length, 10 * 1024);
      const missing = () => t.throwsAsync(cri.execSync(container, ['nosuchprogram'], 10), { instanceOf: CriError });
      t.is((await missing())?.message, (await missing())?.message, 'a failure that repeats is one Event');
      const begin = performance.now();
      await t.throwsAsync(exec('sleep 60', 1), { instanceOf: CriError, code: 'timeout' });
      t.true(performance.now() - begin < 15_000);
      await cri.removeSandbox(sandbox);
    });

    test('the end of a container is told as it happens, that of a command in it is not', async (t) => {
      const { cri } = rig();
      const { container, sandbox } = await started('told', 'sleep 3600 & trap "exit 0" TERM; echo ready; wait');
      const over = new AbortController();
      const ended: string[] = [];
      const watching = (async () => {
        for await (const { type, containerId } of cri.events(over.signal))
          if (type === 'stopped') ended.push(containerId);
      })();
      await rig().until('the events are there', async () => {
        // No answer tells that a subscription is there.
        const other = await started(`other${ended.length}`, 'exit 0');
        await exited(other.container);
        await cri.removeSandbox(other.sandbox);
        return ended.length > 0;
      });
      t.is((await cri.execSync(container, ['true'], 10)).exitCode, 0);
      await cri.stopContainer(container, 10);
      await rig().until('the end is told', async () => ended.includes(container));
      t.is(ended.filter((id) => id === container).length, 1);
      over.abort();
      await watching;
      await cri.removeSandbox(sandbox);
    });

    test('a container that ignores SIGTERM is killed after its grace', async (t) => {
      const { logs, cri } = rig();
      const { container, sandbox } = await started('deaf', DEAF);
      const log = join(logs, 'deaf', 'deaf/0.log');
      await rig().until('the trap is set', async () => (await readFile(log, 'utf8')).includes('ready'));
      const begin = performance.now();
      await cri.stopContainer(container, 1);
      t.true(performance.now() - begin >= 900);
      t.is((await cri.containerStatus(container)).exitCode, 137);
      await cri.removeSandbox(sandbox);
    });

    test('a command that does not exist fails at the start, and the runtime says which', async (t) => {
      const { cri } = rig();
      const config = sandboxOf('absent');
      const sandbox = await cri.runSandbox(config);
      const id = await cri.createContainer(sandbox, { ...shell('', 'absent'), command: ['/no/such/program'] }, config);
      const error = await t.throwsAsync(cri.startContainer(id), { instanceOf: CriError });
      t.regex(error.message, /\/no\/such\/program/);
      await cri.removeSandbox(sandbox);
    });
  }
}
