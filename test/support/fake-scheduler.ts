/** Answers for the scheduler of a master that has none: it looks at the store when it is asked. */

import type { Pod } from '../../src/common/model/pod.ts';
import type { Store } from '../../src/common/store/store.ts';
import type { RequestDependencies } from '../../src/master/actors/api-requests.ts';
import { Budgets } from '../../src/master/core/scheduling/budgets.ts';
import { explanationOf } from '../../src/master/core/scheduling/explanation.ts';
import { NodeViews } from '../../src/master/core/scheduling/node-views.ts';
import { Placers } from '../../src/master/core/scheduling/placers.ts';
import { factsOf } from '../../src/master/core/scheduling/pod-facts.ts';
import { defaultConfig } from '../../src/master/core/scheduling/profile.ts';
import { SchedulingQueue } from '../../src/master/core/scheduling/queue.ts';

export function fakeScheduler(store: Pick<Store, 'list'>): RequestDependencies['explain'] {
  return async (question) => {
    const [nodes, budgets, queue] = [new NodeViews(), new Budgets(), new SchedulingQueue()];
    for (const { key, object } of (await store.list({})).entries) {
      nodes.apply({ key, after: object });
      budgets.apply({ key, after: object });
      if (key.resource === 'pods' && (object as Pod).spec.nodeName === undefined) queue.put(factsOf(object as Pod));
    }
    return explanationOf(question, {
      nodes,
      budgets,
      queue,
      now: 0,
      placers: new Placers(nodes, defaultConfig.profiles),
    });
  };
}

/** There is always room. */
export const noReservations: RequestDependencies['reservations'] = {
  reserve: async () => ({ refusal: undefined, reserved: true }),
  unreserve: () => undefined,
};
