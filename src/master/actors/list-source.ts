/** Lists from the view, for those who must not see less than was acknowledged. */

import type { Revision } from '../../common/store/store.ts';
import type { ClusterView } from '../core/view.ts';
import type { ListSource } from '../ports.ts';

/** A ListSource on the view; `advanced` is to be called whenever the view holds more. */
export function listSource(view: ClusterView): ListSource & { advanced(): void } {
  const waiters = new Set<{ readonly revision: Revision; resolve(): void }>();
  return {
    advanced: () => {
      for (const waiter of waiters) if (waiter.revision <= view.revision) waiter.resolve();
    },
    get: (key) => view.get(key),
    list: (resource, namespace) => ({ objects: view.list(resource, namespace), revision: view.revision }),
    caughtUp: (revision, signal) =>
      new Promise((resolve, reject) => {
        if (view.revision >= revision) return resolve();
        if (signal.aborted) return reject(signal.reason);
        const abort = (): void => {
          waiters.delete(waiter);
          reject(signal.reason);
        };
        const waiter = {
          revision,
          resolve: () => {
            waiters.delete(waiter);
            signal.removeEventListener('abort', abort);
            resolve();
          },
        };
        waiters.add(waiter);
        signal.addEventListener('abort', abort, { once: true });
      }),
  };
}
