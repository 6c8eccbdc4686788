/** Turns what arguments and selectors name into objects, for the verbs that change or await several. */

import type { Kind } from '../common/model/kind.ts';
import type { StoreKey } from '../common/store/store.ts';
import { CliError, type ExitCode, exitCode, usageError } from './errors.ts';
import type { Io } from './io.ts';
import { note } from './print/emit.ts';
import { keyOf, type Wanted } from './resources.ts';
import { asCliError, type Session } from './session.ts';

export type Chosen = { readonly kind: Kind; readonly key: StoreKey };
export type Choice = {
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
};

/** The named objects, or those of a selector or `--all`. Throws CliError when neither or both are given. */
export async function choose(
  { api, target }: Session,
  wanted: readonly Wanted[],
  choice: Choice,
): Promise<readonly Chosen[]> {
  const selecting = choice.all === true || choice.selector !== undefined || choice.fieldSelector !== undefined;
  const chosen: Chosen[] = [];
  for (const { kind, names } of wanted) {
    if (names.length > 0 && selecting) throw usageError('names go neither with --all nor with a selector');
    if (names.length === 0 && !selecting) throw usageError('name the objects, or give a selector (-l) or --all');
    chosen.push(...names.map((name) => ({ kind, key: keyOf(kind, target.namespace, name) })));
    if (names.length > 0) continue;
    const namespace = choice.allNamespaces || !kind.namespaced ? undefined : target.namespace;
    const { selector: labelSelector, fieldSelector } = choice;
    const { items } = await api.list(kind.plural, { namespace, labelSelector, fieldSelector });
    chosen.push(...items.map(({ metadata }) => ({ kind, key: keyOf(kind, metadata.namespace ?? '', metadata.name) })));
  }
  return chosen;
}

/**
 * Does the work on each; one refusal is told and does not keep the others back, as with kubectl, but a lost master
 * ends it. Answers with the code of the first refusal. `forgive`: codes that count as done.
 */
export async function eachOf<T>(
  io: Io,
  { target }: Session,
  items: readonly T[],
  work: (item: T) => Promise<void>,
  forgive: readonly ExitCode[] = [],
): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      const told = asCliError(error, target);
      if (!(told instanceof CliError) || told.code === exitCode.unreachable) throw error;
      if (forgive.includes(told.code)) continue;
      await note(io, `error: ${told.message}`);
      if (code === exitCode.ok) code = told.code;
    }
  }
  return code;
}

export type DryRun = 'none' | 'client' | 'server';

/** What is said behind a name when nothing was changed. */
export function dryRunSuffix(dryRun: DryRun | undefined): string {
  if (dryRun === 'client') return ' (dry run)';
  return dryRun === 'server' ? ' (server dry run)' : '';
}
