/** The device's pages for Prometheus, at the paths of the kubelet. Made when they are asked for; nothing is kept. */

import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { cadvisorSeries } from '../../../common/metrics/cadvisor.ts';
import { kubeletSeries } from '../../../common/metrics/kubelet.ts';
import { type Add, createPage, pageType } from '../../../common/metrics/page.ts';
import type { PageServer, ServedPage } from '../../../common/metrics/page-server.ts';
import { resourceSeries } from '../../../common/metrics/resource.ts';
import { summaryOf } from '../../core/usage/summary.ts';
import type { WriteBudgetMessage } from '../gc/write-budget.ts';
import type { HealthMessage } from '../health/device-health.ts';
import type { LogStormsMessage } from '../storms/log-storms.ts';
import type { UsageMessage } from '../usage/usage-messages.ts';
import { diskSeries } from './disk-series.ts';
import { healthSeries } from './health-series.ts';

export type MetricsPagesDeps = {
  readonly node: string;
  readonly usage: Ref<UsageMessage>;
  readonly health: Ref<HealthMessage> | undefined;
  readonly writes: Pick<Ref<WriteBudgetMessage>, 'ask'>;
  readonly storms: Pick<Ref<LogStormsMessage>, 'ask'>;
  /** What other actors count. */
  readonly meter: { series(add: Add): void };
  readonly server: PageServer;
  /** What the agent's process tells of itself. */
  ownSeries(add: Add): void;
};

/** As often as Prometheus asks at most, one sweep serves all pages. */
const FRESH: Millis = 5_000;
const LIMIT: Millis = 8_000;
const SERIES = 50_000;

export function metricsPages({
  node,
  usage,
  health,
  writes,
  storms,
  meter,
  server,
  ownSeries,
}: MetricsPagesDeps): Behavior<never> {
  return () => {
    const sweep = () => usage.ask({ type: 'sweep', maxAge: FRESH }, LIMIT);
    const page = (fill: (add: Add) => Promise<void>) => async (): Promise<ServedPage> => {
      const made = createPage(SERIES);
      await fill(made.add);
      return { type: pageType, body: made.text() };
    };
    const stop = server.serve({
      '/metrics': page(async (add) => {
        ownSeries(add);
        meter.series(add);
        if (health !== undefined) healthSeries(add, await health.ask({ type: 'health' }, LIMIT));
        diskSeries(add, await writes.ask({ type: 'written' }, LIMIT), await storms.ask({ type: 'dropped' }, LIMIT));
        kubeletSeries(add, node, await sweep());
      }),
      '/metrics/cadvisor': page(async (add) => cadvisorSeries(add, await sweep())),
      '/metrics/resource': page(async (add) => {
        // That it can not be measured is what this page tells then.
        resourceSeries(add, await sweep().catch(() => undefined));
      }),
      '/stats/summary': async () => {
        return { type: 'application/json', body: `${JSON.stringify(summaryOf(node, await sweep()), undefined, 1)}\n` };
      },
      '/healthz': async () => ({ type: 'text/plain; charset=utf-8', body: 'ok' }),
    });
    return { on: {}, stopped: stop };
  };
}
