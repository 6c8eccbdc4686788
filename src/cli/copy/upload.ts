/** From here into a container: packed here, unpacked by the tar that runs there. */

import { stat } from 'node:fs/promises';
import { basename, posix, resolve } from 'node:path';
import { StreamError } from '../../common/wire/stream.ts';
import type { Io } from '../io.ts';
import { note } from '../print/emit.ts';
import { pack } from './pack.ts';
import { meansContents } from './places.ts';
import { withProgress } from './progress.ts';
import { complain, NoProgram, outcome, type Remote } from './remote.ts';

/** As cp(1) has it: into `wanted` where that is a directory, else under that name. */
export async function upload(io: Io, remote: Remote, path: string, wanted: string, preserve: boolean): Promise<void> {
  await stat(path);
  const name = basename(resolve(path));
  const inside = !meansContents(path) && (await isDirectory(remote, wanted));
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
