/** `config`: the contexts of the client's configuration file. */

import { stringify } from 'yaml';
import { type Context, configPath, contextNamed, defaultServer, readConfig, writeConfig } from '../config.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { emit, say } from '../print/emit.ts';
import { tableText } from '../print/table.ts';
import type { Call } from '../verb.ts';

type None = Readonly<Record<never, never>>;

export async function getContexts(io: Io, _call: Call<None>): Promise<ExitCode> {
  const { contexts, 'current-context': current } = await readConfig(io);
  const rows = Object.entries(contexts).map(([name, { server = defaultServer, namespace = '', creds = '' }]) => [
    name === current ? '*' : '',
    name,
    server,
    namespace,
    creds,
  ]);
  await io.stdout.write(tableText({ headers: ['CURRENT', 'NAME', 'SERVER', 'NAMESPACE', 'CREDS'], rows }));
  return exitCode.ok;
}

export async function currentContext(io: Io, _call: Call<None>): Promise<ExitCode> {
  const { 'current-context': current } = await readConfig(io);
  if (current === undefined) throw usageError('current-context is not set');
  await say(io, current);
  return exitCode.ok;
}

export async function useContext(io: Io, { args }: Call<None>): Promise<ExitCode> {
  const name = only(args);
  const config = await readConfig(io);
  contextNamed(config, name, configPath(io));
  await writeConfig(io, { ...config, 'current-context': name });
  await say(io, `Switched to context "${name}".`);
  return exitCode.ok;
}

/** Sets what the flags --server, --creds and -n name; the rest of the context stays. */
export async function setContext(io: Io, { args, globals }: Call<None>): Promise<ExitCode> {
  const name = only(args);
  const config = await readConfig(io);
  const before: Context | undefined = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  const { server, creds, namespace } = globals;
  const context = { ...before, ...(server && { server }), ...(creds && { creds }), ...(namespace && { namespace }) };
  await writeConfig(io, { ...config, contexts: { ...config.contexts, [name]: context } });
  await say(io, `Context "${name}" ${before === undefined ? 'created' : 'modified'}.`);
  return exitCode.ok;
}

export async function view(io: Io, _call: Call<None>): Promise<ExitCode> {
  await emit(io, stringify(await readConfig(io)));
  return exitCode.ok;
}

function only(args: readonly string[]): string {
  const [name] = args;
  if (name === undefined || args.length > 1) throw usageError('name one context');
  return name;
}
