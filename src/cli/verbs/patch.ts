/** `patch`: changes some fields of objects. */

import { deepEqual } from '../../common/lib/deep.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { jsonMerge, strategicMerge } from '../../common/model/patch.ts';
import type { ExitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { readPatch } from '../manifest/read-patch.ts';
import { emit, say } from '../print/emit.ts';
import { type Item, parseFormat } from '../print/output.ts';
import { displayName, parseWanted } from '../resources.ts';
import { choose, type DryRun, dryRunSuffix, eachOf } from '../select.ts';
import { withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type PatchOptions = {
  readonly patch?: string;
  readonly patchFile?: string;
  readonly type: 'strategic' | 'merge';
  readonly subresource?: 'status' | 'resize';
  readonly dryRun?: DryRun;
  readonly output?: string;
};

export async function patch(io: Io, { args, options, globals }: Call<PatchOptions>): Promise<ExitCode> {
  const wanted = parseWanted(args);
  const format = parseFormat(options.output);
  const changes = await readPatch(io, options.patch, options.patchFile);
  return await withSession(io, globals, async (session) => {
    const patched: Item[] = [];
    const chosen = await choose(session, wanted, {});
    const code = await eachOf(io, session, chosen, async ({ kind, key }) => {
      const before = await session.api.get(key);
      const object =
        options.dryRun === 'client'
          ? mergedHere(before, options.type, changes)
          : await session.api.patch(key, options.type, changes, {
              dryRun: options.dryRun === 'server',
              ...(options.subresource && { subresource: options.subresource }),
            });
      patched.push({ kind, object });
      if (format.format !== 'table') return;
      const same = deepEqual(object, before);
      const suffix = `${dryRunSuffix(options.dryRun)}${same ? ' (no change)' : ''}`;
      await say(io, `${displayName(kind, key.name)} patched${suffix}`);
    });
    if (format.format === 'text' && patched.length > 0) await emit(io, format.render(patched, patched.length === 1));
    return code;
  });
}

/** What the master would make of the patch, without its rules and defaults. */
function mergedHere(
  object: KubeObject,
  type: PatchOptions['type'],
  changes: Readonly<Record<string, unknown>>,
): KubeObject {
  return (type === 'merge' ? jsonMerge(object, changes) : strategicMerge(object, changes)) as KubeObject;
}
