/**
 * The pods that wait for a node: active ones, to be placed by priority and then age; those that were tried a short time
 * ago and back off; and those that no node can take, which wait for a change that makes room for such pods.
 */

import { DueQueue } from '../../../common/lib/due-queue.ts';
import { Heap } from '../../../common/lib/heap.ts';
import { fromTimestamp } from '../../../common/lib/time.ts';
import { likeness, type PodFacts } from './pod-facts.ts';

type Waiting = {
  facts: PodFacts;
  readonly since: number;
  readonly order: number;
  state: 'active' | 'backoff' | 'unschedulable' | 'taken';
  attempts: number;
  /** Steady milliseconds; not before then. */
  notBefore: number;
};

/** Where a pod waits, and how often it was tried. */
export type QueuePlace = {
  readonly state: 'active' | 'backoff' | 'unschedulable' | 'binding';
  readonly attempts: number;
  readonly ahead?: number;
  readonly seconds?: number;
};

/** How long a pod backs off after its first failure, and at most; it doubles with each. Kubernetes' defaults. */
const FIRST_BACKOFF = 1_000;
const MOST_BACKOFF = 10_000;

/** `now` is steady time in milliseconds throughout. */
export class SchedulingQueue {
  readonly #pods = new Map<string, Waiting>();
  readonly #active = new Heap<Waiting>(isBefore);
  readonly #backoff = new DueQueue<Waiting>();
  /** Pods that no node can take, by likeness. */
  readonly #parked = new Map<string, Set<Waiting>>();
  #order = 0;

  get size(): number {
    return this.#pods.size;
  }

  /** When the next pod has backed off long enough. */
  get wakeAt(): number | undefined {
    return this.#backoff.next;
  }

  /** A pod is to be placed. One that is known is tried again only if it asks for something else than before. */
  put(facts: PodFacts): void {
    const old = this.#pods.get(facts.uid);
    if (old !== undefined && old.facts.priority === facts.priority && likeness(old.facts) === likeness(facts)) {
      old.facts = facts;
      return;
    }
    const since = fromTimestamp(facts.pod.metadata.creationTimestamp ?? '') ?? 0;
    const waiting: Waiting = {
      ...{ facts, since, order: this.#order++, state: 'active' },
      ...{ attempts: old?.attempts ?? 0, notBefore: 0 },
    };
    this.#pods.set(facts.uid, waiting);
    this.#active.add(waiting);
  }

  /** The pod is bound, gone, or no longer to be placed. */
  remove(uid: string): void {
    // Heaps drop what is no longer in the map when they come to it.
    this.#pods.delete(uid);
  }

  /** The pod that is to be placed next; it is the caller's until it is put back. */
  take(now: number): PodFacts | undefined {
    for (let due = this.#backoff.take(now); due !== undefined; due = this.#backoff.take(now)) {
      if (this.#is(due, 'backoff')) this.#activate(due);
    }
    for (let first = this.#active.take(); first !== undefined; first = this.#active.take()) {
      if (!this.#is(first, 'active')) continue;
      first.state = 'taken';
      return first.facts;
    }
    return undefined;
  }

  /** No node can take the pod: it waits until `wake` is called for its likes. */
  park(uid: string, now: number): void {
    const waiting = this.#failed(uid, now);
    if (waiting === undefined) return;
    waiting.state = 'unschedulable';
    const text = likeness(waiting.facts);
    const likes = this.#parked.get(text);
    if (likes === undefined) this.#parked.set(text, new Set([waiting]));
    else likes.add(waiting);
  }

  /** The pod could not be bound, for a reason that may not be there the next time. */
  backOff(uid: string, now: number): void {
    const waiting = this.#failed(uid, now);
    if (waiting !== undefined) this.#delay(waiting);
  }

  /** Where a pod waits; `ahead`: active pods that are placed before it, `seconds`: until it may be tried again. */
  placeOf(uid: string, now: number): QueuePlace | undefined {
    const waiting = this.#pods.get(uid);
    if (waiting === undefined) return undefined;
    const { state, attempts, notBefore } = waiting;
    if (state === 'backoff') return { state, attempts, seconds: Math.max(0, Math.ceil((notBefore - now) / 1000)) };
    if (state !== 'active') return { state: state === 'taken' ? 'binding' : state, attempts };
    const others = Array.from(this.#pods.values()).filter((one) => one.state === 'active' && isBefore(one, waiting));
    return { state, attempts, ahead: others.length };
  }

  /** One pod of each kind that waits for room. */
  *parked(): Iterable<PodFacts> {
    for (const [text, likes] of this.#parked) {
      for (const waiting of likes) if (!this.#is(waiting, 'unschedulable')) likes.delete(waiting);
      const [first] = likes;
      if (first === undefined) this.#parked.delete(text);
      else yield first.facts;
    }
  }

  /** There may be room now for the pods that are like this one, except for those that go on waiting. */
  wake(facts: PodFacts, now: number, goesOnWaiting: (uid: string) => boolean = () => false): void {
    const likes = this.#parked.get(likeness(facts)) ?? new Set();
    for (const waiting of likes) {
      if (goesOnWaiting(waiting.facts.uid)) continue;
      likes.delete(waiting);
      if (!this.#is(waiting, 'unschedulable')) continue;
      if (waiting.notBefore <= now) this.#activate(waiting);
      else this.#delay(waiting);
    }
  }

  /** There is room for this pod now, wherever it waits: it is tried without backing off. */
  rouse(uid: string): void {
    const waiting = this.#pods.get(uid);
    if (waiting?.state === 'unschedulable' || waiting?.state === 'backoff') this.#activate(waiting);
  }

  #is(waiting: Waiting, state: Waiting['state']): boolean {
    return waiting.state === state && this.#pods.get(waiting.facts.uid) === waiting;
  }

  #activate(waiting: Waiting): void {
    waiting.state = 'active';
    this.#active.add(waiting);
  }

  #delay(waiting: Waiting): void {
    waiting.state = 'backoff';
    this.#backoff.add(waiting.notBefore, waiting);
  }

  #failed(uid: string, now: number): Waiting | undefined {
    const waiting = this.#pods.get(uid);
    if (waiting === undefined) return undefined;
    waiting.notBefore = now + Math.min(MOST_BACKOFF, FIRST_BACKOFF * 2 ** waiting.attempts);
    waiting.attempts += 1;
    return waiting;
  }
}

/** More important pods go first, then older ones. */
function isBefore(a: Waiting, b: Waiting): boolean {
  if (a.facts.priority !== b.facts.priority) return a.facts.priority > b.facts.priority;
  return a.since < b.since || (a.since === b.since && a.order < b.order);
}
