/** The groups of a class of pods, found by what their nodes have in common. */

import { Group } from './group.ts';

type Branch = Map<number, Branch | Group>;

export class GroupIndex {
  readonly #root: Branch = new Map();
  readonly #groups: Group[] = [];

  /** All groups; not to be kept. */
  get all(): readonly Group[] {
    return this.#groups;
  }

  /** The group of a signature, made if there is none; all signatures are equally long. */
  of(signature: readonly number[]): Group {
    if (signature.length === 0) return this.#groups[0] ?? this.#add(new Group([], 0));
    let branch = this.#root;
    const last = signature.length - 1;
    for (let i = 0; i < last; i++) {
      const mark = signature[i] ?? 0;
      let next = branch.get(mark);
      if (!(next instanceof Map)) {
        next = new Map();
        branch.set(mark, next);
      }
      branch = next;
    }
    const known = branch.get(signature[last] ?? 0);
    if (known instanceof Group) return known;
    const group = this.#add(new Group(signature.slice(), this.#groups.length));
    branch.set(signature[last] ?? 0, group);
    return group;
  }

  /** Takes an empty group out. */
  delete(group: Group): void {
    const moved = this.#groups.pop();
    if (moved !== undefined && moved !== group) {
      this.#groups[group.index] = moved;
      moved.index = group.index;
    }
    prune(this.#root, group.signature, 0);
  }

  #add(group: Group): Group {
    this.#groups.push(group);
    return group;
  }
}

function prune(branch: Branch, signature: readonly number[], depth: number): void {
  const mark = signature[depth] ?? 0;
  const next = branch.get(mark);
  if (next instanceof Map) prune(next, signature, depth + 1);
  if (!(next instanceof Map) || next.size === 0) branch.delete(mark);
}
