/** Finds and reads what `-f` names: files, directories, standard input. Bounded in number and size. */

import { CliError, exitCode, usageError } from '../errors.ts';
import { FileTooLarge, type Io } from '../io.ts';

/** Bytes of one file, and files of one call, that are read. */
const maxFileBytes = 16 * 1024 * 1024;
const maxFiles = 10_000;
const extension = /\.(ya?ml|json)$/;

export type Source = { readonly name: string; readonly bytes: Uint8Array };

/** Every file that the names stand for; `-` is standard input, a directory its manifests (all below it if `recursive`). */
export async function readSources(io: Io, names: readonly string[], recursive: boolean): Promise<readonly Source[]> {
  if (names.length === 0) throw usageError('must specify -f: a file, a directory or - for standard input');
  const sources: Source[] = [];
  for (const name of names) {
    try {
      if (name === '-') sources.push({ name: '<stdin>', bytes: await io.readStdin(maxFileBytes) });
      else
        for (const path of await expand(io, name, recursive))
          sources.push({ name: path, bytes: await io.files.read(path, maxFileBytes) });
    } catch (error) {
      throw readError(error, name);
    }
  }
  return sources;
}

async function expand(io: Io, path: string, recursive: boolean): Promise<readonly string[]> {
  if (!(await io.files.isDirectory(path))) return [path];
  const found: string[] = [];
  const folders = [path];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of await io.files.list(folder)) {
      const inner = `${folder.replace(/\/+$/, '')}/${entry.name}`;
      if (!entry.directory && extension.test(entry.name)) found.push(inner);
      else if (entry.directory && recursive) folders.push(inner);
    }
    if (found.length + folders.length > maxFiles) throw usageError(`${path}: more than ${maxFiles} files`);
  }
  if (found.length === 0) {
    const hint = recursive ? '' : '; -R looks into the directories below it too';
    throw usageError(`${path}: no .yaml, .yml or .json file in this directory${hint}`);
  }
  return found;
}

function readError(error: unknown, path: string): unknown {
  if (error instanceof FileTooLarge) return new CliError(exitCode.usage, error.message, { cause: error });
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return usageError(`the path ${JSON.stringify(path)} does not exist`);
  if (code === 'EACCES') return usageError(`the path ${JSON.stringify(path)} may not be read by this user`);
  return error;
}
