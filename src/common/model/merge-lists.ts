/**
 * How a strategic merge treats lists, from the patch tags of Kubernetes' types: some are merged item by item, items
 * told apart by a key; all others are replaced whole. The name of the list's field decides.
 */
import { isRecord, own } from '../lib/deep.ts';

type Item = Readonly<Record<string, unknown>>;
type MergeList = {
  /** The fields that an item is told apart by. */
  readonly keys: readonly string[];
  /** What an absent key field stands for. */
  readonly defaults?: Item;
};

const byName: MergeList = { keys: ['name'] };
const byType: MergeList = { keys: ['type'] };
const byIp: MergeList = { keys: ['ip'] };

const mergeLists: Readonly<Record<string, MergeList>> = {
  addresses: byType,
  conditions: byType,
  containers: byName,
  env: byName,
  hostAliases: byIp,
  hostIPs: byIp,
  imagePullSecrets: byName,
  initContainers: byName,
  ownerReferences: { keys: ['uid'] },
  podIPs: byIp,
  // Kubernetes' key is containerPort alone, which mixes up the TCP and the UDP port of one number.
  ports: { keys: ['containerPort', 'protocol'], defaults: { protocol: 'TCP' } },
  volumeMounts: { keys: ['mountPath'] },
  volumes: byName,
};

/** How the list in the field `name` is merged, or undefined when it is replaced whole. */
export function mergeListOf(name: string): MergeList | undefined {
  return Object.hasOwn(mergeLists, name) ? mergeLists[name] : undefined;
}

/** Whether the list in the field `name` is a set of plain values, merged value by value. */
export const isSet = (name: string): boolean => name === 'finalizers';

/** Whether a changed object in the field `name` (or item of its list) loses the fields that the change leaves out. */
export const isUnion = (name: string): boolean => name === 'strategy' || name === 'volumes';

/** The text that tells an item from the others of its list, or undefined when its key is missing. */
export function keyText(list: MergeList, item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const values = list.keys.map((key) => own(item, key) ?? list.defaults?.[key]);
  return values.includes(undefined) ? undefined : JSON.stringify(values);
}

/** Only the fields of an item that tell it apart. */
export function keyFields(list: MergeList, item: Item): Record<string, unknown> {
  return Object.fromEntries(list.keys.flatMap((key) => (own(item, key) === undefined ? [] : [[key, item[key]]])));
}
