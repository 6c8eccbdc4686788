/** What a device lives through: kills at bad moments, no network, no master. Real processes, each one started and ended here. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { processesOf, type Role } from '../../bench/lib/processes.ts';
import { containerNameLabel, podUidLabel } from '../../src/agent/core/pod/pod-labels.ts';
import { createCri } from '../../src/agent/io/cri/cri.ts';
import { CriError } from '../../src/agent/ports/cri.ts';
import { realClock } from '../../src/common/actor/clock.ts';
import { type UpSettings, upSettings } from '../../src/common/model/config/up-settings.ts';
import { freePort } from '../../src/common/process/free-port.ts';
import { agentProgram, masterProgram, ownEnvironment } from '../../src/up/programs.ts';
import { untilReady } from '../../src/up/until-ready.ts';
import { program, type Ran, runBramble } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { kill } from '../support/kill.ts';
import { leftovers } from '../support/leftovers.ts';

const BRIDGE = 'brtest30';
const dir = mkdtempSync(join(tmpdir(), 'bramble-survival-'));
const log = openSync(join(dir, 'processes.log'), 'a');
const image = 'bramble.local/busybox:1';
let settings: UpSettings;
let where: readonly string[];
let env: Readonly<Record<string, string>>;
let master: ChildProcess;
let agent: ChildProcess;

const startMaster = () => start(masterProgram(program, settings));
const startAgent = () => start(agentProgram(program, settings));
function start(args: readonly string[]): ChildProcess {
  const own = args.filter((arg) => !arg.startsWith('--import'));
  return spawn(process.execPath, own, { env: ownEnvironment(process.env), stdio: ['ignore', log, log] });
}

/** Ends a process and answers with the milliseconds that it took; nothing when it has ended already. */
async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<number> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0;
  const begun = performance.now();
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return performance.now() - begun;
}

test.before(async () => {
  const natsPort = await freePort();
  where = [
    `--data-dir=${join(dir, 'data')}`,
    `--run-dir=${join(dir, 'run')}`,
    `--nats-port=${natsPort}`,
    '--pod-subnet=10.90.30.0/24',
    `--pod-bridge=${BRIDGE}`,
    '--node=node-1',
  ];
  settings = upSettings.parse({
    dataDir: join(dir, 'data'),
    runDir: join(dir, 'run'),
    natsPort,
    podSubnet: '10.90.30.0/24',
    podBridge: BRIDGE,
    node: 'node-1',
  });
  env = { BRAMBLE_SERVER: `nats://127.0.0.1:${natsPort}`, BRAMBLE_CONFIG: join(dir, 'none.yaml') };
  master = startMaster();
  agent = startAgent();
  await ready();
});

test.after.always(async () => {
  await end(agent, 'SIGKILL');
  await end(master, 'SIGKILL');
  if (where !== undefined) await runBramble(['down', '--purge', ...where]);
  closeSync(log);
  rmSync(dir, { recursive: true, force: true });
});

/** Rejects with the last words of the processes when the node is not Ready within half a minute. */
async function ready(): Promise<void> {
  try {
    await untilReady({ ...settings, timeout: 30 }, realClock, () => {});
  } catch (error) {
    throw new Error(lastWords(), { cause: error });
  }
}

const lastWords = () => readFileSync(join(dir, 'processes.log'), 'utf8').slice(-3000);

const bramble = (args: readonly string[], input?: string): Promise<Ran> => runBramble(args, env, input);

async function ok(args: readonly string[], input?: string): Promise<string> {
  const ran = await bramble(args, input);
  if (ran.code === 0) return ran.stdout;
  throw new Error(`bramble ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout}${ran.stderr}\n${lastWords()}`);
}

async function cri<T>(ask: (runtime: ReturnType<typeof createCri>) => Promise<T>): Promise<T> {
  const runtime = createCri(join(settings.runDir, 'containerd', 'containerd.sock'));
  try {
    return await ask(runtime);
  } finally {
    runtime.close();
  }
}

/** As `holds`, while a containerd is being started too. */
async function untilRuntime(
  what: string,
  holds: (found: Awaited<ReturnType<typeof running>>) => boolean,
): Promise<void> {
  await until(what, async () => {
    try {
      return holds(await running());
    } catch (error) {
      if (error instanceof CriError && error.code === 'unavailable') return false;
      throw error;
    }
  });
}

/** The running containers, as `<pod's uid> <container>`. */
async function running(): Promise<readonly { readonly slot: string; readonly id: string }[]> {
  const containers = await cri((runtime) => runtime.listContainers());
  return containers
    .filter(({ state }) => state === 'running')
    .map(({ id, labels }) => ({ slot: `${labels[podUidLabel]} ${labels[containerNameLabel]}`, id }));
}

const pidOf = (role: Role): number => {
  const found = processesOf(dir).find((one) => one.role === role);
  if (found === undefined) throw new Error(`there is no ${role}`);
  return found.pid;
};

const pod = (name: string, command: string, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image, command: ['sh', '-c', command] }],
      ...spec,
    },
  });

const forPhase = (name: string, phase: string) => [
  'wait',
  `--for=jsonpath={.status.phase}=${phase}`,
  `pod/${name}`,
  '--timeout=30s',
];
const statusOf = async (name: string, path: string): Promise<string> =>
  await ok(['get', 'pod', name, '-o', `jsonpath={.status.${path}}`]);

test.serial('an agent that is killed at any moment of a burst never runs a container twice', async (t) => {
  const deployment = (replicas: number): string =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'burst' },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'burst' } },
        template: {
          metadata: { labels: { app: 'burst' } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [{ name: 'main', image, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 1000 & wait"] }],
          },
        },
      },
    });
  for (let round = 0; round < 20; round += 1) {
    await ok(['apply', '-f', '-'], deployment(round % 2 === 0 ? 5 : 1));
    const deadline = performance.now() + ((67 * round) % 800);
    while (performance.now() < deadline) {
      const slots = (await running()).map(({ slot }) => slot);
      t.is(new Set(slots).size, slots.length, `round ${round}: ${slots}`);
    }
    await end(agent, 'SIGKILL');
    agent = startAgent();
  }
  await ok(['apply', '-f', '-'], deployment(5));
  await ok(['rollout', 'status', 'deployment/burst', '--timeout=60s']);
  await until('five containers run, and no others', async () => {
    const slots = (await running()).map(({ slot }) => slot);
    t.is(new Set(slots).size, slots.length);
    return slots.length === 5;
  });
  const told = (path: string) => ok(['get', 'pods', '-l', 'app=burst', '-o', `jsonpath={.items[*].${path}}`]);
  await until('the pods that were too many are gone', async () => (await told('kind')) === 'Pod Pod Pod Pod Pod');
  t.is(
    await told('status.containerStatuses[0].restartCount'),
    '0 0 0 0 0',
    await told('status.containerStatuses[0].lastState'),
  );
});

test.serial('a containerd that is killed is started again under its running containers', async (t) => {
  const ids = (await running()).map(({ id }) => id).toSorted();
  process.kill(pidOf('containerd'), 'SIGKILL');
  await untilRuntime('containerd answers again', (found) => found.length > 0);
  t.deepEqual((await running()).map(({ id }) => id).toSorted(), ids);
  await ok(['apply', '-f', '-'], pod('after', 'exec sleep 1000'));
  await ok(forPhase('after', 'Running'));
  await ok(['delete', 'pod', 'after']);
  t.deepEqual((await running()).map(({ id }) => id).toSorted(), ids);
});

test.serial('without a master pods go on, and what happened meanwhile is told afterwards', async (t) => {
  await ok(
    ['apply', '-f', '-'],
    pod('short', 'until test -e /go/now; do sleep 0.1; done; exit 3', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image,
          command: ['sh', '-c', 'until test -e /go/now; do sleep 0.1; done; exit 3'],
          volumeMounts: [{ name: 'go', mountPath: '/go' }],
        },
      ],
      volumes: [{ name: 'go', hostPath: { path: join(dir, 'go'), type: 'DirectoryOrCreate' } }],
    }),
  );
  await ok(forPhase('short', 'Running'));
  await end(agent, 'SIGKILL');
  await ok(['delete', 'deployment', 'burst']);
  await end(master, 'SIGKILL');
  process.kill(pidOf('nats'), 'SIGKILL');
  agent = startAgent();
  execFileSync('touch', [join(dir, 'go', 'now')]);
  await until('the container has ended', async () => (await running()).length === 5);
  master = startMaster();
  await ready();
  await ok(forPhase('short', 'Failed'));
  t.is(await statusOf('short', 'containerStatuses[0].state.terminated.exitCode'), '3');
  await until('the pods that were deleted meanwhile are gone', async () => (await running()).length === 0);
  await ok(['delete', 'pod', 'short']);
});

test.serial('after a loss of power a device without a network runs its pods from the disk', async (t) => {
  await ok(['apply', '-f', '-'], pod('kept', 'exec sleep 1000'));
  await ok(forPhase('kept', 'Running'));
  const uid = await ok(['get', 'pod', 'kept', '-o', 'jsonpath={.metadata.uid}']);
  await end(agent, 'SIGKILL');
  await end(master, 'SIGKILL');
  t.is((await runBramble(['down', ...where])).code, 0);
  t.deepEqual(leftovers(dir, BRIDGE), []);
  agent = startAgent();
  await untilRuntime('the pod runs', (found) => found.some(({ slot }) => slot === `${uid} main`));
  t.true((await end(agent, 'SIGTERM')) < 2000);
  agent = startAgent();
  master = startMaster();
  await ready();
  const [container] = await running();
  await until('the master knows the new container', async () => {
    return (await statusOf('kept', 'containerStatuses[0].containerID')) === `containerd://${container?.id}`;
  });
  // A container that has just started is ready a second later.
  await until('it is ready', async () => (await statusOf('kept', 'containerStatuses[0].ready')) === 'true');
  await ok(['delete', 'pod', 'kept']);
});

test.serial(
  'a container that ignores SIGTERM has its grace period, and two seconds when it is deleted by force',
  async (t) => {
    const stubborn = "trap '' TERM; while true; do sleep 0.1; done";
    await ok(['apply', '-f', '-'], pod('slow', stubborn, { terminationGracePeriodSeconds: 3 }));
    await ok(['apply', '-f', '-'], pod('forced', stubborn, { terminationGracePeriodSeconds: 600 }));
    await ok(forPhase('slow', 'Running'));
    await ok(forPhase('forced', 'Running'));
    const begun = performance.now();
    await ok(['delete', 'pod', 'slow']);
    t.true(performance.now() - begun >= 3000);
    t.is((await running()).length, 1);
    await ok(['delete', 'pod', 'forced', '--grace-period=0', '--force']);
    await until('it is gone', async () => (await running()).length === 0);
  },
);

test.serial(
  'a cluster whose processes are all killed is adopted by the next up, and down leaves nothing',
  async (t) => {
    await ok(['apply', '-f', '-'], pod('adopted', 'exec sleep 1000'));
    await ok(forPhase('adopted', 'Running'));
    await end(agent, 'SIGTERM');
    await end(master, 'SIGTERM');
    const up = ['up', ...where, '--detach=true', '--timeout=60'];
    const first = await runBramble(up, env);
    t.is(first.code, 0, first.stderr);
    const container = await statusOf('adopted', 'containerStatuses[0].containerID');
    const roles: readonly Role[] = ['up', 'master', 'agent', 'nats', 'containerd'];
    const killAll = () => {
      for (const { pid, role } of processesOf(dir)) if (roles.includes(role)) kill(pid);
    };
    killAll();
    const second = await runBramble(up, env);
    t.is(second.code, 0, second.stderr);
    await ok(['wait', '--for=condition=Ready', 'pod/adopted', '--timeout=30s']);
    t.is(await statusOf('adopted', 'containerStatuses[0].containerID'), container);
    t.is(await statusOf('adopted', 'containerStatuses[0].restartCount'), '0');
    killAll();
    const down = await runBramble(['down', '--purge', ...where]);
    t.is(down.code, 0, down.stderr);
    t.deepEqual(leftovers(dir, BRIDGE), []);
  },
);
