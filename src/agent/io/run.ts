/** Runs one of the system's programs with an argument list; no shell is involved. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export class RunError extends Error {
  override readonly name = 'RunError';
}

/** Answers with its standard output. Rejects with RunError: the program, and what it said. Limit: one minute. */
export async function run(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    throw new RunError(`${program} ${args[0] ?? ''}: ${wordsOf(error)}`, { cause: error });
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'this program is not installed';
  const said = 'stderr' in error ? String(error.stderr).trim() : '';
  return (said === '' ? error.message : said).slice(0, 2048);
}
