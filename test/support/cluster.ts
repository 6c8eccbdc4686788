/** A real one-machine cluster for a test or benchmark: the shipped program, in directories and on a port of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { realClock } from '../../src/common/actor/clock.ts';
import { freePort } from '../../src/common/process/free-port.ts';
import { untilReady } from '../../src/up/until-ready.ts';

/** What a run of the command line gave. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export interface Cluster {
  readonly url: string;
  readonly dir: string;
  readonly up: ChildProcess;
  /** Runs the client against this cluster. */
  bramble(args: readonly string[], input?: string): Promise<Ran>;
  /** The same for a call that must succeed: its output. Rejects with all that it said, and the end of the cluster's log. */
  ok(args: readonly string[], input?: string): Promise<string>;
  /** All that the cluster's processes have logged. */
  log(): string;
  /** Ends the cluster and removes its data; rejects when something of it is left. */
  stop(): Promise<void>;
}

/** The build to test; `BRAMBLE_PROGRAM` names another than that of this checkout. */
export const program = resolve(process.env['BRAMBLE_PROGRAM'] ?? 'dist/bramble.js');

/** Milliseconds after which a run counts as hanging. */
const longestRun = 240_000;

/** Runs the built program to its end; one that hangs is killed, and then its code is null. */
export async function runBramble(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: 'pipe',
    timeout: longestRun,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {
    // A program that ends without reading its input closes the pipe.
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/**
 * Starts a cluster and waits until its node is Ready. `index` (0 to 200) keeps clusters of one machine apart; `under` is a
 * program, with its arguments, that becomes the cluster's process, such as one that unshares a namespace first.
 */
export async function startCluster(
  index: number,
  flags: readonly string[] = [],
  under: readonly string[] = [],
): Promise<Cluster> {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\` first`);
  const dir = mkdtempSync(join(tmpdir(), 'bramble-cluster-'));
  const port = await freePort();
  const where = [
    `--data-dir=${join(dir, 'data')}`,
    `--run-dir=${join(dir, 'run')}`,
    `--nats-port=${port}`,
    `--pod-subnet=10.${90 + Math.floor(index / 100)}.${index % 100}.0/24`,
    `--pod-bridge=brtest${index}`,
    '--node=node-1',
    ...flags,
  ];
  const path = join(dir, 'up.log');
  const fd = openSync(path, 'a');
  const [command = process.execPath, ...rest] = [...under, process.execPath, program, 'up', ...where];
  const up = spawn(command, rest, { stdio: ['ignore', fd, fd] });
  closeSync(fd);
  const url = `nats://127.0.0.1:${port}`;
  const env = { BRAMBLE_SERVER: url, BRAMBLE_CONFIG: join(dir, 'none.yaml') };
  const cluster: Cluster = {
    url,
    dir,
    up,
    bramble: (args, input) => runBramble(args, env, input),
    async ok(args, input) {
      const ran = await cluster.bramble(args, input);
      if (ran.code === 0) return ran.stdout;
      const said = `${ran.stdout}${ran.stderr}\n${cluster.log().slice(-3000)}`;
      throw new Error(`bramble ${args.join(' ')} ended with ${ran.code}:\n${said}`);
    },
    log: () => readFileSync(path, 'utf8'),
    async stop() {
      if (up.exitCode === null && up.signalCode === null) {
        up.kill('SIGTERM');
        await once(up, 'exit');
      }
      const down = await runBramble(['down', '--purge', ...where]);
      if (down.code !== 0) throw new Error(`bramble down failed: ${down.stderr}\n${cluster.log()}`);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await untilReady({ natsPort: port, timeout: 60, dataDir: dir, runDir: dir }, realClock, () => {});
  } catch (error) {
    const log = cluster.log();
    await cluster.stop();
    throw new Error(`the cluster did not start: ${String(error)}\n${log}`);
  }
  return cluster;
}
