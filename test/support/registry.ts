/** A real image registry (docker-registry) on the loopback address for one test file, over plain HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/common/process/free-port.ts';
import { until } from './eventually.ts';

/** The one user of a registry that asks for a password. */
export const USER = { username: 'ali', password: 'open sesame' };
const HTPASSWD = 'ali:$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n';
/** Ends the registry when the test process dies, however it dies: the pipe to it closes. */
const GUARD = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2"';

export type Registry = {
  /** `127.0.0.1:<port>`, the first part of its images' names. */
  readonly host: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
};

/** Starts it and waits until it answers. `login`: whether it asks for USER. */
export async function startRegistry(options: { readonly login: boolean }): Promise<Registry> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  await writeFile(join(dir, 'htpasswd'), HTPASSWD);
  await writeFile(join(dir, 'config.yml'), configuration(dir, host, options.login));
  const child = spawn('docker-registry', ['serve', join(dir, 'config.yml')], { stdio: 'ignore' });
  await once(child, 'spawn');
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(child.pid), dir], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  const stop = async (): Promise<void> => {
    await end(child);
    guard.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  };
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with code ${child.exitCode}`);
    return fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
  };
  try {
    await until('the registry answers', answers);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, stop };
}

function configuration(dir: string, host: string, login: boolean): string {
  const auth = { htpasswd: { realm: 'test', path: join(dir, 'htpasswd') } };
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: host },
    ...(login ? { auth } : {}),
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
