/** Removes Events an hour after they last happened. */

import { fromTimestamp } from '../../common/lib/time.ts';
import type { Event } from '../../common/model/event.ts';
import type { Controller } from './reconcile.ts';

const KEPT = 60 * 60_000;

export const eventExpiry: Controller = {
  name: 'event-expiry',
  touched: ({ key, after }) => (key.resource === 'events' && after !== undefined ? [key] : []),
  reconcile: (view, key) => {
    const event = view.get(key) as Event | undefined;
    if (event === undefined) return { writes: [] };
    const last = event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
    const expires = (fromTimestamp(last) ?? 0) + KEPT;
    if (expires > view.now) return { writes: [], wakeAt: expires };
    const { uid = '', resourceVersion } = event.metadata;
    return {
      writes: [{ type: 'delete', key, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) }],
    };
  },
};
