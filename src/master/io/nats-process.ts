/** The nats-server that the master starts and owns: found again after a crash, and ended with its master. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { pause } from '../../common/actor/pause.ts';
import type { Clock, Logger, Millis } from '../../common/actor/types.ts';
import { natsConfig } from './nats-config.ts';
import { isNewEnough, natsVersionIn, oldestNats } from './nats-version.ts';

/**
 * - `missing`: there is no such program
 * - `too-old`: its version is under the oldest that keeps what it acknowledges
 * - `failed`: it ended at once or did not become ready; the message holds its last words
 */
export type NatsProcessErrorCode = 'missing' | 'too-old' | 'failed';

export class NatsProcessError extends Error {
  override readonly name = 'NatsProcessError';
  readonly code: NatsProcessErrorCode;

  constructor(code: NatsProcessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type NatsProcessOptions = {
  /** A path, or a name on PATH. */
  readonly binary: string;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
};

export interface NatsProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, wanted or not. */
  readonly ended: Promise<void>;
  /** SIGTERM, then SIGKILL when it takes too long. */
  stop(): Promise<void>;
}

const readyWithin: Millis = 30_000;
const endsWithin: Millis = 10_000;
const lookEvery: Millis = 10;
/** Of the server's own output, kept to tell why it ended. */
const keptOutput = 2_000;

const portsSchema = z.object({ nats: z.array(z.string()).min(1) });

/** Starts it and resolves when it takes connections. Rejects with NatsProcessError. */
export async function startNats(options: NatsProcessOptions): Promise<NatsProcess> {
  await checkVersion(options.binary);
  const paths = pathsIn(options.dataDir);
  await mkdir(paths.portsDir, { recursive: true, mode: 0o700 });
  await endNats(options.dataDir, options.clock);
  await rm(paths.portsDir, { recursive: true, force: true });
  await mkdir(paths.portsDir, { recursive: true, mode: 0o700 });
  await writeFile(paths.config, natsConfig({ ...options, ...paths }), { mode: 0o600 });

  const child = spawn(options.binary, ['--config', paths.config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Go's collector holds more than it needs unless it is told what the machine is for.
    env: { ...process.env, GOMEMLIMIT: `${memoryLimitMib(totalmem())}MiB`, GOGC: '50' },
  });
  const output = lastWords(child, options.log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  try {
    const url = await ready(child, paths.portsDir, options.clock);
    return { url, pid: child.pid ?? 0, ended, stop: () => stop(child, ended, options.clock) };
  } catch (error) {
    await stop(child, ended, options.clock);
    throw new NatsProcessError('failed', `nats-server did not become ready: ${String(error)}\n${output()}`, {
      cause: error,
    });
  }
}

/** A sixteenth of the machine's memory: a limit that a large cluster's server can not keep makes it collect all the time. */
function memoryLimitMib(totalBytes: number): number {
  return Math.max(64, Math.floor(totalBytes / 16 / 2 ** 20));
}

type Paths = {
  readonly config: string;
  readonly pidFile: string;
  readonly portsDir: string;
  readonly storeDir: string;
};

function pathsIn(dataDir: string): Paths {
  return {
    config: join(dataDir, 'nats.conf'),
    pidFile: join(dataDir, 'nats.pid'),
    portsDir: join(dataDir, 'ports'),
    storeDir: join(dataDir, 'jetstream'),
  };
}

async function checkVersion(binary: string): Promise<void> {
  let text: string;
  try {
    text = (await promisify(execFile)(binary, ['--version'])).stdout;
  } catch (error) {
    const message = `${binary} cannot be run: install nats-server ${oldestNats} or newer, or name it with --nats-binary`;
    throw new NatsProcessError('missing', message, { cause: error });
  }
  const version = natsVersionIn(text);
  if (version === undefined || !isNewEnough(version)) {
    const found = version ?? (text.trim().slice(0, 100) || 'no version');
    throw new NatsProcessError('too-old', `${binary} is ${found}: nats-server ${oldestNats} or newer is needed`);
  }
}

/** Ends a server that an earlier master was killed beside: it still has the store open. None is fine. */
export async function endNats(dataDir: string, clock: Clock): Promise<void> {
  const paths = pathsIn(dataDir);
  const pid = Number(await readFile(paths.pidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 1) return;
  const until = clock.now() + endsWithin;
  for (let signal: NodeJS.Signals = 'SIGTERM'; await runs(pid, paths.config); ) {
    process.kill(pid, signal);
    if (clock.now() > until) signal = 'SIGKILL';
    await pause(clock, lookEvery);
  }
}

async function runs(pid: number, config: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(config);
}

async function ready(child: ChildProcess, portsDir: string, clock: Clock): Promise<string> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const until = clock.now() + readyWithin;
  for (;;) {
    const url = await announced(portsDir);
    if (url !== undefined) return url;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended');
    if (clock.now() > until) throw new Error(`not ready within ${readyWithin / 1000} s`);
    await Promise.race([pause(clock, lookEvery), failed]);
  }
}

/** The address in the ports file, once the server has written it. */
async function announced(portsDir: string): Promise<string | undefined> {
  const file = (await readdir(portsDir)).find((name) => name.endsWith('.ports'));
  if (file === undefined) return undefined;
  try {
    const ports = portsSchema.parse(JSON.parse(await readFile(join(portsDir, file), 'utf8')));
    return ports.nats.find((url) => url.includes('127.0.0.1')) ?? ports.nats[0];
  } catch {
    // Half written: it is read again.
    return undefined;
  }
}

/** Hands the server's warnings to the log and keeps the end of its output. */
function lastWords(child: ChildProcess, log: Logger): () => string {
  let kept = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-keptOutput);
    for (const line of text.split('\n')) {
      if (/\[(WRN|ERR|FTL)\]/.test(line))
        log.warn({ nats: line.replace(/^\[\d+\] [\d/]+ [\d:.]+ /, '') }, 'nats-server');
    }
  });
  return () => kept;
}

async function stop(child: ChildProcess, ended: Promise<void>, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const cancel = clock.timer(endsWithin, () => child.kill('SIGKILL'));
  await ended;
  cancel();
}
