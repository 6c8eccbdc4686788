/** The client's configuration file: contexts, each a cluster's address with credentials and a default namespace. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { nearest } from '../common/lib/nearest.ts';
import { CliError, exitCode, usageError } from './errors.ts';
import { FileTooLarge, type Io } from './io.ts';
import { localServer, localServerPath } from './local-server.ts';
import type { Globals } from './verb.ts';

const contextSchema = z.strictObject({
  server: z.string().min(1).optional(),
  creds: z.string().min(1).optional(),
  namespace: z.string().min(1).optional(),
});
const configSchema = z.strictObject({
  'current-context': z.string().optional(),
  contexts: z.record(z.string(), contextSchema).default({}),
});
export type Context = z.infer<typeof contextSchema>;
export type Config = z.infer<typeof configSchema>;

/** Where to find the cluster, and why there. */
export type Target = {
  readonly server: string;
  readonly creds?: string;
  readonly namespace: string;
  /** The namespace was asked for with -n, so an object that names another is a mistake. */
  readonly namespaceGiven: boolean;
  /** What the address was taken from, for messages. */
  readonly origin: string;
};

export const defaultServer = 'nats://127.0.0.1:4222';
const maxConfigBytes = 1024 * 1024;

/** `$BRAMBLE_CONFIG`, or `.bramble/config.yaml` in the home directory. */
export function configPath(io: Io): string {
  return io.env['BRAMBLE_CONFIG'] || join(io.env['HOME'] || homedir(), '.bramble', 'config.yaml');
}

/** The configuration; empty when there is no file. Throws CliError for one that cannot be used. */
export async function readConfig(io: Io): Promise<Config> {
  const path = configPath(io);
  let content: unknown;
  try {
    content = parse(new TextDecoder().decode(await io.files.read(path, maxConfigBytes)), { maxAliasCount: 0 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} };
    if (error instanceof FileTooLarge) throw usageError(error.message);
    throw new CliError(exitCode.usage, `${path}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = configSchema.safeParse(content ?? {});
  if (!parsed.success) throw usageError(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export async function writeConfig(io: Io, config: Config): Promise<void> {
  await io.files.write(configPath(io), stringify(config));
}

/** Flags go before `BRAMBLE_*` variables, these before the context, the context before this machine's cluster. */
export async function resolveTarget(io: Io, flags: Globals): Promise<Target> {
  const config = await readConfig(io);
  const name = flags.context ?? (io.env['BRAMBLE_CONTEXT'] || config['current-context']);
  const context = name === undefined ? {} : contextNamed(config, name, configPath(io));
  const creds = flags.creds ?? (io.env['BRAMBLE_CREDS'] || context.creds);
  return {
    ...(await resolveServer(io, flags, context, name)),
    ...(creds === undefined ? {} : { creds }),
    namespace: flags.namespace ?? (io.env['BRAMBLE_NAMESPACE'] || context.namespace || 'default'),
    namespaceGiven: flags.namespace !== undefined,
  };
}

async function resolveServer(
  io: Io,
  flags: Globals,
  context: Context,
  name: string | undefined,
): Promise<Pick<Target, 'server' | 'origin'>> {
  if (flags.server) return { server: flags.server, origin: 'given by --server' };
  const variable = io.env['BRAMBLE_SERVER'];
  if (variable) return { server: variable, origin: 'given by BRAMBLE_SERVER' };
  if (context.server) return { server: context.server, origin: `of context "${name}" in ${configPath(io)}` };
  const local = await localServer(io);
  if (local !== undefined)
    return { server: local, origin: `of the cluster on this machine, by ${localServerPath(io)}` };
  return { server: defaultServer, origin: 'the default' };
}

/** The context of that name. Throws CliError with the nearest known one. */
export function contextNamed(config: Config, name: string, path: string): Context {
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context !== undefined) return context;
  const near = nearest(name, Object.keys(config.contexts));
  throw usageError(`no context "${name}" in ${path}${near === undefined ? '' : `; did you mean "${near}"?`}`);
}
