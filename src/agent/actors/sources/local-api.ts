/** Answers people on the device itself, over its socket. */

import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { toTimestamp } from '../../../common/lib/time.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { PodsAnswer, StatusAnswer } from '../../../common/wire/local-protocol.ts';
import {
  phases,
  restartsOf,
  type ShownPod,
  shownPods,
  tellingConditions,
  waitingLines,
} from '../../core/sources/local-view.ts';
import { LocalRefusal, type LocalServer } from '../../ports/local-server.ts';
import type { MetricsMessage } from '../metrics/metrics.ts';
import type { LocalPodsMessage } from './local-pods.ts';
import type { Overview, OverviewMessage } from './overview.ts';
import type { PodsMessage } from './pods.ts';

type Deps = {
  readonly node: string;
  readonly server: LocalServer;
  readonly pods: Ref<PodsMessage>;
  readonly local: Ref<LocalPodsMessage>;
  readonly overview: Ref<OverviewMessage>;
  readonly metrics: Ref<MetricsMessage>;
};

const LIMIT: Millis = 10_000;

export function localApi({ node, server, pods, local, overview, metrics }: Deps): Behavior<never> {
  return (self) => {
    async function look(): Promise<{ readonly device: Overview; readonly shown: readonly ShownPod[] }> {
      const [{ claims, ending }, device] = await Promise.all([
        pods.ask({ type: 'inventory' }, LIMIT),
        overview.ask({ type: 'overview' }, LIMIT),
      ]);
      const statusOf = (uid: string) => device.reports.get(uid)?.status as PodStatus | undefined;
      return { device, shown: shownPods(claims, ending, statusOf, self.clock.wall()) };
    }

    const stop = server.serve({
      async status(): Promise<StatusAnswer> {
        const { device, shown } = await look();
        const { nodeInfo, conditions } = device.node?.status ?? {};
        const { answers, since } = device.master;
        const waiting = waitingLines(shown);
        const problems = [
          ...Object.entries(device.problems),
          ...(waiting.length > 0 ? [['pods', waiting] as const] : []),
        ];
        return {
          node,
          version: nodeInfo?.kubeletVersion ?? '',
          bootID: nodeInfo?.bootID ?? '',
          runtime: nodeInfo?.containerRuntimeVersion ?? '',
          master: { answers, ...(since === undefined ? {} : { since: toTimestamp(since) }) },
          conditions: tellingConditions(conditions).map(({ type, status, reason, message }) => ({
            type,
            status,
            reason,
            message,
          })),
          pods: phases(shown),
          restarts: restartsOf(shown),
          problems: Object.fromEntries(problems.map(([about, lines]) => [about, [...lines]])),
        };
      },
      async pods(): Promise<PodsAnswer> {
        return { items: (await look()).shown.map((shown) => ({ ...shown })) };
      },
      async top() {
        const answer = await metrics.ask({ type: 'usage', maxAge: LIMIT, detail: 'full' }, LIMIT);
        if ('error' in answer) throw new LocalRefusal('failed', answer.error);
        return { node, sample: answer.sample };
      },
      async apply(request) {
        const answer = await local.ask({ type: 'apply', request }, LIMIT);
        if (!answer.ok) throw answer.refusal;
        return answer.value;
      },
      async delete(request) {
        const { shown } = await look();
        const answer = await local.ask({ type: 'delete', request, shown }, LIMIT);
        if (!answer.ok) throw answer.refusal;
        return answer.value;
      },
    });
    return { on: {}, stopped: stop };
  };
}
