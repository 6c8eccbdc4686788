/**
 * How many pods of a kind are on each node: the pods that a selector chooses, and the pods that have a term about
 * others. Kept up to date pod by pod, whoever asks.
 */

import { ChangeLog } from './change-log.ts';
import type { PodFacts, WeightedTerm } from './pod-facts.ts';
import { asksNamespaces, type NamespaceLabels, type PodSelector, SelectorIndex } from './pod-selector.ts';

/** How many pods are on each node, by its slot. */
export class NodeCounts {
  readonly #bySlot = new Map<number, number>();
  /** The nodes that have more or fewer. */
  readonly changes = new ChangeLog();

  get isEmpty(): boolean {
    return this.#bySlot.size === 0;
  }

  at(slot: number): number {
    return this.#bySlot.get(slot) ?? 0;
  }

  add(slot: number, by: 1 | -1): void {
    const now = this.at(slot) + by;
    if (now === 0) this.#bySlot.delete(slot);
    else this.#bySlot.set(slot, now);
    this.changes.add(slot);
  }
}

type Chosen = { readonly selector: PodSelector; readonly counts: NodeCounts; users: number };

/** Counts the pods that selectors choose, for the selectors that somebody has asked for. */
export class ChosenPods {
  readonly #byText = new Map<string, Chosen>();
  readonly #index = new SelectorIndex<Chosen>();
  readonly #labelsOf: NamespaceLabels;

  constructor(labelsOf: NamespaceLabels) {
    this.#labelsOf = labelsOf;
  }

  /** Whether a change of a namespace's labels can change what a selector chooses. */
  get askNamespaces(): boolean {
    return Array.from(this.#byText.values()).some(({ selector }) => asksNamespaces(selector));
  }

  /** The counts of a selector, live until released; `pods` are all there are, counted the first time. */
  hold(selector: PodSelector, pods: Iterable<{ readonly facts: PodFacts; readonly slot: number }>): NodeCounts {
    const known = this.#byText.get(selector.text);
    if (known !== undefined) {
      known.users += 1;
      return known.counts;
    }
    const fresh: Chosen = { selector, counts: new NodeCounts(), users: 1 };
    const one = new SelectorIndex<Chosen>();
    one.add(fresh);
    for (const { facts, slot } of pods) if (one.about(facts, this.#labelsOf).length > 0) fresh.counts.add(slot, 1);
    this.#byText.set(selector.text, fresh);
    this.#index.add(fresh);
    return fresh.counts;
  }

  release(selector: PodSelector): void {
    const known = this.#byText.get(selector.text);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users > 0) return;
    this.#byText.delete(selector.text);
    this.#index.delete(known);
  }

  count(facts: PodFacts, slot: number, sign: 1 | -1): void {
    for (const { counts } of this.#index.about(facts, this.#labelsOf)) counts.add(slot, sign);
  }
}

/** Required affinity, required anti-affinity, or a preference. */
type TermKind = 'needs' | 'avoids' | 'prefers';
/** A term that pods have, with how many of them are on each node. */
export type OwnedTerm = Omit<WeightedTerm, 'weight'> & {
  readonly kind: TermKind;
  readonly weight: number;
  readonly counts: NodeCounts;
};

/** The terms about other pods that the pods on nodes have: they bind a newcomer too. */
export class OwnedTerms {
  readonly #byText = new Map<string, OwnedTerm>();
  readonly #index = new SelectorIndex<OwnedTerm>();
  readonly #labelsOf: NamespaceLabels;
  #version = 0;

  constructor(labelsOf: NamespaceLabels) {
    this.#labelsOf = labelsOf;
  }

  /** Another number whenever a term has come or gone. */
  get version(): number {
    return this.#version;
  }

  /** Terms that are about the pod. */
  about(pod: PodFacts): readonly OwnedTerm[] {
    return this.#index.about(pod, this.#labelsOf);
  }

  /** Whether a change of a namespace's labels can change what a term is about. */
  get askNamespaces(): boolean {
    return Array.from(this.#byText.values()).some(({ selector }) => asksNamespaces(selector));
  }

  count({ needs, avoids, prefers }: PodFacts, slot: number, sign: 1 | -1): void {
    for (const term of needs) this.#term('needs', { ...term, weight: 1 }, slot, sign);
    for (const term of avoids) this.#term('avoids', { ...term, weight: 1 }, slot, sign);
    for (const term of prefers) this.#term('prefers', term, slot, sign);
  }

  #term(kind: TermKind, { topologyKey, selector, weight }: WeightedTerm, slot: number, sign: 1 | -1): void {
    const text = `${kind} ${weight} ${topologyKey} ${selector.text}`;
    let owned = this.#byText.get(text);
    if (owned === undefined) {
      owned = { kind, weight, topologyKey, selector, counts: new NodeCounts() };
      this.#byText.set(text, owned);
      this.#index.add(owned);
      this.#version += 1;
    }
    owned.counts.add(slot, sign);
    if (!owned.counts.isEmpty) return;
    this.#byText.delete(text);
    this.#index.delete(owned);
    this.#version += 1;
  }
}
