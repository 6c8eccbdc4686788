/**
 * A real nats-server for one test file: a free port, data in a temporary folder.
 * A small guard process kills it and removes the folder when the test process dies, however it dies.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type NatsServerOptions = {
  /** Where its files live; given, it is kept at stop. Default: a new temporary folder, removed at stop. */
  readonly dir?: string;
  /** JetStream with `sync_interval: always`. Default true. */
  readonly jetstream?: boolean;
  /** Default: a free one. */
  readonly port?: number;
  /** More lines for the server's configuration, such as `authorization { … }`. */
  readonly config?: string;
};

export type NatsServer = {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now: it changes with `restart`. */
  readonly pid: number;
  readonly dir: string;
  /** Sends the signal and waits until the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data; one that still runs is ended with SIGTERM first. */
  restart(): Promise<void>;
  /** Ends it and removes its temporary folder. May be called again. */
  stop(): Promise<void>;
};

const READY_WITHIN = 15_000;
const GUARD = 'read -r _; kill -9 "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"';

type Running = { readonly child: ChildProcess; readonly guard: ChildProcess; readonly pid: number };

/** Starts a nats-server and waits until it accepts clients. Rejects with the server's own output if it does not. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'bramble-nats-')));
  const temporary = options.dir === undefined ? dir : '';
  let port = options.port ?? -1;
  const start = async (): Promise<Running> => {
    const running = await launch(dir, temporary, port, options);
    port = await listeningPort(dir, running);
    return running;
  };
  const discard = async (): Promise<void> => {
    if (temporary !== '') await rm(temporary, { recursive: true, force: true });
  };
  let running = await start().catch(async (error: unknown) => {
    await discard();
    throw error;
  });

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const { child, guard } = running;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    guard.kill('SIGKILL');
  };
  return {
    get url() {
      return `nats://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    get pid() {
      return running.pid;
    },
    dir,
    kill,
    restart: async () => {
      await kill('SIGTERM');
      running = await start();
    },
    stop: async () => {
      await kill('SIGKILL');
      await discard();
    },
  };
}

async function launch(dir: string, temporary: string, port: number, options: NatsServerOptions): Promise<Running> {
  await mkdir(join(dir, 'ports'), { recursive: true });
  const config = join(dir, 'nats.conf');
  const jetstream = `jetstream { store_dir: ${JSON.stringify(join(dir, 'data'))}, sync_interval: always }\n`;
  await writeFile(config, `${options.jetstream === false ? '' : jetstream}${options.config ?? ''}\n`);
  const child = spawn(
    'nats-server',
    ['-a', '127.0.0.1', '-p', String(port), '--ports_file_dir', join(dir, 'ports'), '-c', config],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error('nats-server has no process id');
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(pid), temporary], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  return { child, guard, pid };
}

/** Waits for `nats-server_<pid>.ports`, which the server writes once it listens, and reads the port from it. */
async function listeningPort(dir: string, { child, guard, pid }: Running): Promise<number> {
  const ports = join(dir, 'ports');
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-8_000);
  });
  const watcher = watch(ports);
  const limit = AbortSignal.timeout(READY_WITHIN);
  try {
    for (;;) {
      const changed = Promise.race([
        once(watcher, 'change', { signal: limit }),
        once(child, 'exit', { signal: limit }).then(() => Promise.reject(new Error('it ended'))),
      ]);
      const port = await readPort(ports, pid);
      if (port !== undefined) {
        changed.catch(() => undefined);
        return port;
      }
      await changed;
    }
  } catch (error) {
    child.kill('SIGKILL');
    guard.kill('SIGKILL');
    throw new Error(`nats-server did not become ready: ${String(error)}\n${output}`);
  } finally {
    watcher.close();
  }
}

async function readPort(ports: string, pid: number): Promise<number | undefined> {
  const name = (await readdir(ports)).find((file) => file.endsWith(`_${pid}.ports`));
  if (name === undefined) return undefined;
  const url = /"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(await readFile(join(ports, name), 'utf8'));
  return url === null ? undefined : Number(url[1]);
}
