/** Serves exec, attach and port-forward to clients: their streams are tied to those that the runtime serves on the device. */

import { pause } from '../../../common/actor/pause.ts';
import type { Behavior, Clock, Millis } from '../../../common/actor/types.ts';
import {
  attachRequest,
  type ExitResult,
  execRequest,
  portForwardRequest,
  sizeWord,
} from '../../../common/wire/device-streams.ts';
import { type Channel, type StreamEnd, StreamError } from '../../../common/wire/stream.ts';
import type { Cri } from '../../ports/cri.ts';
import {
  type ForwardStreams,
  type ProcessEnd,
  type ProcessStreams,
  type RuntimeStreams,
  RuntimeStreamsError,
  type Writer,
} from '../../ports/runtime-streams.ts';
import type { StreamServer } from '../../ports/stream-server.ts';
import { clientRequest } from './client-request.ts';
import { asked, readySandbox, runningContainer } from './find-container.ts';

type Deps = {
  readonly cri: Pick<Cri, 'listContainers' | 'listSandboxes' | 'exec' | 'attach' | 'portForward'>;
  readonly runtime: RuntimeStreams;
  readonly server: StreamServer;
};

type Client = { readonly end: StreamEnd; readonly signal: AbortSignal };

/** Ctrl-C and Ctrl-D. */
const interruptAndEnd = Buffer.of(3, 4);
const hangUpWithin: Millis = 2000;

/** Clients at once: of commands, of attaching, and connections of port-forwards. */
const LIMITS = { exec: 64, attach: 64, portforward: 128 } as const;

export function sessions({ cri, runtime, server }: Deps): Behavior<never> {
  return (self) => {
    const stops = [
      server.serve('exec', LIMITS.exec, async (body, end, signal) => {
        const { command, stdin = false, tty = false, ...meant } = clientRequest(execRequest, body);
        const { id } = await runningContainer(cri, meant);
        const url = await asked(() => cri.exec(id, command, { stdin, tty }));
        const opening = runtime.process(url, { stdin, tty });
        const leave = tty ? (streams: ProcessStreams) => hangUp(self.clock, streams) : undefined;
        return exitOf(await tied(opening, { end, signal }, feedProcess, drainProcess, leave));
      }),
      server.serve('attach', LIMITS.attach, async (body, end, signal) => {
        const { stdin = false, tty = false, ...meant } = clientRequest(attachRequest, body);
        const { id } = await runningContainer(cri, meant);
        const url = await asked(() => cri.attach(id, { stdin, tty }));
        await tied(runtime.process(url, { stdin, tty }), { end, signal }, feedProcess, drainProcess);
      }),
      server.serve('portforward', LIMITS.portforward, async (body, end, signal) => {
        const { port, ...meant } = clientRequest(portForwardRequest, body);
        const { id } = await readySandbox(cri, meant);
        const url = await asked(() => cri.portForward(id, port));
        await tied(runtime.forward(url, port), { end, signal }, feedForward, drainForward);
      }),
    ];
    return {
      on: {},
      stopped: () => {
        for (const stop of stops) stop();
      },
    };
  };
}

/** Ties the client's end to the runtime's streams; both are over when `drain` is, or when the client is gone. */
async function tied<S extends { close(): void }, T>(
  opening: Promise<S>,
  { end, signal }: Client,
  feed: (streams: S, end: StreamEnd) => Promise<void>,
  drain: (streams: S, end: StreamEnd) => Promise<T>,
  leave: (streams: S) => Promise<void> = async () => {},
): Promise<T> {
  const streams = await opening.catch((error: unknown) => Promise.reject(clientsError(error)));
  const over = new Promise<never>((_, reject) => {
    const gone = (): void => reject(signal.reason);
    signal.addEventListener('abort', gone, { once: true });
    if (signal.aborted) gone();
    // Input may end well while the process goes on; what is wrong with it ends all.
    feed(streams, end).catch(reject);
  });
  try {
    return await Promise.race([drain(streams, end), over]);
  } catch (error) {
    if (signal.aborted) await leave(streams);
    throw clientsError(error);
  } finally {
    streams.close();
  }
}

/**
 * A terminal that its person has left interrupts what runs on it and says that no more comes, as one that hangs up does:
 * runtimes leave the process running otherwise.
 */
async function hangUp(clock: Clock, { stdin, end }: ProcessStreams): Promise<void> {
  if (stdin === undefined) return;
  const done = new AbortController();
  const ended = taken(stdin, interruptAndEnd).then(() => end);
  // How it ends concerns nobody any more.
  await Promise.race([ended.catch(() => {}), pause(clock, hangUpWithin, done.signal)]);
  done.abort();
}

async function feedProcess({ stdin, resize }: ProcessStreams, end: StreamEnd): Promise<void> {
  for await (const piece of end.receive()) {
    if (piece.channel === 'word') resize(clientRequest(sizeWord, piece.word));
    else if (stdin !== undefined && !(await taken(stdin, piece.bytes))) return;
  }
  stdin?.end();
}

async function drainProcess({ stdout, stderr, end: ended }: ProcessStreams, end: StreamEnd): Promise<ProcessEnd> {
  await Promise.all([copy(stdout, end, 'out'), stderr && copy(stderr, end, 'err')]);
  return await ended;
}

async function feedForward({ to }: ForwardStreams, end: StreamEnd): Promise<void> {
  for await (const piece of end.receive()) {
    if (piece.channel !== 'word' && !(await taken(to, piece.bytes))) return;
  }
  to.end();
}

async function drainForward({ from, error }: ForwardStreams, end: StreamEnd): Promise<void> {
  await copy(from, end, 'out');
  end.finish();
  const words = await error;
  if (words !== '') throw new StreamError('failed', words);
}

/** False when the other end takes no more: a process may close its stdin and go on. */
async function taken(to: Writer, bytes: Uint8Array): Promise<boolean> {
  try {
    await to.write(bytes);
    return true;
  } catch (error) {
    if (error instanceof RuntimeStreamsError) return false;
    throw error;
  }
}

async function copy(from: AsyncIterable<Uint8Array>, end: StreamEnd, channel: Channel): Promise<void> {
  for await (const bytes of from) await end.write(bytes, channel);
}

function exitOf(end: ProcessEnd): ExitResult {
  if ('exitCode' in end) return end;
  throw new StreamError('failed', end.error);
}

function clientsError(error: unknown): unknown {
  return error instanceof RuntimeStreamsError ? new StreamError('failed', error.message, { cause: error }) : error;
}
