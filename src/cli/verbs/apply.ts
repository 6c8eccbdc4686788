/** `apply`: makes the cluster's objects what the files say, and leaves alone what others set in them. */

import { isRecord } from '../../common/lib/deep.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { threeWayMerge } from '../../common/model/three-way-merge.ts';
import { StatusError } from '../../common/wire/api-errors.ts';
import { resolveTarget } from '../config.ts';
import { CliError, type ExitCode, exitCode } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Checked, type ManifestFlags, readManifests } from '../manifest/check.ts';
import { emit, say } from '../print/emit.ts';
import { type Item, parseFormat } from '../print/output.ts';
import { displayName } from '../resources.ts';
import { type DryRun, dryRunSuffix, eachOf } from '../select.ts';
import { type Session, withSession } from '../session.ts';
import type { Call } from '../verb.ts';
import { awaitSettled } from './settle.ts';

export type ApplyOptions = ManifestFlags & {
  readonly dryRun?: DryRun;
  readonly output?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
};
type Outcome = { readonly object: KubeObject; readonly word: 'created' | 'configured' | 'unchanged' };

/** Where kubectl notes what was applied last; the same here, so exported manifests go on working. */
export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const attempts = 5;

export async function apply(io: Io, { options, globals }: Call<ApplyOptions>): Promise<ExitCode> {
  const target = await resolveTarget(io, globals);
  const format = parseFormat(options.output);
  const wanted = await readManifests(io, options, target);
  const suffix = dryRunSuffix(options.dryRun);
  const done: Item[] = [];
  const report = async ({ kind, name }: Checked, { object, word }: Outcome): Promise<void> => {
    done.push({ kind, object });
    if (format.format === 'table') await say(io, `${displayName(kind, name)} ${word}${suffix}`);
  };
  const finish = async (code: ExitCode): Promise<ExitCode> => {
    if (format.format === 'text') await emit(io, format.render(done, done.length === 1));
    return code;
  };
  if (options.dryRun === 'client') {
    for (const one of wanted) await report(one, { object: one.object as KubeObject, word: 'created' });
    return await finish(exitCode.ok);
  }
  return await withSession(io, globals, async (session) => {
    const dryRun = options.dryRun === 'server';
    const code = await eachOf(io, session, wanted, async (one) => report(one, await applyOne(session, one, dryRun)));
    if (code === exitCode.ok && options.wait && !dryRun) await awaitSettled(io, session, wanted, options.timeout);
    return await finish(code);
  });
}

async function applyOne({ api }: Session, { kind, key, object }: Checked, dryRun: boolean): Promise<Outcome> {
  const desired = annotated(object);
  for (let attempt = 1; ; attempt++) {
    try {
      const live = await orUndefined(404, api.get(key));
      if (live === undefined) {
        const created = await api.create(kind.plural, desired, {
          dryRun,
          ...(key.namespace && { namespace: key.namespace }),
        });
        return { object: created, word: 'created' };
      }
      const patch = threeWayMerge(previous(live), desired, live);
      if (Object.keys(patch).length === 0) return { object: live, word: 'unchanged' };
      const changed = await api.patch(key, 'strategic', patch, { dryRun });
      const same = changed.metadata.resourceVersion === live.metadata.resourceVersion;
      return { object: changed, word: same && !dryRun ? 'unchanged' : 'configured' };
    } catch (error) {
      // Somebody else was faster: look again. A version that the file itself asks for stays refused.
      const theirs = object.metadata['resourceVersion'] === undefined;
      if (!(error instanceof StatusError && error.status.code === 409 && theirs) || attempt === attempts) throw error;
    }
  }
}

/** The value, or undefined when the API refuses with this code. */
async function orUndefined<T>(code: number, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof StatusError && error.status.code === code) return undefined;
    throw error;
  }
}

/** The object with itself noted as the last applied. */
function annotated(object: Checked['object']): Record<string, unknown> {
  const { annotations, ...metadata } = object.metadata;
  const { [lastApplied]: _old, ...others } = isRecord(annotations) ? annotations : {};
  const plain = { ...object, metadata: { annotations: others, ...metadata } };
  const noted = { ...others, [lastApplied]: `${JSON.stringify(plain)}\n` };
  return { ...object, metadata: { ...metadata, annotations: noted } };
}

/** What was applied last; undefined when nobody applied the object, or the note is not readable any more. */
function previous(live: KubeObject): Record<string, unknown> | undefined {
  const noted = live.metadata.annotations?.[lastApplied];
  if (noted === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(noted);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    throw new CliError(
      exitCode.failed,
      `the annotation ${lastApplied} of ${live.metadata.name} is no JSON; remove it to go on`,
      { cause: error },
    );
  }
}
