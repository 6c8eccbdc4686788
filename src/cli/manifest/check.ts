/** Checks every object of the given files before anything is sent. */

import { isRecord } from '../../common/lib/deep.ts';
import { type ManifestObject, readDocuments } from '../../common/manifest/documents.ts';
import type { Problem } from '../../common/manifest/problem.ts';
import { identify } from '../../common/model/identify.ts';
import type { Kind } from '../../common/model/kind.ts';
import { parseStrict } from '../../common/model/parse.ts';
import type { StoreKey } from '../../common/store/store.ts';
import type { Target } from '../config.ts';
import { usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { displayName, keyOf } from '../resources.ts';
import { readSources } from './files.ts';
import { manifestError } from './problem.ts';

/** An object that the schemas accept: as it was written, its namespace filled in. */
export type Checked = {
  readonly kind: Kind;
  readonly key: StoreKey;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>> & { readonly metadata: Readonly<Record<string, unknown>> };
};
export type ManifestFlags = { readonly filename?: readonly string[]; readonly recursive?: boolean };

/** All objects of `-f`, in order. Throws one CliError that lists every problem of every file. */
export async function readManifests(
  io: Io,
  flags: ManifestFlags,
  target: Pick<Target, 'namespace' | 'namespaceGiven'>,
): Promise<readonly Checked[]> {
  const sources = await readSources(io, flags.filename ?? [], flags.recursive ?? false);
  const parsed = sources.map((source) => readDocuments(source.bytes, source.name));
  const problems: Problem[] = parsed.flatMap((file) => file.problems);
  const seen = new Map<string, ManifestObject>();
  const checked: Checked[] = [];
  for (const document of parsed.flatMap((file) => file.objects)) {
    const result = check(document, target);
    problems.push(...result.problems);
    if (result.object === undefined) continue;
    const { kind, key, name } = result.object;
    const id = JSON.stringify(key);
    const before = seen.get(id)?.problemAt('metadata.name', '');
    if (before === undefined) seen.set(id, document);
    else
      problems.push(
        document.problemAt(
          'metadata.name',
          `${displayName(kind, name)} is defined twice; first at ${before.source}:${before.line}`,
        ),
      );
    checked.push(result.object);
  }
  if (problems.length > 0) throw manifestError(problems);
  if (checked.length === 0) throw usageError('no objects passed: the files are empty');
  return checked;
}

type Result = { readonly object?: Checked; readonly problems: readonly Problem[] };

function check(document: ManifestObject, target: Pick<Target, 'namespace' | 'namespaceGiven'>): Result {
  const identified = identify(document.value);
  if (!identified.ok) return refused(document, identified.causes);
  const { kind } = identified;
  const { status: _status, ...written } = document.value;
  const metadata = isRecord(written['metadata']) ? written['metadata'] : undefined;
  const own = metadata?.['namespace'];
  if (kind.namespaced && target.namespaceGiven && typeof own === 'string' && own !== target.namespace) {
    const message = `the namespace of the object, ${JSON.stringify(own)}, is not the one given by -n, "${target.namespace}"`;
    return { problems: [document.problemAt('metadata.namespace', message)] };
  }
  const namespace = typeof own === 'string' ? own : target.namespace;
  const placed = metadata && kind.namespaced && own === undefined ? { ...metadata, namespace } : metadata;
  const object = placed === undefined ? written : { ...written, metadata: placed };
  const parsed = parseStrict(kind, object);
  if (!parsed.ok) return refused(document, parsed.causes);
  const { name } = parsed.object.metadata;
  return {
    problems: [],
    object: { kind, name, key: keyOf(kind, namespace, name), object: { ...object, metadata: placed ?? {} } },
  };
}

function refused(
  document: ManifestObject,
  causes: readonly { readonly field?: string | undefined; readonly message: string }[],
): Result {
  return {
    problems: causes.map(({ field = '', message }) =>
      document.problemAt(field, field === '' ? message : `${field}: ${message}`),
    ),
  };
}
