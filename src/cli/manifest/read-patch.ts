/** Reads a patch: JSON or YAML, from the command line, a file or standard input. */

import { readDocuments } from '../../common/manifest/documents.ts';
import { usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { readSources } from './files.ts';
import { manifestError } from './problem.ts';

/** The fields of the patch. Throws CliError when there is none, more than one, or what is there cannot be read. */
export async function readPatch(
  io: Io,
  text: string | undefined,
  file: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  if ((text === undefined) === (file === undefined))
    throw usageError('give the patch with -p or --patch-file, not both');
  const sources =
    text === undefined
      ? await readSources(io, [file ?? ''], false)
      : [{ name: '--patch', bytes: new TextEncoder().encode(text) }];
  const parsed = sources.map(({ name, bytes }) => readDocuments(bytes, name));
  const problems = parsed.flatMap((one) => one.problems);
  if (problems.length > 0) throw manifestError(problems);
  const [found, ...more] = parsed.flatMap(({ objects }) => objects);
  if (found === undefined || more.length > 0)
    throw usageError('a patch is one object, such as {"spec":{"replicas":3}}');
  return found.value;
}
