/** The manifests directory as a source of static pods: read at start, when something changes, and every 20 s as the kubelet does. */

import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { type ManifestMemory, type ReadManifest, settleManifests } from '../../core/sources/manifest-files.ts';
import type { ManifestDir, ManifestFile } from '../../ports/manifests.ts';
import { contentHash, type ManifestReader, problemLines, readManifest } from './read-manifest.ts';
import { type StaticSourceDeps, staticSet } from './static-source.ts';

export type ManifestsMessage =
  | { readonly type: 'changed' }
  | { readonly type: 'look' }
  | { readonly type: 'listed'; readonly files: readonly ReadManifest[] }
  | { readonly type: 'unlisted'; readonly problem: string }
  | { readonly type: 'failed'; readonly error: unknown };

/** The kubelet's fileCheckFrequency. */
const PERIOD: Millis = 20_000;
/** What is written in several steps is read when it has been quiet for so long … */
const QUIET: Millis = 10;
/** … or never is. */
const LONGEST: Millis = 200;

type Deps = StaticSourceDeps & ManifestReader & { readonly dir: ManifestDir };

export function manifests(deps: Deps): Behavior<ManifestsMessage> {
  return (self) => {
    const set = staticSet('file', deps, self.log);
    let memory: ManifestMemory = new Map();
    /** What was read of the files, so that only those that changed are parsed. */
    let read: ReadonlyMap<string, ReadManifest> = new Map();
    let looking = false;
    let again = false;
    let changedSince: Millis | undefined;

    async function readFiles(files: readonly ManifestFile[]): Promise<readonly ReadManifest[]> {
      const result: ReadManifest[] = [];
      for (const file of files) result.push(await readFile(file));
      return result;
    }

    async function readFile(file: ManifestFile): Promise<ReadManifest> {
      const { name } = file;
      const path = `${deps.dir.path}/${name}`;
      if ('problem' in file) return { name, hash: file.problem, pods: [], problems: [`${path}: ${file.problem}`] };
      const hash = contentHash(file.content);
      const known = read.get(name);
      if (known?.hash === hash) return known;
      const { pods, problems } = await readManifest('file', deps, path, file.content);
      return { name, hash, pods, problems: problemLines(problems) };
    }

    function look(): void {
      self.cancel('look');
      changedSince = undefined;
      again = looking;
      if (looking) return;
      looking = true;
      self.pipe(
        async (): Promise<ManifestsMessage> => {
          const listing = await deps.dir.list();
          if ('problem' in listing) return { type: 'unlisted', problem: listing.problem };
          return { type: 'listed', files: await readFiles(listing.files) };
        },
        (message) => message,
        (error) => ({ type: 'failed', error }),
      );
    }

    function looked(): void {
      looking = false;
      if (again) look();
    }

    const unwatch = deps.dir.watch(() => void self.ref.tell({ type: 'changed' }));
    self.every(PERIOD, { type: 'look' }, 'period');
    look();
    return {
      on: {
        look,
        changed() {
          const now = self.clock.now();
          changedSince ??= now;
          self.after(Math.min(QUIET, Math.max(0, changedSince + LONGEST - now)), { type: 'look' }, 'look');
        },
        listed({ files }) {
          const now = self.clock.now();
          read = new Map(files.map((file) => [file.name, file]));
          const settled = settleManifests(memory, files, now);
          memory = settled.memory;
          // What a bad file meant before this agent began is not known: until it is mended, nothing unknown is removed.
          set.put(settled.pods, settled.again === undefined && files.every(({ problems }) => problems.length === 0));
          set.problems(settled.problems);
          if (settled.again !== undefined) self.after(Math.max(1, settled.again - now), { type: 'look' }, 'again');
          looked();
        },
        unlisted({ problem }) {
          set.problems([problem]);
          looked();
        },
        failed({ error }) {
          throw error;
        },
      },
      stopped: unwatch,
    };
  };
}
