/** Lists from the cluster's view, which follows the store by a moment: whoever needs a revision waits for it here. */

import type { Clock, Millis } from '../../common/actor/types.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { ClusterView } from '../core/view.ts';
import type { ListSource } from '../ports.ts';
import type { Listener } from './cluster.ts';

/** The view also moves on without news, when changes cancel each other out: so it is looked at this often. */
const LOOK_AGAIN: Millis = 20;

/** Subscribe it to the cluster actor; until its first news no revision has come. */
export function createViewLists(clock: Clock): ListSource & Listener {
  let view: ClusterView | undefined;
  const waiting = new Set<() => void>();

  const moment = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        waiting.delete(wake);
        resolve();
      };
      const cancel = clock.timer(LOOK_AGAIN, wake);
      signal.addEventListener('abort', wake);
      waiting.add(wake);
    });

  return {
    tell: (news) => {
      view = news.view;
      for (const wake of [...waiting]) wake();
      return true;
    },
    caughtUp: async (revision, signal) => {
      while (view === undefined || view.revision < revision) {
        signal.throwIfAborted();
        await moment(signal);
      }
    },
    list: (resource, namespace) => ({
      objects: [...(view?.list(resource, namespace) ?? [])].sort(byName),
      revision: view?.revision ?? 0,
    }),
  };
}

function byName({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  const [left, right] = [a.namespace ?? '', b.namespace ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
