/** `create -f`: creates objects that are not there yet. */

import type { KubeObject } from '../../common/model/meta.ts';
import { resolveTarget } from '../config.ts';
import { CliError, type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { readManifests } from '../manifest/check.ts';
import { emit, note, say } from '../print/emit.ts';
import { type Item, parseFormat } from '../print/output.ts';
import { displayName } from '../resources.ts';
import { asCliError, withSession } from '../session.ts';
import type { Call } from '../verb.ts';
import type { ApplyOptions } from './apply.ts';

export type CreateOptions = Omit<ApplyOptions, 'wait' | 'timeout'>;

export async function create(io: Io, { options, globals }: Call<CreateOptions>): Promise<ExitCode> {
  const target = await resolveTarget(io, globals);
  const format = parseFormat(options.output);
  const wanted = await readManifests(io, options, target);
  const created: Item[] = [];
  const suffix = options.dryRun === 'client' ? ' (dry run)' : options.dryRun === 'server' ? ' (server dry run)' : '';
  const one = async ({ kind, name }: (typeof wanted)[number], object: KubeObject): Promise<void> => {
    created.push({ kind, object });
    if (format.format === 'table') await say(io, `${displayName(kind, name)} created${suffix}`);
  };
  const finish = async (code: ExitCode): Promise<ExitCode> => {
    if (format.format === 'text') await emit(io, format.render(created, created.length === 1));
    return code;
  };
  if (options.dryRun === 'client') {
    for (const checked of wanted) await one(checked, checked.object as KubeObject);
    return await finish(exitCode.ok);
  }
  return await withSession(io, globals, async ({ api, target: cluster }) => {
    let code: ExitCode = exitCode.ok;
    for (const checked of wanted) {
      const { namespace } = checked.key;
      try {
        const dryRun = options.dryRun === 'server';
        await one(
          checked,
          await api.create(checked.kind.plural, checked.object, { dryRun, ...(namespace && { namespace }) }),
        );
      } catch (error) {
        const told = asCliError(error, cluster);
        if (!(told instanceof CliError) || told.code === exitCode.unreachable) throw error;
        await note(io, `error: ${told.message}`);
        code = exitCode.failed;
      }
    }
    return await finish(code);
  });
}
