/** The pod that an argument means, the container of it, and the device that it is on. */

import * as z from 'zod';
import { isRecord } from '../common/lib/deep.ts';
import { selectorText } from '../common/model/columns/cells.ts';
import { kinds } from '../common/model/kinds.ts';
import type { KubeObject, LabelSelector } from '../common/model/meta.ts';
import type { LogsRequest } from '../common/wire/device-streams.ts';
import { CliError, exitCode, usageError } from './errors.ts';
import type { Io } from './io.ts';
import { note } from './print/emit.ts';
import { displayName, keyOf, type parseOne } from './resources.ts';
import type { Session } from './session.ts';

const containerNote = 'kubectl.kubernetes.io/default-container';

const podShape = z.looseObject({
  nodeName: z.string().optional(),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).optional(),
  containers: z.array(containerShape()).default([]),
  initContainers: z.array(containerShape()).default([]),
});

function containerShape() {
  return z.looseObject({
    name: z.string(),
    stdin: z.boolean().optional(),
    tty: z.boolean().optional(),
    restartPolicy: z.string().optional(),
    ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).default([]),
  });
}

export type PodContainer = {
  /** Undefined when nothing is known of the pod: then its device takes the only one. */
  readonly name: string | undefined;
  readonly stdin: boolean;
  /** Undefined when nothing is known of the pod. */
  readonly tty: boolean | undefined;
  readonly init: boolean;
  /** What its end leads to. */
  readonly restartPolicy: NonNullable<LogsRequest['restartPolicy']>;
  readonly ports: readonly { readonly name?: string | undefined; readonly containerPort: number }[];
};

/** The pods that a selector selects, by name. */
export async function podsOf({ api, target }: Session, labelSelector: string): Promise<readonly KubeObject[]> {
  const list = await api.list(kinds.Pod.plural, { namespace: target.namespace, labelSelector });
  return list.items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/**
 * The pod itself, or the first running one of a workload, which is said. With `node` the master is not asked: the pod is taken
 * to be there, and nothing more is known of it.
 */
export async function podOf(
  io: Io,
  session: Session,
  { kind, name }: ReturnType<typeof parseOne>,
  node: string | undefined,
): Promise<KubeObject> {
  if (node !== undefined) {
    if (kind !== kinds.Pod) throw usageError('with --node, name a pod: its device knows no workloads');
    const metadata = { name, namespace: session.target.namespace };
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: node } };
  }
  const object = await session.api.get(keyOf(kind, session.target.namespace, name));
  if (object.kind === 'Pod') return object;
  const selector = isRecord(object.spec) ? object.spec['selector'] : undefined;
  if (!isRecord(selector))
    throw usageError(`${kind.plural} have no pods of their own; name a pod, a deployment or a replicaset`);
  const pods = await podsOf(session, selectorText(selector as LabelSelector));
  const running = pods.find(({ status }) => isRecord(status) && status['phase'] === 'Running') ?? pods[0];
  if (running === undefined) throw new CliError(exitCode.failed, `${displayName(kind, name)} has no pods`);
  if (pods.length > 1) await note(io, `Found ${pods.length} pods, using pod/${running.metadata.name}`);
  return running;
}

/** Throws CliError for a pod that is on no node yet. */
export function nodeOf({ metadata: { name }, spec }: KubeObject): string {
  const node = podShape.safeParse(spec).data?.nodeName ?? '';
  if (node !== '') return node;
  throw new CliError(exitCode.failed, `pod "${name}" is not on a node yet; bramble describe pod ${name} says why`);
}

/** Its containers in the order of the spec, init containers first. */
export function containersOf({ spec }: KubeObject): readonly PodContainer[] {
  const pod = podShape.safeParse(spec).data;
  if (pod === undefined) return [];
  const policy = pod.restartPolicy ?? 'Always';
  const of =
    (init: boolean) =>
    (one: (typeof pod.containers)[number]): PodContainer => ({
      ...{ name: one.name, stdin: one.stdin ?? false, tty: one.tty ?? false, init, ports: one.ports },
      restartPolicy: init ? initPolicy(one.restartPolicy, policy) : policy,
    });
  return [...pod.initContainers.map(of(true)), ...pod.containers.map(of(false))];
}

/** A sidecar is always restarted; an init container that has succeeded is done. */
function initPolicy(own: string | undefined, pod: PodContainer['restartPolicy']): PodContainer['restartPolicy'] {
  if (own === 'Always') return 'Always';
  return pod === 'Never' ? 'Never' : 'OnFailure';
}

/** A container of a pod of which nothing is known. */
const unknown = { stdin: true, tty: undefined, init: false, restartPolicy: 'Always', ports: [] } as const;

/** The named container; else the one that the pod's annotation names, else the first, which is said where there are others. */
export async function containerOf(io: Io, pod: KubeObject, wanted: string | undefined): Promise<PodContainer> {
  const all = containersOf(pod);
  if (all.length === 0) return { ...unknown, name: wanted };
  const { name, annotations = {} } = pod.metadata;
  const preferred = wanted ?? annotations[containerNote];
  const found = preferred === undefined ? undefined : all.find((one) => one.name === preferred);
  if (found !== undefined) return found;
  const names = all.map((one) => (one.init ? `${one.name} (init)` : one.name)).join(', ');
  if (wanted !== undefined)
    throw new CliError(exitCode.failed, `container "${wanted}" is not valid for pod ${name}; it has ${names}`);
  const first = all.find(({ init }) => !init);
  if (first === undefined) throw new CliError(exitCode.failed, `pod "${name}" has no containers but init containers`);
  if (all.length > 1) await note(io, `Defaulted container "${first.name}" out of: ${names}`);
  return first;
}
