/** `cp`: files and directories into a container and out of it, as an archive through a tar that runs there. */

import { stat } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import { kinds } from '../../common/model/kinds.ts';
import { exitResult } from '../../common/wire/device-streams.ts';
import type { ClientStream } from '../../common/wire/open-stream.ts';
import { StreamError } from '../../common/wire/stream.ts';
import { pack } from '../copy/pack.ts';
import { type Place, placeOf } from '../copy/places.ts';
import { withProgress } from '../copy/progress.ts';
import { unpack } from '../copy/unpack.ts';
import { withDeviceStream } from '../device-stream.ts';
import { CliError, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { containerOf, podOf } from '../pods.ts';
import { note } from '../print/emit.ts';
import { type Session, withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type CpOptions = { readonly container?: string; readonly preserve: boolean; readonly node?: string };
/** Not the directory itself, but what is in it: `dir/.`, as cp(1) has it. */
const contents = /(^|\/)\.$/;

type InPod = Extract<Place, { in: 'pod' }>;

export async function cp(io: Io, { args, options, globals }: Call<CpOptions>): Promise<number> {
  if (args.length !== 2) throw usageError('name what to copy and where to: bramble cp FILE POD:PATH');
  const [from, to] = args.map(placeOf);
  if (from === undefined || to === undefined || from.in === to.in)
    throw usageError('one of both is in a pod, as [NAMESPACE/]POD:PATH, and the other one is here');
  return await withSession(io, globals, async (session) => {
    const inPod = from.in === 'pod' ? from : to;
    if (inPod.in !== 'pod') throw new Error('one place is in a pod');
    const remote = await remoteOf(io, session, inPod, options);
    try {
      if (from.in === 'here') await upload(io, remote, from.path, inPod.path, options.preserve);
      else await download(io, remote, inPod.path, to.path, options.preserve);
    } catch (error) {
      throw isSystemError(error) ? new CliError(exitCode.failed, error.message, { cause: error }) : error;
    }
    return exitCode.ok;
  });
}

/** Runs commands in the container that is meant. */
type Remote = {
  readonly container: string | undefined;
  run<T>(command: readonly string[], work: (stream: ClientStream) => Promise<T>): Promise<T>;
};

async function remoteOf(io: Io, session: Session, place: InPod, options: CpOptions): Promise<Remote> {
  const target = { ...session.target, namespace: place.namespace ?? session.target.namespace };
  const pod = await podOf(io, { ...session, target }, { kind: kinds.Pod, name: place.pod }, options.node);
  const { name } = await containerOf(io, pod, options.container);
  return {
    container: name,
    run: async (command, work) => {
      try {
        return await withDeviceStream(
          io,
          session,
          pod,
          ['exec', { container: name, command: [...command], stdin: true }],
          work,
        );
      } catch (error) {
        throw isMissing(error) ? new NoProgram(command[0] ?? '', name, error) : error;
      }
    },
  };
}

const named = (container: string | undefined): string => (container === undefined ? '' : ` "${container}"`);

/** The image has no such program. */
class NoProgram extends CliError {
  constructor(program: string, container: string | undefined, cause: unknown) {
    const advice = 'bramble cp needs tar in the container; bramble exec -i POD -- PROGRAM < FILE can do without';
    super(exitCode.failed, `the container${named(container)} has no program ${JSON.stringify(program)}: ${advice}`, {
      cause,
    });
  }
}

/** In the words of runc and crun. */
function isMissing(error: unknown): boolean {
  return error instanceof CliError && /executable file not found|no such file or directory/.test(error.message);
}

async function upload(io: Io, remote: Remote, path: string, wanted: string, preserve: boolean): Promise<void> {
  await stat(path);
  const name = basename(resolve(path));
  const inside = !contents.test(path) && (await isDirectory(remote, wanted));
  const target = posix.normalize(inside ? posix.join(wanted, name) : wanted.replace(/(.)\/+$/, '$1'));
  const flags = preserve ? ['-xmf', '-'] : ['-xmof', '-', '--no-same-permissions'];
  const skipped = (file: string) => note(io, `warning: ${file} is left out: neither file, directory nor link`);
  await remote.run(['tar', ...flags, '-C', posix.dirname(target)], async (stream) => {
    const pieces = withProgress(pack(path, posix.basename(target), skipped), name, {
      sink: io.stderr,
      clock: io.clock,
    });
    let failure: unknown;
    const sending = (async () => {
      for await (const piece of pieces) await stream.write(piece);
      stream.finish();
    })().catch((error: unknown) => {
      failure = error;
      // The end of the stream is told by who reads it.
      if (!(error instanceof StreamError)) stream.close();
    });
    const end = await outcome(stream).catch((error: unknown) => Promise.reject(failure ?? error));
    await sending;
    if (failure !== undefined && !(failure instanceof StreamError)) throw failure;
    complain(remote, end);
  });
}

async function isDirectory(remote: Remote, path: string): Promise<boolean> {
  try {
    return await remote.run(['test', '-d', path], async (stream) => {
      stream.finish();
      return (await outcome(stream)).exitCode === 0;
    });
  } catch (error) {
    if (error instanceof NoProgram) return false;
    throw error;
  }
}

async function download(io: Io, remote: Remote, path: string, wanted: string, preserve: boolean): Promise<void> {
  const source = posix.normalize(path).replace(/(.)\/+$/, '$1');
  const name = posix.basename(source);
  const whole = contents.test(path) || name === '' || name === '..';
  const there = await stat(wanted).catch(() => undefined);
  const to = there?.isDirectory() && !whole ? join(wanted, name) : wanted;
  const where = whole ? ['-C', source, '.'] : ['-C', posix.dirname(source), `./${name}`];
  await remote.run(['tar', '-cf', '-', ...where], async (stream) => {
    stream.finish();
    const said: Uint8Array[] = [];
    const skipped = (words: string) => note(io, `warning: ${words}; it is left out`);
    const pieces = withProgress(outOf(stream, said), name || '/', { sink: io.stderr, clock: io.clock });
    let broken: unknown;
    const count = await unpack(pieces, { name: whole ? '' : name, to, preserve, skipped }).catch((error: unknown) => {
      broken = error;
      return 0;
    });
    if (isSystemError(broken)) throw broken;
    const { exitCode: code } = exitResult.parse(await stream.result);
    complain(remote, { exitCode: code, words: Buffer.concat(said).toString() });
    if (broken !== undefined) throw broken;
    return count;
  });
}

async function* outOf(stream: ClientStream, said: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of stream.receive()) {
    if (piece.channel === 'out') yield piece.bytes;
    else if (piece.channel === 'err' && said.length < 100) said.push(piece.bytes);
  }
}

type Outcome = { readonly exitCode: number; readonly words: string };

/** How a command has ended, and what it said. */
async function outcome(stream: ClientStream): Promise<Outcome> {
  const said: Uint8Array[] = [];
  for await (const _bytes of outOf(stream, said));
  return { ...exitResult.parse(await stream.result), words: Buffer.concat(said).toString() };
}

function complain({ container }: Remote, { exitCode: code, words }: Outcome): void {
  if (code === 0) return;
  const told = words.trim() === '' ? `exit code ${code}` : words.trim();
  throw new CliError(exitCode.failed, `tar in the container${named(container)} has failed: ${told}`);
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
