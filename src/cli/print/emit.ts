/** Writes a verb's text output; on a terminal nothing that came from the cluster can steer it. */

import type { Io } from '../io.ts';
import { cleanBlock } from './clean.ts';

/** Writes text that holds no colours. */
export async function emit(io: Io, text: string): Promise<void> {
  await io.stdout.write(io.stdout.isTTY ? cleanBlock(text) : text);
}

/** Writes one line of our own words. */
export async function say(io: Io, line: string): Promise<void> {
  await emit(io, `${line}\n`);
}

/** A remark that is no result goes to stderr, so that a pipe does not get it. */
export async function note(io: Io, line: string): Promise<void> {
  await io.stderr.write(`${cleanBlock(line)}\n`);
}
