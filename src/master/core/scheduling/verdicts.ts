/**
 * What the node plugins of one sort say about every node, for all pods of which they ask the same: a node is judged again
 * only when it has changed, however many classes of pods want to know.
 */

import { ChangeLog } from './change-log.ts';
import type { NodeFacts, NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';

export type Verdict = {
  /** Why the node cannot take the pod; empty when it can. */
  readonly reasons: readonly string[];
  /** How good it is: a whole number, without what is to be normalised. */
  readonly score: number;
  /** Scores that are to be normalised. */
  readonly raws: readonly number[];
};

/** What a node is judged by: by the Node alone (`facts`), or by the pods that are there too. */
type Basis = 'facts' | 'pods';

export class Verdicts {
  /** Nodes of which there is another verdict; by `facts` also those of which something else is another. */
  readonly changes = new ChangeLog();
  readonly #nodes: NodeViews;
  readonly #judge: (on: NodeView) => Verdict;
  readonly #basis: Basis;
  readonly #bySlot: (Verdict | undefined)[] = [];
  readonly #facts: (NodeFacts | undefined)[] = [];
  /** Thousands of nodes share a few verdicts. */
  readonly #open = new Map<number, Verdict>();
  readonly #others = new Map<string, Verdict>();
  #seen = -1;

  constructor(nodes: NodeViews, basis: Basis, judge: (on: NodeView) => Verdict) {
    this.#nodes = nodes;
    this.#basis = basis;
    this.#judge = judge;
  }

  /** Equal verdicts are the same object. Undefined: there is no such node. */
  at(slot: number): Verdict | undefined {
    return this.#bySlot[slot];
  }

  /** Looks at the nodes that have changed since the last time. */
  refresh(): void {
    const { now } = this.#nodes;
    if (this.#seen === now) return;
    this.#nodes.changedSince(this.#seen, this.#look);
    this.#seen = now;
  }

  readonly #look = (slot: number): void => {
    const view = this.#nodes.at(slot);
    if (this.#basis === 'facts') {
      if (this.#facts[slot] === view?.facts) return;
      this.#facts[slot] = view?.facts;
      this.#bySlot[slot] = view === undefined ? undefined : this.#shared(this.#judge(view));
      this.changes.add(slot);
      return;
    }
    const verdict = view === undefined ? undefined : this.#shared(this.#judge(view));
    if (verdict === this.#bySlot[slot]) return;
    this.#bySlot[slot] = verdict;
    this.changes.add(slot);
  };

  #shared(made: Verdict): Verdict {
    if (made.reasons.length === 0 && made.raws.length === 0) return kept(this.#open, made.score, made);
    return kept(this.#others, `${made.score} ${made.raws.join()} ${made.reasons.join()}`, made);
  }
}

function kept<K>(known: Map<K, Verdict>, key: K, made: Verdict): Verdict {
  const old = known.get(key);
  if (old === undefined) known.set(key, made);
  return old ?? made;
}
