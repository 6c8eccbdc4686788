/**
 * What devices use now: asked of them when somebody asks the master, kept in memory for as long as it counts as new, and never
 * stored. Without a question no device is asked.
 */

import type { ActorSystem, Clock, Millis } from '../../common/actor/types.ts';
import type { UsageSample } from '../../common/model/usage-sample.ts';
import { type Detail, type MetricsDownMessage, metricsDownWire } from '../../common/wire/metrics-protocol.ts';
import { nodeDownPath } from '../../common/wire/subjects.ts';
import type { DeviceUsage } from '../ports.ts';

/** How old an answer may be. */
const FRESH: Millis = 10_000;
/** How long a device has; less than a client of the API waits. */
const WITHIN: Millis = 2_500;
const PARALLEL = 256;

type Known = { readonly at: Millis; readonly detail: Detail; readonly sample: Promise<UsageSample | undefined> };

export function createDeviceUsage(system: Pick<ActorSystem, 'remote'>, clock: Pick<Clock, 'now'>): DeviceUsage {
  const known = new Map<string, Known>();

  function sampleOf(node: string, detail: Detail): Promise<UsageSample | undefined> {
    const old = known.get(node);
    const fits = old !== undefined && (old.detail === 'full' || detail === 'brief');
    if (old !== undefined && fits && clock.now() - old.at <= FRESH) return old.sample;
    const sample = system
      .remote<MetricsDownMessage>(nodeDownPath(node), metricsDownWire)
      .ask({ type: 'usage', maxAge: FRESH, detail }, WITHIN)
      .then(
        (answer) => ('sample' in answer ? answer.sample : undefined),
        // Who does not answer is left out, whatever the reason.
        () => undefined,
      );
    known.set(node, { at: clock.now(), detail, sample });
    return sample;
  }

  return {
    async samples(nodes, detail) {
      const now = clock.now();
      for (const [node, { at }] of known) if (now - at > FRESH) known.delete(node);
      const found = new Map<string, UsageSample>();
      const queue = [...new Set(nodes)];
      const one = async (): Promise<void> => {
        for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
          const sample = await sampleOf(node, detail);
          if (sample !== undefined) found.set(node, sample);
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL, queue.length) }, one));
      return found;
    },
  };
}
