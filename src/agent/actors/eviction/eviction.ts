/**
 * Keeps the device from running out: looks as often as it could run out, frees what nobody needs, ends one pod at a time, and
 * says what pressure there is. What to do is decided in the core (eviction/evict.ts).
 */

import { AskError } from '../../../common/actor/ask.ts';
import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { evictions } from '../../../common/metrics/kubelet.ts';
import type { Meter } from '../../../common/metrics/meter.ts';
import { type EvictionAction, evict, freshMemory, victimEnded, victimFound } from '../../core/eviction/evict.ts';
import { pressureFindings, pressureWord } from '../../core/eviction/findings.ts';
import { nextLook } from '../../core/eviction/look-ahead.ts';
import { type PodLoad, podLoads } from '../../core/eviction/pod-load.ts';
import type { Rules } from '../../core/eviction/rules.ts';
import { kindOf, type PressureType, pressureOf, type Seen } from '../../core/eviction/seen.ts';
import { evictionWords, resourceOf } from '../../core/eviction/words.ts';
import type { Ballast } from '../../ports/ballast.ts';
import type { PressureSignals } from '../../ports/pressure-signals.ts';
import type { GcMessage, Reclaimed } from '../gc/gc-messages.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import type { EvictPod } from '../sources/pending-evictions.ts';
import type { PodsMessage } from '../sources/pods.ts';
import type { UsageMessage } from '../usage/usage-messages.ts';
import { makeRoom } from './make-room.ts';

export type EvictionMessage =
  | { readonly type: 'look' }
  /** The kernel says that memory gets short. */
  | { readonly type: 'woken' }
  | { readonly type: 'seen'; readonly seen: Seen }
  | { readonly type: 'reclaimed'; readonly words: readonly string[] }
  | {
      readonly type: 'ranked';
      readonly seen: Seen;
      readonly loads: readonly PodLoad[];
      readonly evicting: readonly string[];
    }
  /** It is not known yet whom an agent before was ending. */
  | { readonly type: 'unranked' }
  | { readonly type: 'ended'; readonly uid: string }
  /** The pod is killed, and not over. */
  | { readonly type: 'stuck'; readonly uid: string }
  /** The room on the disk is kept, or given back. */
  | { readonly type: 'turned'; readonly on: boolean; readonly done: boolean }
  /** One of those that were asked did not answer in time. */
  | { readonly type: 'unanswered'; readonly what: string; readonly error: unknown };

export type EvictionDeps = {
  readonly node: string;
  readonly rules: Rules;
  readonly signals: PressureSignals;
  readonly ballast: Ballast;
  readonly usage: Ref<UsageMessage>;
  readonly gc: { ask(question: GcMessage, within: Millis): Promise<Reclaimed> };
  readonly pods: Ref<PodsMessage>;
  readonly nodeStatus: Pick<Ref<NodeStatusMessage>, 'tell'>;
  readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
  readonly meter: Pick<Meter, 'count'>;
};

/** File systems are asked at most so often. */
const DISK_PERIOD: Millis = 200;
/** The kernel may wake for each page that it takes back. */
const WOKEN_PERIOD: Millis = 50;
const RANK_LIMIT: Millis = 10_000;
const END_LIMIT: Millis = 30_000;
/** A pod that was killed is over long before, where the disk has room to write it down. */
const STUCK: Millis = 1000;
/** After the start, until the pods are known. */
const UNRANKED: Millis = 200;

export function eviction(deps: EvictionDeps): Behavior<EvictionMessage> {
  return (self) => {
    const { node, rules, signals, ballast, pods, events } = deps;
    let memory = freshMemory;
    let pressure: readonly PressureType[] | undefined;
    let busy = false;
    let lastLook = Number.NEGATIVE_INFINITY;
    let lastDisk = Number.NEGATIVE_INFINITY;
    let stopWatch: (() => void) | undefined;

    function look(): void {
      if (busy) return;
      busy = true;
      const at = self.clock.now();
      const all = at - lastDisk >= DISK_PERIOD;
      lastLook = at;
      if (all) lastDisk = at;
      stopWatch ??= signals.watch(() => void self.ref.tell({ type: 'woken' }));
      self.pipe(
        async () => ({ ...(await signals.read(all ? 'all' : 'memory')), at }),
        (seen) => ({ type: 'seen', seen }),
        failed('the device'),
      );
    }
    const failed = (what: string) => (error: unknown) => ({ type: 'unanswered', what, error }) as const;
    const rest = (delay: Millis): void => {
      busy = false;
      self.after(delay, { type: 'look' }, 'look');
    };

    function decide(seen: Seen, loads: readonly PodLoad[] | undefined): void {
      const decision = evict(memory, seen, loads, rules);
      memory = decision.memory;
      tellPressure(decision.pressure);
      const { action } = decision;
      if (action === undefined) rest(nextLook(seen, memory, rules));
      else if (action.do === 'evict') end(action, seen);
      else if (action.do === 'hurry') hurry(action, seen);
      else if (action.do === 'reclaim') reclaim(action);
      else rank(action);
    }

    function reclaim({ rule }: EvictionAction): void {
      met(rule);
      self.pipe(
        () => makeRoom({ signals, gc: deps.gc, clock: self.clock }, rule),
        (words) => ({ type: 'reclaimed', words }),
        failed('freeing what nobody needs'),
      );
    }
    function rank({ rule }: EvictionAction): void {
      const disk = ['disk', 'inodes'].includes(kindOf(rule.signal)) ? ({ disk: 'fresh' } as const) : {};
      self.pipe(
        async () => {
          // What has just begun may be what it is about.
          await pods.ask({ type: 'relist' }, RANK_LIMIT);
          const { claims, evicting } = await pods.ask({ type: 'inventory' }, RANK_LIMIT);
          if (evicting === undefined) return undefined;
          const sweep = await deps.usage.ask({ type: 'sweep', maxAge: 0, ...disk }, RANK_LIMIT);
          const run = claims.filter(({ shadowedBy }) => shadowedBy === undefined).map(({ pod }) => pod);
          const at = self.clock.now();
          return { evicting, loads: podLoads(run, sweep.pods), seen: { ...(await signals.read('all')), at } };
        },
        (found) => (found === undefined ? { type: 'unranked' } : { type: 'ranked', ...found }),
        failed('what the pods use'),
      );
    }
    /** Goes on with an end that was begun before, if there is one. */
    function goOn(evicting: readonly string[], seen: Seen): boolean {
      for (const uid of evicting) {
        const found = victimFound(memory, uid, seen.at, rules);
        if (found === undefined) continue;
        memory = found;
        const outcome = { reason: 'Evicted', message: 'The node was low on resources. ' };
        waitFor({ uid, graceSeconds: undefined, outcome }, rules.maxPodGraceSeconds * 1000 + END_LIMIT);
        return true;
      }
      return false;
    }
    /** An outcome that the pod has already stays. */
    function waitFor(order: Pick<EvictPod, 'uid' | 'graceSeconds' | 'outcome'>, limit: Millis): void {
      const { uid, graceSeconds = 0 } = order;
      if (graceSeconds === 0) self.after(STUCK, { type: 'stuck', uid }, 'stuck');
      self.pipe(
        () => pods.ask({ type: 'evict', ...order, until: 'freed' }, limit),
        () => ({ type: 'ended', uid }),
        failed(`the end of the pod ${uid}`),
      );
    }
    function end({ rule, load, graceSeconds }: EvictionAction & { readonly do: 'evict' }, seen: Seen): void {
      const { uid } = load.pod;
      const { message, annotations } = evictionWords(rule, seen, load);
      if (pressureOf(rule.signal) !== 'DiskPressure') met(rule);
      waitFor({ uid, graceSeconds, outcome: { reason: 'Evicted', message } }, graceSeconds * 1000 + END_LIMIT);
      deps.meter.count(evictions, { eviction_signal: rule.signal });
      events.tell({ type: 'event', kind: 'Warning', pod: load.pod, reason: 'Evicted', message, annotations });
      self.log.warn(
        { pod: `${load.pod.namespace}/${load.pod.name}`, signal: rule.signal, graceSeconds },
        message.trim(),
      );
      rest(nextLook(seen, memory, rules));
    }
    function hurry({ rule, uid }: EvictionAction & { readonly do: 'hurry' }, seen: Seen): void {
      const outcome = { reason: 'Evicted', message: `The node was low on resource: ${resourceOf(rule)}. ` };
      waitFor({ uid, graceSeconds: 0, outcome }, END_LIMIT);
      met(rule);
      self.log.warn({ uid, signal: rule.signal }, 'the pod that is being evicted gets no more time');
      rest(nextLook(seen, memory, rules));
    }
    function met(rule: EvictionAction['rule']): void {
      const message = `Attempting to reclaim ${resourceOf(rule)}`;
      events.tell({ type: 'node-event', kind: 'Warning', reason: 'EvictionThresholdMet', message });
    }
    function tellPressure(now: readonly PressureType[]): void {
      const before = pressure;
      if (before !== undefined && before.join() === now.join()) return;
      pressure = now;
      pods.tell({ type: 'pressure', pressure: now });
      if (!now.includes('DiskPressure')) turnBallast(true);
      for (const finding of pressureFindings(now)) {
        deps.nodeStatus.tell({ type: 'condition', finding });
        const holds = finding.status === 'True';
        if (holds === (before ?? []).some((type) => type === finding.type)) continue;
        const reason = pressureWord(finding);
        const kind = holds ? 'Warning' : 'Normal';
        events.tell({ type: 'node-event', kind, reason, message: `Node ${node} status is now: ${reason}` });
      }
    }

    function turnBallast(on: boolean): void {
      self.pipe(
        async () => await (on ? ballast.keep() : ballast.release().then(() => true)),
        (done) => ({ type: 'turned', on, done }),
        failed('room on the disk'),
      );
    }

    look();
    return {
      on: {
        look,
        woken() {
          if (self.clock.now() - lastLook >= WOKEN_PERIOD) look();
        },
        seen: ({ seen }) => decide(seen, undefined),
        reclaimed({ words }) {
          if (words.length > 0) self.log.info({ words }, 'freed what nobody needs');
          busy = false;
          lastDisk = Number.NEGATIVE_INFINITY;
          look();
        },
        ranked: ({ seen, loads, evicting }) => decide(seen, goOn(evicting, seen) ? undefined : loads),
        unranked: () => rest(UNRANKED),
        ended({ uid }) {
          memory = victimEnded(memory, uid, self.clock.now());
          lastDisk = Number.NEGATIVE_INFINITY;
          self.after(1, { type: 'look' }, 'look');
        },
        stuck({ uid }) {
          if (memory.victim?.uid !== uid || !(pressure ?? []).includes('DiskPressure')) return;
          self.log.warn({ uid }, 'the pod is killed and not over: the room that was kept on the disk is given back');
          turnBallast(false);
        },
        turned({ on, done }) {
          if (on && !done) self.log.info({}, 'no room is kept on the disk for the end of pods: it can not be had');
        },
        unanswered({ what, error }) {
          if (!(error instanceof AskError)) throw error;
          self.log.warn({ error }, `eviction waited in vain for ${what}`);
          rest(1000);
        },
      },
      stopped: () => stopWatch?.(),
    };
  };
}
