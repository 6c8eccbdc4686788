/**
 * Sends samples of usage while somebody listens, and answers who asks for the newest or for the history. What could not be sent
 * is sent from the history once the way is free again: each sample with its own time, in its order, and once.
 */

import { pause } from '../../../common/actor/pause.ts';
import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import {
  type Detail,
  type MetricsDownMessage,
  maxListeners,
  maxMetricsBytes,
  metricsLimits,
} from '../../../common/wire/metrics-protocol.ts';
import { current, heard, type Listeners, wanted } from '../../core/metrics/listeners.ts';
import { batchesOf, sampleOf, thinned } from '../../core/metrics/sample.ts';
import { summaryOf } from '../../core/usage/summary.ts';
import type { Sweep } from '../../core/usage/sweep.ts';
import type { MetricsUplink } from '../../ports/metrics-uplink.ts';
import type { UsageMessage } from '../usage/usage-messages.ts';

export type MetricsMessage =
  | MetricsDownMessage
  /** The connection is there, again or for the first time. */
  | { readonly type: 'online' }
  | { readonly type: 'tick' }
  /** `upTo`: the `at` of the newest sample that the server has. `whole`: nothing is left over. */
  | { readonly type: 'sent'; readonly upTo: Millis; readonly whole: boolean }
  | { readonly type: 'unmeasured'; readonly error: unknown };

export type MetricsDeps = {
  readonly node: string;
  readonly usage: Ref<UsageMessage>;
  readonly uplink: MetricsUplink;
  /** Between samples that are sent although nobody listens; 0: none are. */
  readonly interval: Millis;
};

const LIMIT: Millis = 10_000;
const SUMMARY_AGE: Millis = 10_000;
/** After which a first sweep can be followed by one that has rates. */
const RATE_AFTER: Millis = 1_100;
const limits = { ...metricsLimits, listeners: maxListeners };

export function metrics({ node, usage, uplink, interval: setting }: MetricsDeps): Behavior<MetricsMessage> {
  return (self) => {
    let listeners: Listeners = new Map();
    let every: Millis | undefined;
    let sending = false;
    /** Of the newest sample that was sent; undefined: nothing is being sent. */
    let sentUpTo: Millis | undefined;
    /** Something was not sent, or not yet. */
    let gap = false;
    let missed = false;

    /** Takes the pace that is wanted now; answers whether it is another one. */
    function pace(): boolean {
      const interval = wanted(listeners, setting)?.interval;
      if (interval === every) return false;
      every = interval;
      if (interval === undefined) {
        self.cancel('tick');
        sentUpTo = undefined;
        gap = false;
        return true;
      }
      self.every(interval, { type: 'tick' }, 'tick');
      return true;
    }
    function tick(): void {
      // Nobody could renew a lease while the way was shut: its listener gets what it has missed.
      if (!gap && !sending) listeners = current(listeners, self.clock.now());
      pace();
      const want = wanted(listeners, setting);
      if (want === undefined) return;
      const measure = () => usage.ask({ type: 'sweep', maxAge: want.interval / 2 }, LIMIT);
      if (sending) {
        // For the history.
        missed = true;
        measure().catch(unmeasured);
        return;
      }
      sending = true;
      const after = sentUpTo;
      const fill = gap;
      self.pipe(
        async () => {
          const newest = await measure();
          const from = after ?? newest.at - 1;
          const kept = fill ? await usage.ask({ type: 'history', after: from }, LIMIT) : [];
          const sweeps = [...kept.filter(({ at }) => at < newest.at), newest].filter(({ at }) => at > from);
          const samples = sweeps.map((sweep) => sampleOf(sweep, want.detail));
          return await sendAll(uplink, thinned(samples, want.interval), from);
        },
        (sent) => ({ type: 'sent', ...sent }),
        (error) => ({ type: 'unmeasured', error }),
      );
    }
    const unmeasured = (error: unknown): void => {
      self.log.warn({ error }, 'usage could not be measured for those who listen');
    };
    async function sweepWithRates(maxAge: Millis): Promise<Sweep> {
      const sweep = await usage.ask({ type: 'sweep', maxAge }, LIMIT);
      if (!lacksRates(sweep)) return sweep;
      await pause(self.clock, RATE_AFTER, self.signal);
      return await usage.ask({ type: 'sweep', maxAge: 0 }, LIMIT);
    }
    async function historyFrom(after: Millis, detail: Detail) {
      const sweeps = await usage.ask({ type: 'history', after }, LIMIT);
      const batches = batchesOf(
        sweeps.map((sweep) => sampleOf(sweep, detail)),
        maxMetricsBytes,
      );
      return { samples: batches[0] ?? [], more: batches.length > 1 };
    }

    if (pace()) tick();
    return {
      on: {
        metrics(message, { reply }) {
          const granted = heard(listeners, message, self.clock.now(), limits);
          if (granted === undefined) return reply({ error: `${maxListeners} listen already: try again later` });
          ({ listeners } = granted);
          reply({ interval: granted.interval, lease: granted.lease });
          if (pace()) tick();
        },
        online() {
          if (gap) tick();
        },
        tick,
        sent({ upTo, whole }) {
          sending = false;
          gap = (!whole || missed) && every !== undefined;
          sentUpTo = every === undefined ? undefined : upTo;
          const late = missed && whole;
          missed = false;
          if (late) tick();
        },
        unmeasured({ error }) {
          sending = false;
          gap ||= missed;
          missed = false;
          unmeasured(error);
        },
        usage: ({ maxAge, detail }, { reply }) =>
          void sweepWithRates(maxAge).then((sweep) => reply({ sample: sampleOf(sweep, detail) }), refusing(reply)),
        summary: (_, { reply }) =>
          void sweepWithRates(SUMMARY_AGE).then(
            (sweep) => reply({ summary: { ...summaryOf(node, sweep) } }),
            refusing(reply),
          ),
        history: ({ after, detail }, { reply }) => void historyFrom(after, detail).then(reply, refusing(reply)),
      },
    };
  };
}

/** Whether something was seen for the first time: a second look can tell its rate. */
function lacksRates({ node, pods }: Sweep): boolean {
  const groups = [node, ...pods.flatMap(({ containers }) => containers)];
  return groups.some(({ cpu }) => cpu !== undefined && cpu.nanoCores === undefined);
}

/** How far it came. */
async function sendAll(
  uplink: MetricsUplink,
  samples: ReturnType<typeof thinned>,
  from: Millis,
): Promise<{ readonly upTo: Millis; readonly whole: boolean }> {
  let upTo = from;
  for (const batch of batchesOf(samples, maxMetricsBytes)) {
    if (!(await uplink.send(batch))) return { upTo, whole: false };
    upTo = batch.at(-1)?.at ?? upTo;
  }
  return { upTo, whole: true };
}

function refusing(reply: (answer: { error: string }) => void): (error: unknown) => void {
  return (error) =>
    reply({ error: `usage can not be measured: ${error instanceof Error ? error.message : String(error)}` });
}
