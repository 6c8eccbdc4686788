/**
 * Pods that people on the device gave it over its socket. They are on the disk before anything acts on them, and there again
 * after a reboot, until somebody on the device deletes them.
 */

import type { Asks, Behavior } from '../../../common/actor/types.ts';
import { problemLine } from '../../../common/manifest/problem.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { ApplyAnswer, ApplyRequest, DeleteAnswer, DeleteRequest } from '../../../common/wire/local-protocol.ts';
import { type ShownPod, undeletable } from '../../core/sources/local-view.ts';
import { LocalRefusal } from '../../ports/local-server.ts';
import { type KeptFile, KeptFileError } from '../../ports/manifests.ts';
import { type Local, localKey, openLocalStore } from './local-store.ts';
import { type ManifestReader, readManifest } from './read-manifest.ts';
import { type StaticSourceDeps, staticSet } from './static-source.ts';

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: LocalRefusal };
export type LocalPodsMessage =
  | ({ readonly type: 'apply'; readonly request: ApplyRequest } & Asks<Answer<ApplyAnswer>>)
  | ({ readonly type: 'delete' } & Deletion & Asks<Answer<DeleteAnswer>>)
  | { readonly type: 'changed'; readonly pods: Local; done(): void }
  | { readonly type: 'failed'; readonly error: unknown };

/** `shown`: all pods of the device, so that a refusal says where one comes from. */
type Deletion = { readonly request: DeleteRequest; readonly shown: readonly ShownPod[] };
type Deps = StaticSourceDeps & ManifestReader & { readonly file: KeptFile };
/** What a request makes of the pods. */
type Change<T> = { readonly pods: Local; readonly value: T };

const MOST = 500;

export function localPods(deps: Deps): Behavior<LocalPodsMessage> {
  return async (self) => {
    const set = staticSet('local', deps, self.log);
    const store = await openLocalStore(deps.file, deps);
    let local = store.pods;
    /** Requests are carried out one after the other. */
    let last: Promise<void> = Promise.resolve();
    set.put(podsOf(local), store.problems.length === 0);
    set.problems(store.problems);

    function inTurn<T>(change: () => Promise<Change<T>>, reply: (answer: Answer<T>) => void): void {
      const before = last;
      last = new Promise((resolve) => {
        const finished = (answer: Answer<T>) => (): void => {
          resolve();
          reply(answer);
        };
        self.pipe(
          async (): Promise<LocalPodsMessage> => {
            await before;
            try {
              const { pods, value } = await change();
              await store.save(pods);
              return { type: 'changed', pods, done: finished({ ok: true, value }) };
            } catch (error) {
              return { type: 'changed', pods: local, done: finished({ ok: false, refusal: refusalOf(error) }) };
            }
          },
          (message) => message,
          (error) => ({ type: 'failed', error }),
        );
      });
    }

    return {
      on: {
        apply: ({ request }, { reply }) => inTurn(() => applied(deps, local, request), reply),
        delete: (message, { reply }) => inTurn(() => removed(deps, local, message), reply),
        changed({ pods, done }) {
          local = pods;
          set.put(podsOf(local), store.problems.length === 0);
          done();
        },
        failed({ error }) {
          throw error;
        },
      },
    };
  };
}

async function applied(deps: Deps, local: Local, request: ApplyRequest): Promise<Change<ApplyAnswer>> {
  const pods = new Map(local);
  const given = await read(deps, request);
  if (given.size === 0) throw new LocalRefusal('invalid', 'no pods passed: the files are empty');
  const said = [...given].map(([key, entry]) => {
    const before = pods.get(key)?.pod.metadata.uid;
    pods.set(key, entry);
    const { uid } = entry.pod.metadata;
    const what = before === undefined ? 'created' : before === uid ? 'unchanged' : 'configured';
    return { ...nameOf(entry.pod), what } as const;
  });
  if (pods.size > MOST) throw new LocalRefusal('invalid', `more than the ${MOST} pods that are kept here`);
  return { pods, value: { pods: said } };
}

async function removed(deps: Deps, local: Local, { request, shown }: Deletion): Promise<Change<DeleteAnswer>> {
  const pods = new Map(local);
  const named = request.pods.map(({ namespace, name }) => {
    const keys = [`${namespace}/${name}`, `${namespace}/${name}-${deps.node}`];
    const key = keys.find((one) => local.has(one));
    if (key === undefined) throw new LocalRefusal('not-found', undeletable({ namespace, name }, deps.node, shown));
    return key;
  });
  const given = [...(await read(deps, request)).keys()].filter((key) => local.has(key));
  const ended = [...new Set([...named, ...given])].flatMap((key) => {
    const entry = pods.get(key);
    pods.delete(key);
    return entry === undefined ? [] : [{ ...nameOf(entry.pod), uid: entry.pod.metadata.uid ?? '' }];
  });
  if (ended.length === 0) throw new LocalRefusal('not-found', 'none of these pods was applied on this device');
  return { pods, value: { pods: ended } };
}

/** The pods of all files. All of them, or a refusal with every problem. */
async function read(deps: Deps, { files, namespace }: ApplyRequest): Promise<Local> {
  const pods = new Map<string, { readonly pod: Pod; readonly document: unknown }>();
  const problems: string[] = [];
  for (const { name, text } of files) {
    const given = await readManifest('local', deps, name, Buffer.from(text), namespace);
    problems.push(...given.problems.map(problemLine));
    for (const [at, pod] of given.pods.entries()) {
      const key = localKey(pod);
      if (pods.has(key)) problems.push(`${name}: metadata.name: pod ${key} is defined twice`);
      pods.set(key, { pod, document: given.documents[at] });
    }
  }
  if (problems.length > 0) throw new LocalRefusal('invalid', problems.join('\n'));
  return pods;
}

function refusalOf(error: unknown): LocalRefusal {
  if (error instanceof LocalRefusal) return error;
  if (error instanceof KeptFileError) return new LocalRefusal('failed', error.message);
  throw error;
}

const podsOf = (local: Local) => [...local.values()].map(({ pod }) => pod);
const nameOf = ({ metadata }: Pod) => ({ namespace: metadata.namespace ?? 'default', name: metadata.name });
