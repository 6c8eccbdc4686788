/**
 * The nodes as the scheduler sees them, kept up to date change by change: what each offers and what its pods take.
 * A placement that is decided but not yet stored is assumed, so that the next decision counts with it. Whoever keeps
 * something worked out for all nodes asks which have changed since.
 */

import { deepEqual } from '../../../common/lib/deep.ts';
import type { Node } from '../../../common/model/node.ts';
import type { Pod } from '../../../common/model/pod.ts';
import { isFinished } from '../pod-state.ts';
import type { Changed } from '../reconcile.ts';
import { ChangeLog } from './change-log.ts';
import { ImageSpread } from './images.ts';
import { count, type NodeView, nodeFacts } from './node-view.ts';
import { ChosenPods, type NodeCounts, OwnedTerms } from './pod-counts.ts';
import { factsOf, type PodFacts } from './pod-facts.ts';
import type { PodSelector } from './pod-selector.ts';
import { Topology } from './topology.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export class NodeViews {
  readonly #slots: (NodeView | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #byName = new Map<string, NodeView>();
  /** Pods by uid with the node they are on; also those whose Node object is not there (yet). */
  readonly #placed = new Map<string, { readonly facts: PodFacts; readonly node: string }>();
  readonly #podsOf = new Map<string, Set<string>>();
  readonly #assumed = new Set<string>();
  /** How many placed pods have each priority. */
  readonly #priorities = new Map<number, number>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  readonly #hostnames = new Map<string, number>();
  readonly #topologies = new Map<string, { readonly topology: Topology; users: number }>();
  #sharedHostnames = 0;
  readonly #changes = new ChangeLog();
  #version = 0;
  #epoch = 0;
  #unsettled = false;
  readonly images = new ImageSpread();
  readonly labelsOf = (namespace: string) => this.#namespaces.get(namespace) ?? {};
  #chosen = new ChosenPods(this.labelsOf);
  terms = new OwnedTerms(this.labelsOf);

  get(name: string): NodeView | undefined {
    return this.#byName.get(name);
  }

  at(slot: number): NodeView | undefined {
    return this.#slots[slot];
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Slots that are or were in use; nodes are at 0 to this - 1. */
  get slots(): number {
    return this.#slots.length;
  }

  /** Another number when nothing that was worked out before holds any more. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether every node has a host name label of its own. */
  get uniqueHostnames(): boolean {
    return this.#sharedHostnames === 0;
  }

  /** Which nodes have which value of a label; live until released. */
  holdTopology(key: string): Topology {
    const known = this.#topologies.get(key);
    const held = known ?? { topology: new Topology(key), users: 0 };
    held.users += 1;
    this.#topologies.set(key, held);
    if (known === undefined) for (const { slot, facts } of this.#byName.values()) held.topology.put(slot, facts.labels);
    return held.topology;
  }

  releaseTopology(key: string): void {
    const held = this.#topologies.get(key);
    if (held === undefined) return;
    held.users -= 1;
    if (held.users === 0) this.#topologies.delete(key);
  }

  /** These views, with all that follows from changes so far worked out. */
  get settled(): this {
    this.#settle();
    return this;
  }

  /** A number to give to `changedSince` later. */
  get now(): number {
    this.#settle();
    return this.#changes.now;
  }

  /** Tells the slots that have changed since then, some more than once; all of them when that is too long ago. */
  changedSince(then: number, tell: (slot: number) => void): void {
    this.#settle();
    this.#changes.since(then, this.#slots.length, tell);
  }

  /** Takes in a change of a node, pod or namespace. */
  apply({ key, before, after }: Changed): void {
    if (key.resource === 'nodes') this.#node(key.name, after as Node | undefined);
    if (key.resource === 'namespaces') this.#namespace(key.name, after?.metadata.labels);
    if (key.resource !== 'pods') return;
    if (before !== undefined && before.metadata.uid !== after?.metadata.uid) this.#remove(before.metadata.uid ?? '');
    if (after !== undefined) this.#pod(after as Pod);
  }

  /** Counts a pod on a node before the store says so. */
  assume(facts: PodFacts, node: string): void {
    this.#place(facts, node);
    this.#assumed.add(facts.uid);
  }

  /** The assumed placement did not come about. */
  forget(uid: string): void {
    if (this.#assumed.has(uid)) this.#remove(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  /** Whether any pod on a node has less priority than this. */
  hasLower(priority: number): boolean {
    for (const known of this.#priorities.keys()) if (known < priority) return true;
    return false;
  }

  /** What is counted of a pod, and on which node. */
  placement(uid: string): { readonly facts: PodFacts; readonly node: string } | undefined {
    return this.#placed.get(uid);
  }

  /** Whether the pod is counted on a node. */
  isPlaced(uid: string): boolean {
    return this.#placed.has(uid);
  }

  /** Counts without a pod that is on a node, until it is resumed. */
  suspend(facts: PodFacts): void {
    this.#recount(facts, -1);
  }

  resume(facts: PodFacts): void {
    this.#recount(facts, 1);
  }

  #recount(facts: PodFacts, sign: 1 | -1): void {
    const view = this.#byName.get(this.#placed.get(facts.uid)?.node ?? '');
    if (view !== undefined) this.#count(view, facts, sign);
  }

  /** How many of the pods that a selector chooses are on each node; live until released. */
  hold(selector: PodSelector): NodeCounts {
    return this.#chosen.hold(selector, this.#counted());
  }

  release(selector: PodSelector): void {
    this.#chosen.release(selector);
  }

  *#counted(): Iterable<{ readonly facts: PodFacts; readonly slot: number }> {
    for (const { slot, pods } of this.#byName.values()) for (const facts of pods.values()) yield { facts, slot };
  }

  #pod(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (isFinished(pod)) {
      this.#remove(uid);
      return;
    }
    const node = pod.spec.nodeName;
    if (node === undefined) return;
    const old = this.#placed.get(uid);
    this.#assumed.delete(uid);
    if (old?.node !== node || !countsAlike(old.facts.pod, pod)) this.#place(factsOf(pod), node);
    else this.#renew({ ...old.facts, pod }, node);
  }

  /** Nothing that counts has changed; the older version of the pod would be kept in memory for nothing else. */
  #renew(facts: PodFacts, node: string): void {
    this.#placed.set(facts.uid, { facts, node });
    this.#byName.get(node)?.pods.set(facts.uid, facts);
  }

  #node(name: string, node: Node | undefined): void {
    const old = this.#byName.get(name);
    if (old !== undefined) {
      this.images.take(old.slot, old.facts.images.keys());
      this.#hostname(old.facts.labels[HOSTNAME], -1);
    }
    this.#unsettled = true;
    if (node === undefined) {
      if (old !== undefined) this.#leave(old);
      return;
    }
    const facts = nodeFacts(node);
    const view = old ?? this.#enter(name, facts);
    view.facts = facts;
    this.images.put(view.slot, facts.images.keys());
    this.#hostname(facts.labels[HOSTNAME], 1);
    for (const { topology } of this.#topologies.values()) topology.put(view.slot, facts.labels);
    this.#touch(view);
    if (old !== undefined) return;
    for (const uid of this.#podsOf.get(name) ?? []) {
      const pod = this.#placed.get(uid)?.facts;
      if (pod !== undefined) this.#count(view, pod, 1);
    }
  }

  #enter(name: string, facts: NodeView['facts']): NodeView {
    const slot = this.#free.pop() ?? this.#slots.length;
    const empty = { used: new Map(), scored: { cpu: 0, memory: 0 }, pods: new Map(), ports: [] };
    const view: NodeView = { slot, version: 0, facts, ...empty };
    this.#slots[slot] = view;
    this.#byName.set(name, view);
    return view;
  }

  #leave(view: NodeView): void {
    for (const facts of Array.from(view.pods.values())) this.#count(view, facts, -1);
    this.#byName.delete(view.facts.name);
    this.#slots[view.slot] = undefined;
    this.#free.push(view.slot);
    for (const { topology } of this.#topologies.values()) topology.put(view.slot, undefined);
    this.#touch(view);
  }

  #hostname(name: string | undefined, sign: 1 | -1): void {
    if (name === undefined) return;
    const before = this.#hostnames.get(name) ?? 0;
    const unique = this.uniqueHostnames;
    this.#hostnames.set(name, before + sign);
    if (before + sign === 0) this.#hostnames.delete(name);
    this.#sharedHostnames += Number(before + sign > 1) - Number(before > 1);
    if (unique !== this.uniqueHostnames) this.#epoch += 1;
  }

  #namespace(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    if (deepEqual(labels ?? {}, this.labelsOf(name))) return;
    if (labels === undefined) this.#namespaces.delete(name);
    else this.#namespaces.set(name, labels);
    if (!this.#chosen.askNamespaces && !this.terms.askNamespaces) return;
    // What terms mean may be another thing now: all that was counted by them is counted again.
    this.#chosen = new ChosenPods(this.labelsOf);
    this.terms = new OwnedTerms(this.labelsOf);
    for (const { facts, slot } of this.#counted()) this.terms.count(facts, slot, 1);
    this.#epoch += 1;
  }

  #place(facts: PodFacts, node: string): void {
    this.#remove(facts.uid);
    this.#placed.set(facts.uid, { facts, node });
    this.#priorities.set(facts.priority, (this.#priorities.get(facts.priority) ?? 0) + 1);
    const pods = this.#podsOf.get(node);
    if (pods === undefined) this.#podsOf.set(node, new Set([facts.uid]));
    else pods.add(facts.uid);
    const view = this.#byName.get(node);
    if (view !== undefined) this.#count(view, facts, 1);
  }

  #remove(uid: string): void {
    this.#assumed.delete(uid);
    const old = this.#placed.get(uid);
    if (old === undefined) return;
    this.#placed.delete(uid);
    const others = (this.#priorities.get(old.facts.priority) ?? 0) - 1;
    if (others > 0) this.#priorities.set(old.facts.priority, others);
    else this.#priorities.delete(old.facts.priority);
    const pods = this.#podsOf.get(old.node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#podsOf.delete(old.node);
    const view = this.#byName.get(old.node);
    if (view !== undefined) this.#count(view, old.facts, -1);
  }

  #count(view: NodeView, facts: PodFacts, sign: 1 | -1): void {
    count(view, facts, sign);
    this.#chosen.count(facts, view.slot, sign);
    this.terms.count(facts, view.slot, sign);
    this.#touch(view);
  }

  #touch(view: NodeView): void {
    view.version = ++this.#version;
    this.#changes.add(view.slot);
  }

  #settle(): void {
    if (!this.#unsettled) return;
    this.#unsettled = false;
    for (const slot of this.images.settle(this.size)) {
      const view = this.#slots[slot];
      if (view === undefined) continue;
      view.facts = { ...view.facts };
      this.#touch(view);
    }
  }
}

/** Whether two versions of a pod take the same and are meant by the same terms. */
function countsAlike(a: Pod, b: Pod): boolean {
  const facts = ({ metadata, status }: Pod) => ({
    generation: metadata.generation,
    labels: metadata.labels,
    owners: metadata.ownerReferences,
    terminating: metadata.deletionTimestamp !== undefined,
    granted: [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
      ({ allocatedResources, resources }) => ({ allocatedResources, requests: resources?.requests }),
    ),
  });
  return deepEqual(facts(a), facts(b));
}
