/**
 * The cluster in memory, with the indexes that controllers ask for. One writer (the cluster actor) applies changes in
 * the store's order; everybody else reads. Objects are shared and must not be changed.
 */

import { SharedTexts } from '../../common/lib/shared-texts.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { referencesOf } from './desired.ts';
import { controllerOf } from './owners.ts';
import type { Changed, Entry, Key, View } from './reconcile.ts';
import { keyText } from './reconcile.ts';

type Index = Map<string, Map<string, Entry>>;
const NOTHING: ReadonlyMap<string, Entry> = new Map();

/** A view without a time: the part that all readers share. */
export class ClusterView implements Omit<View, 'now' | 'failure'> {
  /** The names of resources, each once. */
  readonly #texts = new SharedTexts();
  readonly #byResource: Index = new Map();
  readonly #byResourceNamespace: Index = new Map();
  readonly #byNamespace: Index = new Map();
  readonly #byOwner: Index = new Map();
  readonly #byNode: Index = new Map();
  /** Pods by the ConfigMaps and Secrets that they read. */
  readonly #byReference: Index = new Map();
  readonly #orphans: Index = new Map();
  readonly #byUid = new Map<string, Entry>();
  #revision = 0;

  /** Revision of the newest change that the view holds. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Says that this is the state at a revision: all changes up to it are in, also those that concern nothing here. It may hold
   * later changes too, of keys whose earlier ones were overtaken.
   */
  advance(revision: number): void {
    if (revision > this.#revision) this.#revision = revision;
  }

  /** Puts an object in, or takes it out when undefined; answers what changed, or undefined when nothing did. */
  apply(key: Key, object: KubeObject | undefined): Changed | undefined {
    const text = keyText(key);
    const old = this.#byResource.get(key.resource)?.get(text);
    if (old === undefined && object === undefined) return undefined;
    if (old !== undefined) this.#move(old, text, false);
    if (object !== undefined) this.#move({ key: old?.key ?? this.#ownKey(key, object), object }, text, true);
    return {
      key,
      ...(old === undefined ? {} : { before: old.object }),
      ...(object === undefined ? {} : { after: object }),
    };
  }

  /** A key's texts are parts of the message that they came in, which would be kept with them: the object has them too. */
  #ownKey(key: Key, { metadata: { namespace, name } }: KubeObject): Key {
    if (name !== key.name || namespace !== key.namespace) return key;
    return { resource: this.#texts.of(key.resource), ...(namespace === undefined ? {} : { namespace }), name };
  }

  #move(entry: Entry, text: string, into: boolean): void {
    const put = (index: Index, group: string): void => {
      if (into) add(index, group, text, entry);
      else remove(index, group, text);
    };
    const { resource, namespace = '' } = entry.key;
    put(this.#byResource, resource);
    put(this.#byResourceNamespace, `${resource}/${namespace}`);
    if (namespace !== '') put(this.#byNamespace, namespace);
    for (const owner of entry.object.metadata.ownerReferences ?? []) put(this.#byOwner, owner.uid);
    // Nobody adopts an Event, of which there are more than of all else.
    if (resource !== 'events' && controllerOf(entry.object) === undefined)
      put(this.#orphans, `${resource}/${namespace}`);
    const node = resource === 'pods' ? nodeNameOf(entry.object) : undefined;
    if (node !== undefined) put(this.#byNode, node);
    if (resource === 'pods' && entry.object.spec !== undefined) {
      for (const read of referencesOf(entry.object as Pod)) put(this.#byReference, keyText(read));
    }
    const uid = entry.object.metadata.uid;
    if (uid === undefined) return;
    if (into) this.#byUid.set(uid, entry);
    else this.#byUid.delete(uid);
  }

  get(key: Key): KubeObject | undefined {
    return this.#byResource.get(key.resource)?.get(keyText(key))?.object;
  }

  list(resource: string, namespace?: string): readonly KubeObject[] {
    const found =
      namespace === undefined
        ? this.#byResource.get(resource)
        : this.#byResourceNamespace.get(`${resource}/${namespace}`);
    return objects(found);
  }

  dependents(ownerUid: string): readonly Entry[] {
    return [...(this.#byOwner.get(ownerUid) ?? NOTHING).values()];
  }

  orphans(resource: string, namespace: string): readonly KubeObject[] {
    return objects(this.#orphans.get(`${resource}/${namespace}`));
  }

  inNamespace(namespace: string): readonly Entry[] {
    return [...(this.#byNamespace.get(namespace) ?? NOTHING).values()];
  }

  byUid(uid: string): Entry | undefined {
    return this.#byUid.get(uid);
  }

  podsOnNode(node: string): readonly KubeObject[] {
    return objects(this.#byNode.get(node));
  }

  /** The pods that read a ConfigMap or Secret. */
  readers(key: Key): readonly KubeObject[] {
    return objects(this.#byReference.get(keyText(key)));
  }

  /** Everything that the view holds. */
  entries(): readonly Entry[] {
    return [...this.#byResource.values()].flatMap((group) => [...group.values()]);
  }

  /** The view as a reconciler sees it at a time, and what its writes were last refused with, if they were. */
  at(now: number, failure?: string): View {
    return {
      now,
      ...(failure === undefined ? {} : { failure }),
      get: (key) => this.get(key),
      list: (resource, namespace) => this.list(resource, namespace),
      dependents: (uid) => this.dependents(uid),
      orphans: (resource, namespace) => this.orphans(resource, namespace),
      inNamespace: (namespace) => this.inNamespace(namespace),
      byUid: (uid) => this.byUid(uid),
      podsOnNode: (node) => this.podsOnNode(node),
    };
  }
}

/** The node that a pod is bound to. */
export function nodeNameOf(pod: KubeObject): string | undefined {
  const name = (pod.spec as { nodeName?: string } | undefined)?.nodeName;
  return name === '' ? undefined : name;
}

function objects(found: ReadonlyMap<string, Entry> | undefined): readonly KubeObject[] {
  return found === undefined ? [] : Array.from(found.values(), (entry) => entry.object);
}

function add(index: Index, group: string, text: string, entry: Entry): void {
  const members = index.get(group);
  if (members === undefined) index.set(group, new Map([[text, entry]]));
  else members.set(text, entry);
}

function remove(index: Index, group: string, text: string): void {
  const members = index.get(group);
  members?.delete(text);
  if (members?.size === 0) index.delete(group);
}
