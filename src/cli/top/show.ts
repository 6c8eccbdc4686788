/** Shows what `top` has found: once, or again and again until Ctrl-C. */

import { stringify } from 'yaml';
import { pause } from '../../common/actor/pause.ts';
import type { Millis } from '../../common/actor/types.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { type ExitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { emit, note } from '../print/emit.ts';
import { tableText } from '../print/table.ts';
import { stopped } from '../until.ts';

export type TopOptions = {
  readonly output?: string;
  readonly selector?: string;
  readonly sortBy?: 'cpu' | 'memory';
  readonly headers?: boolean;
  readonly watch?: boolean;
  readonly interval?: Millis;
};

/** One look. `remarks` go to standard error. */
export type Look = {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly objects: readonly KubeObject[];
  readonly remarks: readonly string[];
  /** What is said when there is no row. */
  readonly nothing: string;
  readonly code: ExitCode;
};
type Format = 'table' | 'wide' | 'json' | 'yaml';

/** Throws CliError for what `top` can not print. */
export function formatOf({ output = '' }: TopOptions): Format {
  if (output === '') return 'table';
  if (output === 'wide' || output === 'json' || output === 'yaml') return output;
  throw usageError(`unknown output format ${JSON.stringify(output)}; known are wide, json and yaml`);
}

const clearScreen = '\u001b[H\u001b[J';

export async function show(io: Io, options: TopOptions, look: () => Promise<Look>): Promise<ExitCode> {
  const format = formatOf(options);
  if (options.watch !== true) return await showOnce(io, options, format, await look());
  for (let first = true; ; first = false) {
    const found = await look();
    if (io.stop.aborted) throw stopped(io);
    if (io.stdout.isTTY) await io.stdout.write(clearScreen);
    else if (!first && format !== 'json') await io.stdout.write(format === 'yaml' ? '---\n' : '\n');
    await showOnce(io, options, format, found);
    await pause(io.clock, options.interval ?? 5_000, io.stop);
    if (io.stop.aborted) throw stopped(io);
  }
}

async function showOnce(io: Io, options: TopOptions, format: Format, look: Look): Promise<ExitCode> {
  const { headers, rows, objects, remarks, nothing, code } = look;
  if (format === 'json' || format === 'yaml') {
    const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
    await emit(io, format === 'json' ? `${JSON.stringify(list, undefined, 4)}\n` : stringify(list));
  } else if (rows.length === 0) await note(io, nothing);
  else await io.stdout.write(tableText({ headers, rows, noHeaders: options.headers === false }));
  for (const remark of remarks) await note(io, remark);
  return code;
}
