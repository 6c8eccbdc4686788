/** The address of a cluster on this machine: its master writes it into a file while it runs. */

import { join } from 'node:path';
import { usageError } from './errors.ts';
import { FileTooLarge, type Io } from './io.ts';

const maxBytes = 1024;

/** `server` in `$BRAMBLE_RUN_DIR`, which is `/run/bramble` unless the cluster was started with another `--run-dir`. */
export function localServerPath(io: Io): string {
  return join(io.env['BRAMBLE_RUN_DIR'] || '/run/bramble', 'server');
}

/** The address in that file; undefined when there is none. Throws CliError for a file that holds something else. */
export async function localServer(io: Io): Promise<string | undefined> {
  const path = localServerPath(io);
  let text: string;
  try {
    text = new TextDecoder().decode(await io.files.read(path, maxBytes)).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof FileTooLarge) throw usageError(error.message);
    throw usageError(`${path} cannot be read: ${(error as Error).message}; --server names the cluster instead`);
  }
  if (!/^\w+:\/\/\S+$/.test(text))
    throw usageError(`${path} holds no NATS address; found ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}
