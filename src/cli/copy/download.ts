/** From a container to here: packed by the tar that runs there, unpacked here. */

import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { exitResult } from '../../common/wire/device-streams.ts';
import type { Io } from '../io.ts';
import { note } from '../print/emit.ts';
import { meansContents } from './places.ts';
import { withProgress } from './progress.ts';
import { complain, outOf, type Remote } from './remote.ts';
import { isSystemError } from './system-error.ts';
import { unpack } from './unpack.ts';

/** As cp(1) has it: into `wanted` where that is a directory, else under that name. */
export async function download(io: Io, remote: Remote, path: string, wanted: string, preserve: boolean): Promise<void> {
  const source = posix.normalize(path).replace(/(.)\/+$/, '$1');
  const name = posix.basename(source);
  const whole = meansContents(path) || name === '' || name === '..';
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
