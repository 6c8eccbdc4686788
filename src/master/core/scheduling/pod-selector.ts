/** Which pods a term of a pod means, and an index that finds the terms that mean a given pod. */

import { matchesSelector } from '../../../common/lib/labels.ts';
import type { LabelSelector } from '../../../common/model/meta.ts';

type Labels = Readonly<Record<string, string>>;

/** What selectors ask of a pod. */
export type Selectable = {
  readonly namespace: string;
  readonly labels: Labels;
  readonly controller: string | undefined;
  readonly terminating: boolean;
};
/** The labels of a namespace. */
export type NamespaceLabels = (namespace: string) => Labels;

type Criterion = {
  readonly namespaces: readonly string[];
  readonly namespaceSelector?: LabelSelector | undefined;
  /** Absent: chooses no pod. */
  readonly labels?: LabelSelector | undefined;
  /** Only pods that are not being deleted. */
  readonly living?: boolean | undefined;
};
/** Pods that meet all criteria, or those of one controller. Selectors of equal text choose the same pods. */
export type PodSelector = {
  readonly text: string;
  readonly criteria: readonly Criterion[];
  readonly controller?: string;
};

export const criterion = (given: Criterion): Criterion => given;

export function selectorOf(criteria: readonly Criterion[]): PodSelector {
  return { criteria, text: JSON.stringify(criteria) };
}

/** The pods of one controller that are not being deleted. */
export function controlledBy(controller: string): PodSelector {
  return { criteria: [], controller, text: `controller ${controller}` };
}

/** The pods that all of the selectors choose. */
export function allOf(selectors: readonly PodSelector[]): PodSelector {
  const [only] = selectors;
  return selectors.length === 1 && only !== undefined
    ? only
    : selectorOf(selectors.flatMap(({ criteria }) => criteria));
}

export function chooses(selector: PodSelector, pod: Selectable, labelsOf: NamespaceLabels): boolean {
  if (selector.controller !== undefined) return selector.controller === pod.controller && !pod.terminating;
  return selector.criteria.every(
    ({ namespaces, namespaceSelector, labels, living }) =>
      !(living === true && pod.terminating) &&
      labels !== undefined &&
      (namespaces.includes(pod.namespace) ||
        (namespaceSelector !== undefined && matchesSelector(namespaceSelector, labelsOf(pod.namespace)))) &&
      matchesSelector(labels, pod.labels),
  );
}

/** Whether a change of a namespace's labels can change what the selector chooses. */
export function asksNamespaces({ criteria }: PodSelector): boolean {
  return criteria.some(({ namespaceSelector }) => namespaceSelector !== undefined);
}

/** Things by the pods that they are about: finding those about one pod does not ask all of them. */
export class SelectorIndex<T extends { readonly selector: PodSelector }> {
  readonly #byAnchor = new Map<string, Set<T>>();

  add(item: T): void {
    const anchor = anchorOf(item.selector);
    const set = this.#byAnchor.get(anchor);
    if (set === undefined) this.#byAnchor.set(anchor, new Set([item]));
    else set.add(item);
  }

  delete(item: T): void {
    const anchor = anchorOf(item.selector);
    const set = this.#byAnchor.get(anchor);
    set?.delete(item);
    if (set?.size === 0) this.#byAnchor.delete(anchor);
  }

  /** Those whose selector chooses the pod. */
  about(pod: Selectable, labelsOf: NamespaceLabels): readonly T[] {
    if (this.#byAnchor.size === 0) return [];
    const found: T[] = [];
    const look = (anchor: string): void => {
      for (const item of this.#byAnchor.get(anchor) ?? []) if (chooses(item.selector, pod, labelsOf)) found.push(item);
    };
    look('');
    if (pod.controller !== undefined) look(pod.controller);
    for (const key in pod.labels) look(`${key}=${pod.labels[key]}`);
    return found;
  }
}

/** A label that every chosen pod has, as `key=value`; the empty text when there is none such. */
function anchorOf({ criteria, controller }: PodSelector): string {
  if (controller !== undefined) return controller;
  for (const { labels } of criteria) {
    for (const [key, value] of Object.entries(labels?.matchLabels ?? {})) return `${key}=${value}`;
    for (const { key, operator, values = [] } of labels?.matchExpressions ?? []) {
      if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`;
    }
  }
  return '';
}
