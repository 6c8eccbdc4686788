/** `version`: of the client, and of the master that answers. */

import { version as clientVersion } from '../../common/process/version.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { say } from '../print/emit.ts';
import type { Call } from '../verb.ts';

export type VersionOptions = { readonly client?: boolean };

export async function version(io: Io, { options, globals }: Call<VersionOptions>): Promise<ExitCode> {
  await say(io, `Client Version: ${clientVersion}`);
  if (options.client) return exitCode.ok;
  const { withSession } = await import('../session.ts');
  const server = await withSession(io, globals, ({ api }) => api.version());
  await say(io, `Server Version: ${server.version} (master ${server.name})`);
  await say(io, `NATS Version: ${server.nats}`);
  return exitCode.ok;
}
