/** What watchers of the API see of a fleet: which nodes are Ready, and since when each pod runs. */

import type { NatsConnection } from '@nats-io/transport-node';
import type { KubeObject } from '../../src/common/model/meta.ts';
import type { Node } from '../../src/common/model/node.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import { watchSubject } from '../../src/common/wire/subjects.ts';

export type FleetWatch = {
  /** Nodes that are Ready now. */
  ready(): number;
  /** Pods of an app that are Ready now, with this image where one is given. */
  running(app: string, image?: string): number;
  /** Milliseconds by performance.now() at which a pod was first seen running. */
  readonly runningAt: ReadonlyMap<string, number>;
  /** Changes that were told so far. */
  changes(): number;
  stop(): void;
};

export async function watchFleet(nc: NatsConnection): Promise<FleetWatch> {
  const nodes = new Map<string, boolean>();
  const pods = new Map<string, { readonly app: string; readonly image: string; readonly ready: boolean }>();
  const runningAt = new Map<string, number>();
  let changes = 0;
  const take = <T extends KubeObject>(resource: string, put: (object: T) => void, gone: (name: string) => void) =>
    nc.subscribe(watchSubject(resource), {
      callback: (_, message) => {
        changes += 1;
        const object = message.data.length === 0 ? undefined : message.json<T>();
        if (object?.metadata === undefined) gone(message.subject.split('.').at(-1)?.replaceAll('_', '.') ?? '');
        else put(object);
      },
    });
  const subscriptions = [
    take<Node>(
      'nodes',
      ({ metadata, status }) =>
        nodes.set(
          metadata.name,
          status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
        ),
      (name) => nodes.delete(name),
    ),
    take<Pod>(
      'pods',
      ({ metadata: { name, labels, deletionTimestamp }, spec, status }) => {
        const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
        if (status?.phase === 'Running' && !runningAt.has(name)) runningAt.set(name, performance.now());
        const image = spec.containers[0]?.image ?? '';
        pods.set(name, { app: labels?.['app'] ?? '', image, ready: ready && deletionTimestamp === undefined });
      },
      (name) => pods.delete(name),
    ),
  ];
  await nc.flush();
  const count = <T>(all: Iterable<T>, holds: (one: T) => boolean): number => {
    let found = 0;
    for (const one of all) if (holds(one)) found += 1;
    return found;
  };
  return {
    ready: () => count(nodes.values(), (ready) => ready),
    running: (app, image) =>
      count(pods.values(), (pod) => pod.ready && pod.app === app && (image === undefined || pod.image === image)),
    runningAt,
    changes: () => changes,
    stop: () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
