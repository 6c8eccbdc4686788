/** `cp`: files and directories into a container and out of it, as an archive through a tar that runs there. */

import { download } from '../copy/download.ts';
import { placeOf } from '../copy/places.ts';
import { remoteOf } from '../copy/remote.ts';
import { isSystemError } from '../copy/system-error.ts';
import { upload } from '../copy/upload.ts';
import { CliError, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type CpOptions = { readonly container?: string; readonly preserve: boolean; readonly node?: string };

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
