/**
 * Which static pods the files of the manifests directory mean, over time. A file that is half-written, or was just emptied,
 * is doubted for a moment; what it said before stays in force. A file that stays bad keeps its earlier pods too, beside those
 * documents of it that can be used, and its problems are told.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Pod } from '../../../common/model/pod.ts';

/** A file as it is now: what could be read of it, and what is wrong. `hash` changes with its content. */
export type ReadManifest = {
  readonly name: string;
  readonly hash: string;
  readonly pods: readonly Pod[];
  readonly problems: readonly string[];
};
type FileMemory = {
  readonly hash: string;
  readonly pods: readonly Pod[];
  readonly problems: readonly string[];
  /** Until when this content is doubted. */
  readonly doubt?: { readonly until: Millis };
};
export type ManifestMemory = ReadonlyMap<string, FileMemory>;
export type Settled = {
  readonly memory: ManifestMemory;
  readonly pods: readonly Pod[];
  readonly problems: readonly string[];
  /** When to look again at files that are doubted. */
  readonly again?: Millis;
};

/** How long a bad file is taken for half-written. */
const PATIENCE: Millis = 1000;
/** How long a missing file is taken for one that is being replaced. */
const GAP: Millis = 50;
const MISSING = 'missing';
/** More pods than a device could run are a mistake. */
const MOST = 500;

/** What all files mean at `now`. Files are in the order of their names; of pods of one name the first is taken. */
export function settleManifests(before: ManifestMemory, files: readonly ReadManifest[], now: Millis): Settled {
  const there = new Set(files.map(({ name }) => name));
  const missing = [...before.keys()].flatMap((name) => (there.has(name) ? [] : missingFile(name)));
  const memory = new Map<string, FileMemory>();
  for (const file of [...files, ...missing]) {
    const settled = settleFile(before.get(file.name), file, now);
    if (settled.hash !== MISSING || settled.doubt !== undefined) memory.set(file.name, settled);
  }
  const doubts = [...memory.values()].flatMap(({ doubt }) => doubt?.until ?? []);
  return { memory, ...merge(memory), ...(doubts.length === 0 ? {} : { again: Math.min(...doubts) }) };
}

const missingFile = (name: string): ReadManifest => ({ name, hash: MISSING, pods: [], problems: [] });

function settleFile(before: FileMemory | undefined, file: ReadManifest, now: Millis): FileMemory {
  const { hash, pods, problems } = file;
  const known = before?.pods ?? [];
  const bad = problems.length > 0;
  const emptied = pods.length === 0 && known.length > 0;
  if (!bad && !emptied) return { hash, pods, problems };
  const same = before?.hash === hash ? before : undefined;
  // This content was doubted for long enough already.
  if (same !== undefined && same.doubt === undefined) return same;
  const doubt = same?.doubt ?? { until: now + (hash === MISSING ? GAP : PATIENCE) };
  if (now < doubt.until) return { hash, pods: known, problems: before?.problems ?? [], doubt };
  if (!bad) return { hash, pods, problems };
  const names = new Set(pods.map(nameOf));
  return { hash, pods: [...pods, ...known.filter((pod) => !names.has(nameOf(pod)))], problems };
}

function merge(files: ReadonlyMap<string, FileMemory>): { pods: readonly Pod[]; problems: readonly string[] } {
  const owners = new Map<string, string>();
  const pods: Pod[] = [];
  const problems: string[] = [];
  for (const [file, memory] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    problems.push(...memory.problems);
    for (const pod of memory.pods) {
      const owner = owners.get(nameOf(pod));
      if (pods.length >= MOST) problems.push(`${file}: more than ${MOST} pods; ${nameOf(pod)} is not run`);
      else if (owner === undefined) {
        owners.set(nameOf(pod), file);
        pods.push(pod);
      } else {
        const first = owner === file ? 'its first document' : `the one in ${owner}`;
        problems.push(`${file}: metadata.name: pod ${nameOf(pod)} is defined twice; ${first} is run`);
      }
    }
  }
  return { pods, problems };
}

const nameOf = ({ metadata }: Pod) => `${metadata.namespace}/${metadata.name}`;
