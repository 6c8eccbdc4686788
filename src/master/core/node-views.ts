/**
 * The nodes as the scheduler sees them, kept up to date change by change: what each offers and what its pods take.
 * A placement that is decided but not yet stored is assumed, so that the next decision counts with it.
 */

import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import { isTrue } from './conditions.ts';
import type { Amounts, HostPort, PodFacts } from './pod-requests.ts';
import { amounts, factsOf } from './pod-requests.ts';
import { isFinished } from './pod-state.ts';
import type { Changed } from './reconcile.ts';

export type Taint = { readonly key: string; readonly value?: string | undefined; readonly effect: string };

/** One node: what it is and offers, what is taken, and by how many pods. */
export type NodeView = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  readonly allocatable: Amounts;
  readonly used: Map<string, number>;
  readonly scored: { cpu: number; memory: number };
  readonly pods: Map<string, PodFacts>;
};

export class NodeViews {
  readonly #nodes = new Map<string, NodeView>();
  /** Pods by uid with the node they are on; also those whose Node object is not there (yet). */
  readonly #placed = new Map<string, { readonly facts: PodFacts; readonly node: string }>();
  readonly #podsOf = new Map<string, Set<string>>();
  readonly #assumed = new Set<string>();

  all(): IterableIterator<NodeView> {
    return this.#nodes.values();
  }

  get(name: string): NodeView | undefined {
    return this.#nodes.get(name);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Takes in a change of a node or pod; true when pods that fitted nowhere may fit now. */
  apply({ key, before, after }: Changed): boolean {
    if (key.resource === 'nodes') return this.#node(key.name, after as Node | undefined);
    if (key.resource !== 'pods') return false;
    const gone = before !== undefined && before.metadata.uid !== after?.metadata.uid;
    const freed = gone && this.#remove(before.metadata.uid ?? '');
    return after === undefined ? freed : this.#pod(after as Pod) || freed;
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

  #pod(pod: Pod): boolean {
    const uid = pod.metadata.uid ?? '';
    if (isFinished(pod)) return this.#remove(uid);
    const node = pod.spec.nodeName;
    if (node === undefined) return false;
    this.#assumed.delete(uid);
    if (this.#placed.get(uid)?.node !== node) this.#place(factsOf(pod), node);
    return false;
  }

  #node(name: string, node: Node | undefined): boolean {
    const old = this.#nodes.get(name);
    if (node === undefined) {
      this.#nodes.delete(name);
      return false;
    }
    const view: NodeView = {
      name,
      labels: node.metadata.labels ?? {},
      ready: isTrue(node.status?.conditions, 'Ready'),
      unschedulable: node.spec.unschedulable === true,
      taints: node.spec.taints ?? [],
      allocatable: amounts(node.status?.allocatable ?? node.status?.capacity),
      used: old?.used ?? new Map(),
      scored: old?.scored ?? { cpu: 0, memory: 0 },
      pods: old?.pods ?? new Map(),
    };
    this.#nodes.set(name, view);
    if (old === undefined) {
      for (const uid of this.#podsOf.get(name) ?? []) {
        const facts = this.#placed.get(uid)?.facts;
        if (facts !== undefined) count(view, facts, 1);
      }
    }
    return true;
  }

  #place(facts: PodFacts, node: string): void {
    this.#remove(facts.uid);
    this.#placed.set(facts.uid, { facts, node });
    const pods = this.#podsOf.get(node);
    if (pods === undefined) this.#podsOf.set(node, new Set([facts.uid]));
    else pods.add(facts.uid);
    const view = this.#nodes.get(node);
    if (view !== undefined) count(view, facts, 1);
  }

  #remove(uid: string): boolean {
    this.#assumed.delete(uid);
    const old = this.#placed.get(uid);
    if (old === undefined) return false;
    this.#placed.delete(uid);
    const pods = this.#podsOf.get(old.node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#podsOf.delete(old.node);
    const view = this.#nodes.get(old.node);
    if (view !== undefined) count(view, old.facts, -1);
    return true;
  }
}

function count(view: NodeView, facts: PodFacts, sign: 1 | -1): void {
  for (const [name, amount] of facts.requests) view.used.set(name, (view.used.get(name) ?? 0) + sign * amount);
  view.scored.cpu += sign * facts.scored.cpu;
  view.scored.memory += sign * facts.scored.memory;
  if (sign === 1) view.pods.set(facts.uid, facts);
  else view.pods.delete(facts.uid);
}

/** Host ports that are taken on the node. */
export function portsOn(view: NodeView): readonly HostPort[] {
  return Array.from(view.pods.values()).flatMap((facts) => facts.ports);
}
