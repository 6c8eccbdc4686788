/**
 * A containerd that Bramble starts and owns: its own root, state, socket and CNI network; no other containerd is
 * touched. Stopped, it leaves no process, mount, network namespace, interface or rule; images stay in `dataDir`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kill } from 'node:process';
import { pause } from '../../../common/actor/pause.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import { createCri } from '../cri/cri.ts';
import { detachUnder } from '../files/mounts.ts';
import { run } from '../run.ts';
import { removeCniRules } from './cni-rules.ts';
import { type ContainerdOptions, cniConfiguration, containerdLayout, containerdToml } from './containerd-config.ts';
import { openRuntimeLog } from './runtime-log.ts';

/**
 * - `not-installed`: there is no containerd on PATH
 * - `not-ready`: it ended or did not answer in time; the message holds the end of its log
 * - `not-stopped`: a process of it outlived SIGKILL
 */
export type ContainerdErrorCode = 'not-installed' | 'not-ready' | 'not-stopped';
export class ContainerdError extends Error {
  override readonly name = 'ContainerdError';
  readonly code: ContainerdErrorCode;

  constructor(code: ContainerdErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type Containerd = {
  /** Path of its unix socket, and its process id. */
  readonly socket: string;
  readonly pid: number;
  /** Imports a docker archive; importing one again changes nothing. */
  importImage(archive: string): Promise<void>;
  /** As `stopContainerd`. */
  stop(): Promise<void>;
};

const READY_WITHIN: Millis = 30_000;
const ENDS_WITHIN: Millis = 10_000;
const LOOK_EVERY: Millis = 20;
/** Bit of CAP_SYS_RESOURCE in a capability set (capabilities(7)). */
const CAP_SYS_RESOURCE = 24n;

/** Starts it, or finds the one of an earlier start still running; resolves when it answers. Rejects with ContainerdError or RunError. */
export async function startContainerd(options: ContainerdOptions, clock: Clock): Promise<Containerd> {
  const layout = containerdLayout(options);
  const pid = runningPid(options) ?? (await launch(options, clock));
  return {
    socket: layout.socket,
    pid,
    importImage: (archive) => importArchive(layout.socket, archive),
    stop: () => stopContainerd(options, clock),
  };
}

/** Imports a docker archive into the containerd on `socket`; importing one again changes nothing. Rejects with RunError. */
export async function importArchive(socket: string, archive: string): Promise<void> {
  await run('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive]);
}

/**
 * Ends all pods, the process, its shims, mounts, network namespaces, the bridge and the rules. It need not run: what a
 * crash left is found by `dataDir` and `runDir`. May be called again. Rejects with ContainerdError or RunError.
 */
export async function stopContainerd(options: ContainerdOptions, clock: Clock): Promise<void> {
  const layout = containerdLayout(options);
  const left = (await exists(layout.configFile)) && (await exists(layout.state));
  // What containerd ends itself is ended well: CNI's DEL frees the addresses and the rules.
  if (left) {
    const pid = runningPid(options) ?? (await launch(options, clock));
    await removeSandboxes(layout.socket, clock);
    await endProcess(pid, 'SIGTERM', clock);
  }
  for (const pid of await shimsOf(layout.socket)) await endProcess(pid, 'SIGKILL', clock);
  await detachUnder(layout.state);
  await detachUnder(layout.root);
  await detachUnder(dirname(layout.logFile));
  await removeCniRules(options.network.name);
  await removeBridge(options.network.bridge);
  await rm(options.runDir, { recursive: true, force: true });
}

async function launch(options: ContainerdOptions, clock: Clock): Promise<number> {
  const layout = containerdLayout(options);
  await mkdir(layout.cniConfDir, { recursive: true });
  await mkdir(options.runDir, { recursive: true, mode: 0o711 });
  await writeFile(layout.configFile, containerdToml(options, await mayLowerOomScore()));
  await writeFile(join(layout.cniConfDir, '10-bramble.conflist'), cniConfiguration(options));
  await rm(layout.socket, { force: true });
  const log = await openRuntimeLog(layout.logFile);
  try {
    // A session of its own: an interrupt at the terminal must not end it before its pods.
    const child = spawn('containerd', ['--config', layout.configFile, '--log-level', 'warn'], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await started(child);
    child.unref();
    const pid = child.pid ?? 0;
    await writeFile(layout.pidFile, `${pid}\n`);
    await answers(layout.socket, child, clock).catch(async (error: unknown) => {
      await endProcess(pid, 'SIGKILL', clock);
      const end = (await readFile(layout.logFile, 'utf8')).slice(-2000);
      throw new ContainerdError('not-ready', `containerd did not become ready: ${String(error)}\n${end}`, {
        cause: error,
      });
    });
    return pid;
  } finally {
    await log.close();
  }
}

async function started(child: ChildProcess): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new ContainerdError('not-installed', 'containerd is not on PATH: install the packages containerd and runc', {
      cause: error,
    });
  }
}

async function answers(socket: string, child: ChildProcess, clock: Clock): Promise<void> {
  const until = clock.now() + READY_WITHIN;
  const cri = createCri(socket, { clock });
  try {
    while (!(await readyNow(cri))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended');
      if (clock.now() > until) throw new Error(`no answer within ${READY_WITHIN / 1000} s`);
      await pause(clock, LOOK_EVERY);
    }
  } finally {
    cri.close();
  }
}

/** Ready with its network: CNI's configuration is read shortly after the first answer. */
async function readyNow(cri: Cri): Promise<boolean> {
  try {
    const status = await cri.status();
    return status.runtimeReady && status.networkReady;
  } catch (error) {
    if (error instanceof CriError && error.code === 'unavailable') return false;
    throw error;
  }
}

async function removeSandboxes(socket: string, clock: Clock): Promise<void> {
  const cri = createCri(socket, { clock });
  try {
    const sandboxes = await cri.listSandboxes();
    await Promise.all(
      sandboxes.map(async ({ id }) => {
        await cri.stopSandbox(id);
        await cri.removeSandbox(id);
      }),
    );
  } finally {
    cri.close();
  }
}

/** The process of the pid file, if it is still this containerd. */
function runningPid(options: ContainerdOptions): number | undefined {
  const { pidFile, configFile } = containerdLayout(options);
  const pid = Number(textNow(pidFile));
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return commandOf(String(pid)).includes(configFile) ? pid : undefined;
}

/** Shims that serve this socket; each takes its containers with it when containerd has gone. */
async function shimsOf(socket: string): Promise<readonly number[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    const command = commandOf(pid);
    return (command[0] ?? '').includes('containerd-shim') && command.includes(socket) ? [Number(pid)] : [];
  });
}

/** A process's arguments; none for one that has gone or is a zombie. */
function commandOf(pid: string): readonly string[] {
  return textNow(`/proc/${pid}/cmdline`).split('\0');
}

/** Of a file in memory, which is looked at every few seconds: without the way over a thread. Empty when it is not there. */
function textNow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

async function endProcess(pid: number, signal: NodeJS.Signals, clock: Clock): Promise<void> {
  const forceAt = clock.now() + ENDS_WITHIN;
  send(pid, signal);
  let forced = signal === 'SIGKILL';
  while (commandOf(String(pid)).join('') !== '') {
    if (clock.now() > forceAt + ENDS_WITHIN) throw new ContainerdError('not-stopped', `process ${pid} does not end`);
    if (!forced && clock.now() > forceAt) {
      send(pid, 'SIGKILL');
      forced = true;
    }
    await pause(clock, LOOK_EVERY);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function removeBridge(bridge: string): Promise<void> {
  if (await exists(join('/sys/class/net', bridge))) await run('ip', ['link', 'delete', bridge]);
}

async function mayLowerOomScore(): Promise<boolean> {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(await readFile('/proc/self/status', 'utf8'));
  return ((BigInt(`0x${effective?.[1] ?? '0'}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

async function exists(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}
