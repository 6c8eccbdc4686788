/** Reads static pods from the text of a manifest: every document, or what is wrong with it, with file, line and field. */

import { isRecord } from '../../../common/lib/deep.ts';
import { digest } from '../../../common/lib/hash.ts';
import type { Parsed } from '../../../common/manifest/documents.ts';
import { type Problem, problemLine } from '../../../common/manifest/problem.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { StaticSource } from '../../../common/model/static-pods.ts';
import type { staticPod } from '../../core/sources/static-pod.ts';

export type ManifestPods = {
  readonly pods: readonly Pod[];
  /** The documents of the pods, as they were written. */
  readonly documents: readonly unknown[];
  readonly problems: readonly Problem[];
};

/** More documents in one file are not read. */
const MOST = 500;

/** The parser of YAML, which is loaded with the first manifest: devices without one do not hold it. */
export type ReadDocuments = (content: Uint8Array, name: string) => Promise<Parsed>;
/** The maker of static pods, with all rules of the API, which is loaded with the first one. */
export type MakeStaticPod = (...args: Parameters<typeof staticPod>) => Promise<ReturnType<typeof staticPod>>;
export type ManifestReader = {
  readonly node: string;
  readonly readDocuments: ReadDocuments;
  readonly makeStaticPod: MakeStaticPod;
};

/** `name` is how problems call it; `namespace` is that of pods that do not say it themselves. */
export async function readManifest(
  source: StaticSource,
  { node, readDocuments, makeStaticPod }: ManifestReader,
  name: string,
  content: Uint8Array,
  namespace?: string,
): Promise<ManifestPods> {
  const { objects, problems: broken } = await readDocuments(content, name);
  const problems: Problem[] = [...broken];
  const pods: Pod[] = [];
  const documents: unknown[] = [];
  if (objects.length > MOST) problems.push({ source: name, message: `more than ${MOST} pods; those are not run` });
  for (const { value, problemAt } of objects.slice(0, MOST)) {
    const document = namespace === undefined ? value : placed(value, namespace);
    const made = await makeStaticPod(source, node, document);
    if (made.ok) {
      pods.push(made.object);
      documents.push(document);
    } else {
      for (const { field = '', message } of made.causes) {
        problems.push(problemAt(field, field === '' ? message : `${field}: ${message}`));
      }
    }
  }
  return { pods, documents, problems };
}

function placed(document: Readonly<Record<string, unknown>>, namespace: string): Readonly<Record<string, unknown>> {
  const { metadata } = document;
  return isRecord(metadata) ? { ...document, metadata: { namespace, ...metadata } } : document;
}

/** The problems in one line each; the first few of a file tell enough. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  const lines = problems.slice(0, 10).map((problem) => problemLine(problem).slice(0, 512));
  return problems.length > 10 ? [...lines, `${problems[0]?.source}: … and ${problems.length - 10} more`] : lines;
}

/** Changes with the content. */
export function contentHash(content: Uint8Array): string {
  return digest(Buffer.from(content).toString('base64'));
}
