/**
 * The pods of the device: what the master wants of it, each with a worker. At start it adopts what the runtime has.
 * What nobody wants is removed, but only once it is certain what is wanted: see `settled`.
 */

import type { Behavior, Ref } from '../../common/actor/types.ts';
import type { ConfigMap } from '../../common/model/config-map.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { Secret } from '../../common/model/secret.ts';
import { envInputs, type Input, type InputObjects, versionOf, volumeInputs } from '../core/inputs.ts';
import { podNameOf } from '../core/pod-labels.ts';
import { byPod, nothingListed, type PodListing, podsOf } from '../core/pod-listing.ts';
import type { PodName } from '../core/runtime-model.ts';
import type { WantedPod } from '../core/wanted-pod.ts';
import { PodFilesError } from '../ports.ts';
import { images } from './images.ts';
import { podWorker } from './pod-worker.ts';
import type { PodWorkerDeps, PodWorkerMessage, PodWorkerReport } from './pod-worker-messages.ts';
import { type Listing, type RelistPeriods, relist } from './relist.ts';

type WantedObject = { readonly key: string; readonly digest: string; readonly object: KubeObject };
export type PodsMessage =
  | PodWorkerReport
  /** A difference to what was wanted before. `settled`: what nobody wants after it can go. */
  | {
      readonly type: 'desired';
      readonly set: readonly WantedObject[];
      readonly removed: readonly string[];
      readonly settled: boolean;
    }
  | { readonly type: 'listing'; readonly listing: Listing }
  /** Pods that have directories on the device. */
  | { readonly type: 'directories'; readonly names: readonly PodName[] }
  | { readonly type: 'no-directories'; readonly error: unknown };

type Worker = { readonly name: PodName; readonly ref: Ref<PodWorkerMessage>; seen: boolean; told: string | undefined };
export type PodsDeps = Omit<PodWorkerDeps, 'images' | 'owner'> & { readonly relistPeriods: RelistPeriods };

export function pods(deps: PodsDeps): Behavior<PodsMessage> {
  return (self) => {
    const wanted = new Map<string, WantedObject>();
    /** The pod that is wanted, by uid. */
    const byUid = new Map<string, WantedObject>();
    const workers = new Map<string, Worker>();
    /** Pods of which nothing is left, until a listing that began later says so too and nobody wants them. */
    const finished = new Map<string, number>();
    let listing: Listing | undefined;
    let listed: ReadonlyMap<string, PodListing> = new Map();
    let settled = false;

    const pull = self.spawn('images', images(deps.cri));
    const lister = self.spawn('relist', relist(deps.cri, self.ref, deps.relistPeriods));
    const workerDeps: PodWorkerDeps = { ...deps, images: pull, owner: self.ref };

    function take(name: PodName): void {
      if (workers.has(name.uid) || finished.has(name.uid)) return;
      const ref = self.spawn(name.uid, podWorker(name, workerDeps), { restart: 'always' });
      workers.set(name.uid, { name, ref, seen: false, told: undefined });
      lister.tell({ type: 'pods', count: workers.size });
    }

    /** Tells a worker what is wanted, if that is not what it knows. */
    function want(worker: Worker): void {
      const entry = byUid.get(worker.name.uid);
      if (entry === undefined && !settled) return;
      const pod = entry === undefined ? undefined : podIn(entry.object);
      const inputs = pod === undefined ? [] : [...volumeInputs(pod), ...envInputs(pod)];
      const version = versionOf(inputs, (input) => inputOf(worker.name.namespace, input)?.digest);
      const telling = entry === undefined ? 'nothing' : `${entry.digest} ${version}`;
      if (worker.told === telling) return;
      worker.told = telling;
      const objects = objectsOf(worker.name.namespace, inputs);
      worker.ref.tell({ type: 'want', wanted: pod && wantedPod(pod, version), objects });
    }

    function wantedPod(pod: Pod, inputs: string): WantedPod {
      const namespace = podNameOf(pod).namespace;
      return { pod, inputs, volumes: versionOf(volumeInputs(pod), (input) => inputOf(namespace, input)?.digest) };
    }

    const inputOf = (namespace: string, { kind, name }: Input) => wanted.get(objectKey(kind, namespace, name));

    function objectsOf(namespace: string, inputs: readonly Input[]): InputObjects {
      const configMaps = new Map<string, ConfigMap>();
      const secrets = new Map<string, Secret>();
      for (const input of inputs) {
        const object = inputOf(namespace, input)?.object;
        if (object === undefined) continue;
        if (input.kind === 'ConfigMap') configMaps.set(input.name, object as ConfigMap);
        else secrets.set(input.name, object as Secret);
      }
      return { configMaps, secrets };
    }

    function adopt(): void {
      for (const entry of byUid.values()) take(podNameOf(podIn(entry.object)));
      if (settled) for (const name of podsOf(listing ?? nothingListed)) take(name);
      for (const worker of workers.values()) want(worker);
    }

    /** Once: afterwards the worker of each pod removes what the pod had. */
    function findDirectories(): void {
      self.pipe(
        () => deps.files.list(),
        (names) => ({ type: 'directories', names }),
        (error) => ({ type: 'no-directories', error }),
      );
    }

    const keys = new Map<string, string>();
    function forget(key: string): void {
      const local = keys.get(key);
      const entry = local === undefined ? undefined : wanted.get(local);
      if (local === undefined || entry === undefined) return;
      keys.delete(key);
      wanted.delete(local);
      if (entry.object.kind === 'Pod') byUid.delete(podNameOf(podIn(entry.object)).uid);
    }

    return {
      on: {
        desired(message) {
          for (const key of message.removed) forget(key);
          for (const entry of message.set) {
            forget(entry.key);
            const { kind, metadata } = entry.object;
            const local = objectKey(kind, metadata.namespace ?? 'default', metadata.name);
            keys.set(entry.key, local);
            wanted.set(local, entry);
            if (kind === 'Pod') byUid.set(podNameOf(podIn(entry.object)).uid, entry);
          }
          if (message.settled && !settled) findDirectories();
          settled ||= message.settled;
          adopt();
        },
        listing(message) {
          listing = message.listing;
          listed = byPod(listing);
          // The end of a pod lies in the future when the clock was put back since.
          const over = (at: number) => message.listing.at > at || at > self.clock.now();
          for (const [uid, at] of finished) if (over(at) && !byUid.has(uid)) finished.delete(uid);
          if (settled) for (const name of podsOf(listing)) take(name);
          for (const worker of workers.values()) {
            want(worker);
            const part = listed.get(worker.name.uid) ?? nothingListed;
            worker.ref.tell({ type: 'listing', at: listing.at, sole: false, ...part });
          }
        },
        directories({ names }) {
          for (const name of names) take(name);
        },
        'no-directories'({ error }) {
          if (!(error instanceof PodFilesError)) throw error;
          self.log.warn({ error }, 'directories of pods that are gone are not removed');
        },
        'worker-started'({ uid }) {
          const worker = workers.get(uid);
          if (worker === undefined) return;
          worker.told = undefined;
          want(worker);
          // Of a pod that never had a worker here, the last listing is still true: nobody else makes anything for it.
          if (!worker.seen && listing !== undefined) {
            worker.ref.tell({ type: 'listing', at: listing.at, sole: true, ...(listed.get(uid) ?? nothingListed) });
          }
          worker.seen = true;
        },
        'worker-unsure'() {
          lister.tell({ type: 'doubted' });
        },
        async 'worker-finished'({ uid }) {
          const worker = workers.get(uid);
          if (worker === undefined) return;
          workers.delete(uid);
          finished.set(uid, self.clock.now());
          lister.tell({ type: 'pods', count: workers.size });
          await self.stop(worker.ref);
        },
      },
    };
  };
}

const objectKey = (kind: string, namespace: string, name: string) => `${kind}/${namespace}/${name}`;

/** The master sends what its own schema has checked; the kind says which one. */
const podIn = (object: KubeObject) => object as Pod;
