/**
 * The pods of the device: what its sources want of it, each with a worker. At start it adopts what the runtime has. What a
 * source does not want (any more) is removed, but only once that source has said all that it wants: see `settled`.
 */

import type { Asks, Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import type { Node } from '../../../common/model/node.ts';
import { createAdmissions } from '../../core/admission/admissions.ts';
import type { PressureType } from '../../core/eviction/seen.ts';
import { type NodeFacts, nodeIps } from '../../core/node/node-facts.ts';
import { hasEnded } from '../../core/pod/outcome.ts';
import { byPod, nothingListed, type PodListing, podsOf } from '../../core/pod/pod-listing.ts';
import type { PodName } from '../../core/runtime-model.ts';
import { createDepartures } from '../../core/sources/departures.ts';
import { type PodSource, sourceOf } from '../../core/sources/pod-source.ts';
import { CgroupsError } from '../../ports/cgroups.ts';
import { PodFilesError } from '../../ports/pod-files.ts';
import type { Registries } from '../../ports/registries.ts';
import { images } from '../images/images.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import { podWorker } from '../pod/pod-worker.ts';
import type { PodWorkerDeps, PodWorkerMessage, PodWorkerReport } from '../pod/pod-worker-messages.ts';
import { type Listing, type RelistPeriods, relist } from '../relist.ts';
import { type ClaimsVoiceDeps, claimsVoice } from './claims-voice.ts';
import type { EvictPod } from './pending-evictions.ts';
import type { HaltMessage } from './pod-halts.ts';
import { createPodOrders } from './pod-orders.ts';
import { type Claim, createWantedSet, type WantedObject } from './wanted-set.ts';

export type PodsMessage =
  | PodWorkerReport
  | HaltMessage
  /** A difference to what the source wanted before. `settled`: what it does not want after it can go. */
  | {
      readonly type: 'desired';
      readonly source: PodSource;
      readonly set: readonly WantedObject[];
      readonly removed: readonly string[];
      readonly settled: boolean;
    }
  | { readonly type: 'listing'; readonly listing: Listing }
  /** The node as it is now. */
  | { readonly type: 'node'; readonly object: Node }
  /** What runs short on the node; pods that have not begun may have to stay away. */
  | { readonly type: 'pressure'; readonly pressure: readonly PressureType[] }
  /** Pods that had no room are looked at again. */
  | { readonly type: 'room' }
  /** Pods that have directories or control groups on the device. */
  | { readonly type: 'directories'; readonly names: readonly PodName[] }
  | { readonly type: 'no-directories'; readonly error: unknown }
  | EvictPod
  /** Answered when the runtime's pods are known anew to all who are told of them, or when it does not tell. */
  | ({ readonly type: 'relist' } & Asks<undefined>)
  | ({ readonly type: 'inventory' } & Asks<Inventory>);

/**
 * `ending`: nobody wants them any more. `evicting`: those that the node ends and that still hold something, by uid; undefined
 * until it is known what an agent before has begun. `over`: uids of those that are known to have ended for good. `settled`: every source has said all that it wants.
 */
export type Inventory = {
  readonly claims: readonly Claim[];
  readonly ending: readonly PodName[];
  readonly evicting: readonly string[] | undefined;
  readonly over: readonly string[];
  readonly settled: boolean;
};

type Worker = {
  readonly name: PodName;
  readonly ref: Ref<PodWorkerMessage>;
  seen: boolean;
  listed: boolean;
  told: string | undefined;
};
export type PodsDeps = Omit<PodWorkerDeps, 'images' | 'owner'> &
  Pick<ClaimsVoiceDeps, 'mirrors'> & {
    /** As it was when the agent started. */
    readonly node: NodeFacts;
    readonly nodeStatus: Pick<Ref<NodeStatusMessage>, 'tell'>;
    readonly registries: Registries;
    readonly maxPulls: number;
    readonly relistPeriods: RelistPeriods;
    /** Those that will be heard; what came from another one, before the agent started, can go. */
    readonly sources: readonly PodSource[];
    readonly overview: { tell(message: { readonly type: 'forget'; readonly uid: string }): boolean };
    /** Are told each listing. */
    readonly listeners: readonly { tell(message: { readonly type: 'listing'; readonly listing: Listing }): boolean }[];
  };

const RELIST_LIMIT: Millis = 5_000;

export function pods(deps: PodsDeps): Behavior<PodsMessage> {
  return (self) => {
    const wanted = createWantedSet();
    let { node } = deps;
    const workers = new Map<string, Worker>();
    /** Pods of which nothing is left, until a listing that began later says so too and nobody wants them. */
    const finished = new Map<string, number>();
    let listing: Listing | undefined;
    let listed: ReadonlyMap<string, PodListing> = new Map();
    const departures = createDepartures(deps.sources);
    const orders = createPodOrders((uid) => workers.get(uid)?.ref);
    const admissions = createAdmissions(node.allocatable);
    /** A pod of the master's that has ended and is still wanted does not begin again; a static one does, for its uid comes back. */
    const isOver = (uid: string) => wanted.hasPod(uid) && sourceOf(uid) === 'master';
    const said = claimsVoice(deps, self.log);

    const pull = self.spawn('images', images(deps));
    const lister = self.spawn('relist', relist(deps.cri, self.ref, deps.relistPeriods));
    const workerDeps: PodWorkerDeps = { ...deps, images: pull, owner: self.ref };

    /**
     * A new content of a static pod is another pod: it is made when nothing is left of the one before. That one may be known
     * to the runtime only.
     */
    function mustWait(name: PodName): boolean {
      if (sourceOf(name.uid) === 'master') return false;
      if (listing === undefined) return true;
      return [...workers.values()].some(({ name: other }) => isNamesake(name, other));
    }

    function take(name: PodName): void {
      if (workers.has(name.uid) || finished.has(name.uid)) return;
      const ref = self.spawn(name.uid, podWorker(name, workerDeps), { restart: 'always' });
      workers.set(name.uid, { name, ref, seen: false, listed: false, told: undefined });
      lister.tell({ type: 'pods', count: workers.size });
    }

    function begin(name: PodName): void {
      if (mustWait(name)) return;
      if (orders.halting && !workers.has(name.uid) && !finished.has(name.uid)) sayLater(name);
      else take(name);
    }

    /** It begins after the boot. */
    function sayLater(pod: PodName): void {
      const message = 'Pod was not started as the node is shutting down; it starts after the boot';
      deps.events.tell({ type: 'event', kind: 'Warning', pod, reason: 'NodeShutdown', message });
    }

    /** Tells a worker what is wanted, if that is not what it knows. */
    function want(worker: Worker): void {
      if (!wanted.hasPod(worker.name.uid) && !departures.mayGo(worker.name.uid)) return;
      if (wanted.hasPod(worker.name.uid) && admissions.isOpen(worker.name.uid)) return;
      const { version, ...telling } = wanted.of(worker.name);
      const rejection = admissions.rejection(worker.name.uid);
      const told = `${version} ${node.ips.join()} ${node.pressure.join()} ${rejection?.why ?? ''}`;
      if (worker.told === told) return;
      worker.told = told;
      worker.ref.tell({ type: 'want', node, rejection, ...telling });
    }

    /** Which of the pods have room: once it is known what there is. */
    function admit(): void {
      if (listing === undefined) return;
      const now = self.clock.now();
      const there = [...workers.values()].flatMap(({ name }) => wanted.of(name).wanted?.pod ?? []);
      admissions.review(there, (uid) => (listed.get(uid)?.sandboxes.length ?? 0) > 0, now);
      const { wakeAt } = admissions;
      if (wakeAt !== undefined) self.after(Math.max(0, wakeAt - now), { type: 'room' }, 'room');
    }

    function adopt(): void {
      const there = podsOf(listing ?? nothingListed).filter(
        (name) => departures.mayGo(name.uid) || wanted.hasPod(name.uid),
      );
      for (const name of there) take(name);
      for (const name of wanted.pods()) begin(name);
      const again = [...finished.keys()].some((uid) => wanted.hasPod(uid) && !isOver(uid));
      if (again) lister.tell({ type: 'doubted' });
      admit();
      for (const worker of workers.values()) want(worker);
    }

    /** Once a source: afterwards the worker of each pod removes what the pod had. */
    function findDirectories(): void {
      self.pipe(
        async () => {
          const names = await deps.files.list();
          const known = new Set(names.map(({ uid }) => uid));
          const others = (await deps.cgroups.pods()).filter((uid) => !known.has(uid));
          return [...names, ...others.map((uid) => ({ namespace: 'unknown', name: 'unknown', uid }))];
        },
        (names) => ({ type: 'directories', names }),
        (error) => ({ type: 'no-directories', error }),
      );
    }

    deps.nodeStatus.tell({ type: 'listen', listener: self.ref });
    return {
      on: {
        node({ object }) {
          const ips = nodeIps(object.status ?? {});
          // Without a network it has none; what is known of it then is what it had last.
          if (ips.length === 0 || deepEqual(ips, node.ips)) return;
          node = { ...node, ips };
          for (const worker of workers.values()) want(worker);
        },
        pressure({ pressure }) {
          node = { ...node, pressure };
          for (const worker of workers.values()) want(worker);
        },
        desired(message) {
          const before = wanted.pods();
          for (const key of message.removed) wanted.remove(message.source, key);
          for (const entry of message.set) wanted.set(message.source, entry);
          if (message.settled && departures.settle(message.source)) findDirectories();
          departures.dismiss(before.map(({ uid }) => uid).filter((uid) => !wanted.hasPod(uid)));
          adopt();
          said.claims(wanted.claims(), departures.allStatic());
        },
        listing(message) {
          listing = message.listing;
          for (const listener of deps.listeners) listener.tell({ type: 'listing', listing });
          listed = byPod(listing);
          for (const [uid, at] of finished) if (listing.at > at && !isOver(uid)) finished.delete(uid);
          adopt();
          for (const worker of workers.values()) {
            const part = listed.get(worker.name.uid) ?? nothingListed;
            worker.ref.tell({ type: 'listing', at: listing.at, sole: worker.seen && !worker.listed, ...part });
            worker.listed ||= worker.seen;
          }
        },
        directories({ names }) {
          // Those that are wanted are taken by their own names.
          for (const name of names) if (departures.mayGo(name.uid) && !wanted.hasPod(name.uid)) take(name);
        },
        'no-directories'({ error }) {
          if (!(error instanceof PodFilesError || error instanceof CgroupsError)) throw error;
          self.log.warn({ error }, 'directories of pods that are gone are not removed');
        },
        'worker-started'({ uid, evicted }) {
          const worker = workers.get(uid);
          if (worker === undefined) return;
          worker.told = undefined;
          want(worker);
          orders.begun(uid, evicted, worker.ref);
          // Of a pod that never had a worker here, the last listing is still true: nobody else makes anything for it. So is
          // the first one that comes, even if it began before the worker did.
          if (!worker.seen && listing !== undefined) {
            worker.ref.tell({ type: 'listing', at: listing.at, sole: true, ...(listed.get(uid) ?? nothingListed) });
            worker.listed = true;
          }
          // One that has failed and begins anew knows nothing.
          if (worker.seen) lister.tell({ type: 'doubted' });
          worker.seen = true;
        },
        'worker-over'({ uid }) {
          if (admissions.end(uid)) adopt();
        },
        room: adopt,
        'worker-unsure'() {
          lister.tell({ type: 'doubted' });
        },
        async 'worker-finished'({ uid }) {
          const worker = workers.get(uid);
          if (worker === undefined) return;
          workers.delete(uid);
          orders.over(uid);
          departures.forget(uid);
          admissions.forget(uid);
          deps.overview.tell({ type: 'forget', uid });
          finished.set(uid, self.clock.now());
          lister.tell({ type: 'pods', count: workers.size });
          await self.stop(worker.ref);
          adopt();
        },
        ...orders.on,
        halting({ on }) {
          orders.halt(on);
          if (!on) adopt();
        },
        'to-halt': (_, { reply }) => {
          const pods = [...workers.values()].map(({ name }) => {
            const { priority = 0, terminationGracePeriodSeconds = 30 } = wanted.of(name).wanted?.pod.spec ?? {};
            return { uid: name.uid, priority, graceSeconds: terminationGracePeriodSeconds };
          });
          reply({ pods, complete: listing !== undefined });
        },
        relist: (_, { reply }) => void lister.ask({ type: 'anew' }, RELIST_LIMIT).then(reply, () => reply(undefined)),
        inventory: (_, { reply }) => {
          const names = [...workers.values()].map(({ name }) => name);
          const ending = names.filter(({ uid }) => !wanted.hasPod(uid));
          const known = listing !== undefined && [...workers.values()].every(({ seen }) => seen);
          const evicting = known ? orders.evicting() : undefined;
          const claims = wanted.claims();
          const ended = claims.filter(({ pod }) => hasEnded(pod.status)).map(({ pod }) => pod.metadata.uid ?? '');
          const evicted = names.map(({ uid }) => uid).filter((uid) => orders.isEvicted(uid));
          reply({ claims, ending, evicting, over: [...ended, ...evicted], settled: departures.all() });
        },
      },
    };
  };
}

const isNamesake = (a: PodName, b: PodName) => a.name === b.name && a.namespace === b.namespace && a.uid !== b.uid;
