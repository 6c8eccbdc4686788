/**
 * A URL as a source of static pods, asked every 20 s as the kubelet does. What it answered last is on the disk, so that a
 * device without a network runs it after a reboot too; a URL that does not answer, or answers with nonsense, removes nothing.
 */

import * as z from 'zod';
import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { backoff } from '../../../common/lib/backoff.ts';
import { type KeptFile, KeptFileError, type ManifestUrl, type UrlAnswer } from '../../ports/manifests.ts';
import { contentHash, type ManifestPods, type ManifestReader, problemLines, readManifest } from './read-manifest.ts';
import { type StaticSourceDeps, staticSet } from './static-source.ts';

export type ManifestUrlMessage =
  | { readonly type: 'ask' }
  | { readonly type: 'unchanged' }
  | { readonly type: 'read'; readonly known: Known; readonly found: ManifestPods; readonly unkept: string | undefined }
  | { readonly type: 'unread'; readonly problem: string }
  | { readonly type: 'failed'; readonly error: unknown };
type Known = { readonly hash: string; readonly etag: string | undefined };

type Deps = StaticSourceDeps &
  ManifestReader & { readonly url: ManifestUrl; readonly file: KeptFile; random(): number };

/** The kubelet's httpCheckFrequency; of a fleet not all ask at the same time. */
const PERIOD: Millis = 20_000;
const JITTER = 0.1;
const FIRST: Millis = 1000;
const LONGEST: Millis = 60_000;

const kept = z.object({ url: z.string(), etag: z.string().optional(), content: z.base64() });

export function manifestUrl(deps: Deps): Behavior<ManifestUrlMessage> {
  return async (self) => {
    const { url } = deps.url;
    const set = staticSet('http', deps, self.log);
    let known: Known | undefined;
    /** What is wrong with the content that the URL answered last. */
    let bad: readonly string[] = [];
    let failures = 0;

    const stored = await load(deps);
    if (typeof stored === 'string') self.log.warn({ url }, `what the URL answered last is lost: ${stored}`);
    else if (stored !== undefined) {
      const { pods } = await readManifest('http', deps, url, stored.content);
      // Before the URL has answered, what is not in it any more is not known.
      set.put(pods, false);
      known = { hash: contentHash(stored.content), etag: stored.etag };
    }

    function ask(): void {
      self.pipe(
        async (signal) => await received(await deps.url.get(known?.etag, signal)),
        (message) => message,
        (error) => ({ type: 'failed', error }),
      );
    }

    async function received(answer: UrlAnswer): Promise<ManifestUrlMessage> {
      if ('problem' in answer) return { type: 'unread', problem: answer.problem };
      if ('unchanged' in answer) return { type: 'unchanged' };
      const { content, etag } = answer;
      const hash = contentHash(content);
      const found = await readManifest('http', deps, url, content);
      const usable = found.problems.length === 0 && hash !== known?.hash;
      return {
        type: 'read',
        known: { hash, etag },
        found,
        unkept: usable ? await save(deps, content, etag) : undefined,
      };
    }

    function answered(): void {
      failures = 0;
      self.after(PERIOD * (1 + JITTER * (2 * deps.random() - 1)), { type: 'ask' }, 'ask');
    }

    ask();
    return {
      on: {
        ask,
        unchanged() {
          set.settle();
          set.problems(bad);
          answered();
        },
        read({ known: next, found, unkept }) {
          bad = problemLines(found.problems);
          if (bad.length === 0) {
            // What is not kept is asked for whole again, and kept then.
            if (unkept === undefined) known = next;
            set.put(found.pods, true);
          }
          set.problems(unkept === undefined ? bad : [...bad, unkept]);
          answered();
        },
        unread({ problem }) {
          set.problems([`${url}: ${problem}`, ...bad]);
          // Soon again at first: a network that comes up late after a boot is the most common reason.
          self.after(backoff(failures, FIRST, LONGEST, deps.random()), { type: 'ask' }, 'ask');
          failures += 1;
        },
        failed({ error }) {
          throw error;
        },
      },
    };
  };
}

/** What is wrong with it, as a text, where it is damaged. */
async function load({
  url,
  file,
}: Deps): Promise<{ content: Uint8Array; etag: string | undefined } | string | undefined> {
  const found = await file.load();
  if (found === undefined) return undefined;
  if ('problem' in found) return found.problem;
  const last = kept.parse(JSON.parse(Buffer.from(found.content).toString()));
  // Of another URL nothing is known.
  return last.url === url.url ? { content: Buffer.from(last.content, 'base64'), etag: last.etag } : undefined;
}

/** Why it can not be kept, if it can not. */
async function save({ url, file }: Deps, content: Uint8Array, etag: string | undefined): Promise<string | undefined> {
  const last = { url: url.url, etag, content: Buffer.from(content).toString('base64') };
  try {
    await file.save(Buffer.from(JSON.stringify(last)));
    return undefined;
  } catch (error) {
    if (error instanceof KeptFileError) return `${url.url}: a reboot without a network forgets it: ${error.message}`;
    throw error;
  }
}
