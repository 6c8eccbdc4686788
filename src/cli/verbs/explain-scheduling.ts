/** `explain-scheduling`: what the scheduler thinks of each node for a pod, now or for a manifest. */

import { kinds } from '../../common/model/kinds.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { type SchedulingExplanation, schedulingExplanation } from '../../common/model/scheduling-explanation.ts';
import { ApiError } from '../../common/wire/api-errors.ts';
import { resolveTarget } from '../config.ts';
import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Checked, readManifests } from '../manifest/check.ts';
import { emit } from '../print/emit.ts';
import { type Format, parseFormat } from '../print/output.ts';
import { schedulingText } from '../print/scheduling.ts';
import { keyOf } from '../resources.ts';
import { type Session, withSession } from '../session.ts';
import type { Call } from '../verb.ts';

export type ExplainSchedulingOptions = {
  readonly filename?: readonly string[];
  /** Whichever but none: the scheduler of the cluster is asked, and nothing is written. */
  readonly dryRun?: 'none' | 'client' | 'server';
  readonly node?: readonly string[];
  readonly headers?: boolean;
  readonly output?: string;
};

export async function explainScheduling(
  io: Io,
  { args, options, globals }: Call<ExplainSchedulingOptions>,
): Promise<ExitCode> {
  const format = parseFormat(options.output);
  const dryRun = (options.dryRun ?? 'none') !== 'none';
  const manifests = dryRun ? await readManifests(io, options, await resolveTarget(io, globals)) : [];
  if (!dryRun && options.filename !== undefined) throw usageError('-f goes with --dry-run');
  const name = podName(args);
  if (dryRun ? name !== undefined : name === undefined) {
    throw usageError('name one pod, or give --dry-run and -f with a pod or workload');
  }
  const wanted = manifests.map(podOf);
  return await withSession(io, globals, async (session) => {
    const asked = { ...(options.node !== undefined && { nodes: options.node }) };
    const key = keyOf(kinds.Pod, session.target.namespace, name ?? '');
    const found = dryRun
      ? await Promise.all(wanted.map(({ at, object }) => session.api.explainScheduling(at, { ...asked, object })))
      : [await session.api.explainScheduling(key, asked)];
    await show(io, found, format, options, session);
    return exitCode.ok;
  });
}

/** `pod/web` and `web` both name it. */
function podName(args: readonly string[]): string | undefined {
  const [first, second] = args;
  if (second !== undefined) throw usageError('one pod at a time');
  return first?.replace(/^(pods?|po)\//, '');
}

/** The pod that a manifest makes. */
function podOf({ kind, key, name, object }: Checked) {
  const at = keyOf(kinds.Pod, key.namespace ?? '', name);
  if (kind.kind === 'Pod') return { at, object };
  const { spec } = object as { spec?: { template?: { metadata?: object; spec?: object } } };
  if (spec?.template === undefined) throw usageError(`${kind.kind} ${name} makes no pods`);
  const metadata = { ...spec.template.metadata, name, namespace: key.namespace };
  return { at, object: { apiVersion: 'v1', kind: 'Pod', metadata, spec: spec.template.spec } };
}

async function show(
  io: Io,
  found: readonly KubeObject[],
  format: Format,
  { headers }: ExplainSchedulingOptions,
  { target }: Session,
): Promise<void> {
  if (format.format === 'text') {
    const items = found.map((object) => ({ kind: kinds.Pod, object }));
    return await emit(io, format.render(items, items.length === 1));
  }
  const texts = found.map((object) => schedulingText(read(object, target.server), format.wide, headers === false));
  await emit(io, texts.join('\n'));
}

function read(object: KubeObject, server: string): SchedulingExplanation {
  const parsed = schedulingExplanation.safeParse(object);
  if (!parsed.success) throw new ApiError('protocol', `the master at ${server} explains in words of another version`);
  return parsed.data;
}
