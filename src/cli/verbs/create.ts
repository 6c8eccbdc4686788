/** `create -f`: creates objects that are not there yet. */

import type { KubeObject } from '../../common/model/meta.ts';
import { resolveTarget } from '../config.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { readManifests } from '../manifest/check.ts';
import { emit, say } from '../print/emit.ts';
import { type Item, parseFormat } from '../print/output.ts';
import { displayName } from '../resources.ts';
import { dryRunSuffix, eachOf } from '../select.ts';
import { withSession } from '../session.ts';
import type { Call } from '../verb.ts';
import type { ApplyOptions } from './apply.ts';

export type CreateOptions = Omit<ApplyOptions, 'wait' | 'timeout'>;

export async function create(io: Io, { options, globals }: Call<CreateOptions>): Promise<ExitCode> {
  const target = await resolveTarget(io, globals);
  const format = parseFormat(options.output);
  const wanted = await readManifests(io, options, target);
  const created: Item[] = [];
  const suffix = dryRunSuffix(options.dryRun);
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
  return await withSession(io, globals, async (session) => {
    const code = await eachOf(io, session, wanted, async (checked) => {
      const { namespace } = checked.key;
      const how = { dryRun: options.dryRun === 'server', ...(namespace && { namespace }) };
      await one(checked, await session.api.create(checked.kind.plural, checked.object, how));
    });
    return await finish(code);
  });
}
