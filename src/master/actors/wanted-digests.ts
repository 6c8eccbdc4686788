/** What each device tells with its beat when it has all that it needs: worked out once, until something of it changes. */

import type { Pod } from '../../common/model/pod.ts';
import { haveDigest } from '../../common/wire/have-digest.ts';
import { type Digests, digestsOf, neededBy } from '../core/desired.ts';
import type { Changed, View } from '../core/reconcile.ts';

export class WantedDigests {
  readonly #digests: Digests;
  readonly #byNode = new Map<string, string>();

  constructor(digests: Digests) {
    this.#digests = digests;
  }

  of(node: string, view: View): string {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known;
    const made = haveDigest(digestsOf(neededBy(view, node), this.#digests));
    this.#byNode.set(node, made);
    return made;
  }

  /** `touched`: the nodes whose pods read something that has changed. A pod's end changes what is needed, too. */
  forget(changes: readonly Changed[], touched: Iterable<string>): void {
    for (const node of touched) this.#byNode.delete(node);
    for (const { key, before, after } of changes) {
      if (key.resource === 'nodes') this.#byNode.delete(key.name);
      if (key.resource !== 'pods') continue;
      for (const pod of [before, after]) this.#byNode.delete((pod as Pod | undefined)?.spec.nodeName ?? '');
    }
  }
}
