/**
 * A device for tests, as far from its master as a network namespace: it reaches NATS over one link, which can be cut, and it can
 * lose its power: all of its processes, mounts, network and the run directory go at once, and the disk stays.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { processesOf } from '../../bench/lib/processes.ts';
import { containerNameLabel, podNameLabel } from '../../src/agent/core/pod/pod-labels.ts';
import { createCri } from '../../src/agent/io/cri/cri.ts';
import { CriError } from '../../src/agent/ports/cri.ts';
import { agentFlags } from '../../src/common/process/node-flags.ts';
import { ownEnvironment } from '../../src/up/programs.ts';
import { program } from './cluster.ts';
import { kill } from './kill.ts';

export type RunningContainer = { readonly pod: string; readonly container: string; readonly id: string };
export type FieldDevice = {
  readonly node: string;
  readonly dataDir: string;
  readonly runDir: string;
  readonly manifests: string;
  /** Starts the agent; its wall clock is `behind` milliseconds behind. `more` of its flags hold for this start. */
  startAgent(behind?: number, more?: readonly string[]): void;
  endAgent(signal: NodeJS.Signals): Promise<void>;
  /** Cuts the link to the master's machine, or mends it. */
  link(up: boolean): void;
  powerCut(): Promise<void>;
  /** Undefined while the runtime does not answer. */
  running(): Promise<readonly RunningContainer[] | undefined>;
  log(): string;
  /** Ends all of it. */
  stop(): Promise<void>;
};

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** The address of this machine as a device sees it. */
export const hostAddress = (index: number): string => `10.94.${index}.1`;

/**
 * `index` (0 to 200) keeps devices of one machine apart. NATS listens on `natsPort` of the loopback address here, if at all.
 * `flags`: more of the agent's.
 */
export async function createFieldDevice(
  dir: string,
  index: number,
  natsPort: number,
  flags: readonly string[] = [],
): Promise<FieldDevice> {
  const [netns, here, there, bridge] = [`brdev${index}`, `brh${index}`, `brd${index}`, `brtest${index}`];
  const address = (host: number) => `10.94.${index}.${host}`;
  const [dataDir, runDir, manifests] = [join(dir, 'data'), join(dir, 'run'), join(dir, 'manifests')];
  const log = join(dir, 'agent.log');
  const node = `field-${index}`;
  mkdirSync(manifests, { recursive: true });
  plug();
  const uplink = await forward(address(1), natsPort);
  let agent: ChildProcess | undefined;

  function plug(): void {
    ip('netns', 'add', netns);
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', netns);
    ip('addr', 'add', `${address(1)}/24`, 'dev', here);
    ip('link', 'set', here, 'up');
    ip('-n', netns, 'addr', 'add', `${address(2)}/24`, 'dev', there);
    ip('-n', netns, 'link', 'set', there, 'up');
    ip('-n', netns, 'link', 'set', 'lo', 'up');
    ip('-n', netns, 'route', 'add', 'default', 'via', address(1));
  }
  function unplug(): void {
    ip('link', 'del', here);
    ip('netns', 'del', netns);
  }

  async function endAgent(signal: NodeJS.Signals): Promise<void> {
    if (agent === undefined || agent.exitCode !== null || agent.signalCode !== null) return;
    const ended = once(agent, 'exit');
    agent.kill(signal);
    await ended;
  }

  async function powerCut(): Promise<void> {
    await endAgent('SIGKILL');
    const own = processesOf(dir).map(({ pid }) => pid);
    for (const pid of [...own, ...descendants(own)]) kill(pid);
    await untilEnded([...own, ...descendants(own)]);
    unmountAll(dir);
    rmSync(runDir, { recursive: true, force: true });
    unplug();
  }

  return {
    ...{ node, dataDir, runDir, manifests, endAgent },
    startAgent(behind = 0, more = []) {
      const past = join(dir, 'past.mjs');
      writeFileSync(past, pastClock(behind));
      const fd = openSync(log, 'a');
      const args = [
        ...agentFlags,
        ...['--import', past, program, 'agent', `--data-dir=${dataDir}`, `--run-dir=${runDir}`, `--node=${node}`],
        ...[`--server=nats://${address(1)}:${natsPort}`, '--own-runtime=true', `--static-pod-path=${manifests}`],
        ...[`--pod-subnet=10.95.${index}.0/24`, `--pod-bridge=${bridge}`, `--cgroup-root=/${bridge}`],
        ...flags,
        ...more,
      ];
      agent = spawn('nsenter', [`--net=/run/netns/${netns}`, process.execPath, ...args], {
        env: ownEnvironment(process.env),
        stdio: ['ignore', fd, fd],
      });
      closeSync(fd);
    },
    link: (up) => void ip('link', 'set', here, up ? 'up' : 'down'),
    powerCut: async () => {
      await powerCut();
      plug();
    },
    running: () => running(join(runDir, 'containerd', 'containerd.sock')),
    log: () => readFileSync(log, 'utf8'),
    stop: async () => {
      await powerCut();
      uplink.close();
      removeGroups(bridge);
    },
  };
}

/** What a program is started with so that its wall clock is behind. */
function pastClock(behind: number): string {
  return `const Now = Date;
globalThis.Date = class extends Now {
  constructor(...given) { if (given.length === 0) super(Now.now() - ${behind}); else super(...given); }
  static now() { return Now.now() - ${behind}; }
};
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin - ${behind} });
`;
}

async function running(socket: string): Promise<readonly RunningContainer[] | undefined> {
  const runtime = createCri(socket);
  try {
    const containers = await runtime.listContainers();
    return containers
      .filter(({ state }) => state === 'running')
      .map(({ id, labels }) => ({ pod: labels[podNameLabel] ?? '', container: labels[containerNameLabel] ?? '', id }));
  } catch (error) {
    if (error instanceof CriError && error.code === 'unavailable') return undefined;
    throw error;
  } finally {
    runtime.close();
  }
}

/** Takes connections on a port of the address and carries them to the same port of the loopback address. */
async function forward(address: string, port: number): Promise<Server> {
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(port, address);
  await once(server, 'listening');
  server.unref();
  server.on('close', () => {
    for (const one of open) one.destroy();
  });
  return server;
}

function descendants(of: readonly number[]): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const stat = textOf(`/proc/${name}/stat`);
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = new Set(of);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  for (const pid of of) found.delete(pid);
  return [...found];
}

async function untilEnded(pids: readonly number[]): Promise<void> {
  const alive = (pid: number) => /^(?!.*\) [ZX] )/.test(textOf(`/proc/${pid}/stat`) ?? ') Z ');
  while (pids.some(alive)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function unmountAll(dir: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${dir}/`));
  for (const path of mounts.reverse()) execFileSync('umount', ['-l', path]);
}

/** Control groups of a name are left when their processes have gone. */
function removeGroups(name: string): void {
  const root = '/sys/fs/cgroup';
  for (const tree of [root, ...readdirSync(root).map((one) => join(root, one))]) {
    const group = join(tree, name);
    if (textOf(join(group, 'cgroup.procs')) === undefined) continue;
    execFileSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process or the group has gone.
    return undefined;
  }
}
