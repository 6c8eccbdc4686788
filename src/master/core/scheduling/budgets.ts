/** How many pods of each PodDisruptionBudget may go now, for the choice of those that make room for others. */

import { matchesSelector } from '../../../common/lib/labels.ts';
import type { PodDisruptionBudget } from '../../../common/model/pod-disruption-budget.ts';
import type { Changed } from '../reconcile.ts';
import type { PodFacts } from './pod-facts.ts';

export class Budgets {
  /** By namespace, then by name. */
  readonly #budgets = new Map<string, Map<string, PodDisruptionBudget>>();

  /** Takes in a change of a budget. */
  apply({ key, after }: Changed): void {
    if (key.resource !== 'poddisruptionbudgets') return;
    const namespace = key.namespace ?? '';
    const budgets = this.#budgets.get(namespace) ?? new Map<string, PodDisruptionBudget>();
    if (after === undefined) budgets.delete(key.name);
    else budgets.set(key.name, after as PodDisruptionBudget);
    if (budgets.size === 0) this.#budgets.delete(namespace);
    else this.#budgets.set(namespace, budgets);
  }

  /** The pods whose end breaks a budget when they end in this order. */
  violating(pods: readonly PodFacts[]): ReadonlySet<PodFacts> {
    const violating = new Set<PodFacts>();
    const left = new Map<PodDisruptionBudget, number>();
    for (const pod of pods) {
      for (const budget of this.#budgets.get(pod.namespace)?.values() ?? []) {
        const { spec, status } = budget;
        // One that is ending already was counted when it was allowed to.
        if (spec.selector === undefined || !matchesSelector(spec.selector, pod.labels)) continue;
        if (Object.hasOwn(status?.disruptedPods ?? {}, pod.pod.metadata.name)) continue;
        const allowed = (left.get(budget) ?? status?.disruptionsAllowed ?? 0) - 1;
        left.set(budget, allowed);
        if (allowed < 0) violating.add(pod);
      }
    }
    return violating;
  }
}
