/** Reads a process's settings once, at start: its file, `BRAMBLE_*` and flags generated from the schema. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { z } from 'zod';
import { flagOf, resolveSettings, variableOf } from '../model/settings.ts';

/** The user's mistake: shown without a stack, exit code 2. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** What a process is called with. `program` is shown in the help: `bramble master`. */
export type Invocation<S extends z.ZodObject> = {
  readonly program: string;
  readonly summary: string;
  readonly schema: S;
  readonly defaultFile: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The settings, or undefined when the command line only asked for something to be printed (`--help`,
 * `--print-config`). Rejects with SettingsError for anything that is wrong.
 */
export async function loadSettings<S extends z.ZodObject>(
  call: Invocation<S>,
): Promise<Readonly<z.infer<S>> | undefined> {
  const command = commandFor(call);
  try {
    command.parse([...call.argv], { from: 'user' });
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new SettingsError(error.message.replace(/^error: /, ''));
  }
  const { config, printConfig, ...flags } = command.opts<Record<string, unknown>>();
  const path = typeof config === 'string' ? config : call.defaultFile;
  const content = await readSettingsFile(path, config !== undefined);
  const named = Object.fromEntries(Object.keys(call.schema.shape).map((name) => [name, flags[attribute(name)]]));
  const resolved = resolveSettings(call.schema, {
    ...(content === undefined ? {} : { file: { path, content } }),
    env: call.env,
    flags: named,
  });
  if (!resolved.ok) throw new SettingsError(resolved.problems.join('\n'));
  if (printConfig === true) {
    process.stdout.write(`${JSON.stringify(resolved.settings, null, 2)}\n`);
    return undefined;
  }
  return resolved.settings;
}

function commandFor<S extends z.ZodObject>(call: Invocation<S>): Command {
  const command = new Command(call.program).description(call.summary).exitOverride();
  command.configureOutput({ outputError: () => {} });
  command.option('--config <file>', `settings file (YAML), ${call.defaultFile} if it is there`);
  command.option('--print-config', 'print the settings that would be used, as JSON, and end');
  for (const [name, field] of Object.entries(call.schema.shape)) {
    const text = (field as z.ZodType).description ?? '';
    command.option(`${flagOf(name)} [value]`, `${text} (${variableOf(name)})`);
  }
  return command;
}

/** The name under which commander hands out a flag: `--node-ip` ⇒ `nodeIp`. */
function attribute(name: string): string {
  return flagOf(name)
    .slice(2)
    .replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

async function readSettingsFile(path: string, required: boolean): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !required) return undefined;
    throw new SettingsError(`${path}: the settings file cannot be read: ${code ?? String(error)}`);
  }
  // A device without a file does not hold a YAML parser in memory.
  const { parseSettings } = await import('./settings-text.ts');
  try {
    return parseSettings(text);
  } catch (error) {
    throw new SettingsError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isCommanderError(error: unknown): error is Error & { readonly exitCode: number } {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number';
}
