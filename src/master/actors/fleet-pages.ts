/**
 * The pages for Prometheus of the whole fleet: what each device tells, with its node's name in the labels `node` and
 * `instance`, the state of pods and nodes, and what the master tells of itself. Devices are asked when a page is asked for.
 */

import type { Behavior } from '../../common/actor/types.ts';
import { cadvisorSeries } from '../../common/metrics/cadvisor.ts';
import { kubeletSeries } from '../../common/metrics/kubelet.ts';
import { masterFamilies } from '../../common/metrics/master.ts';
import { type Add, createPage, type Page, pageType } from '../../common/metrics/page.ts';
import type { PageServer, ServedPage } from '../../common/metrics/page-server.ts';
import { resourceSeries } from '../../common/metrics/resource.ts';
import { nodeState, podState } from '../../common/metrics/state.ts';
import { allKinds } from '../../common/model/kinds.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import type { UsageSample } from '../../common/model/usage-sample.ts';
import { aliveNodes } from '../core/alive-nodes.ts';
import type { DeviceUsage, ListSource } from '../ports.ts';

type Deps = {
  readonly server: PageServer;
  readonly usage: DeviceUsage;
  readonly lists: ListSource;
  /** What the master's process and its parts tell. */
  ownSeries(add: Add): void;
};

/** About 1,000 devices with ten pods. */
const SERIES = 1_000_000;

export function fleetPages({ server, usage, lists, ownSeries }: Deps): Behavior<never> {
  return () => {
    const page = (fill: (page: Page) => Promise<void>) => async (): Promise<ServedPage> => {
      const made = createPage(SERIES);
      await fill(made);
      return { type: pageType, body: made.text() };
    };
    const ofDevices = (fill: (add: Add, sample: UsageSample, node: string) => void) =>
      page(async (made) => {
        const samples = await usage.samples([...aliveNodes(lists.list('nodes').objects)], 'full');
        for (const [node, sample] of samples) fill(made.with({ node, instance: node }), sample, node);
        made.add(masterFamilies.answering, {}, samples.size);
      });
    const stop = server.serve({
      '/metrics': page(async ({ add }) => {
        ownSeries(add);
        for (const { plural } of allKinds) {
          add(masterFamilies.objects, { resource: plural }, lists.list(plural).objects.length);
        }
        const waiting = (lists.list('pods').objects as readonly Pod[]).filter(isWaiting);
        const refused = waiting.filter(({ status }) => status?.conditions?.some(isRefusal));
        add(masterFamilies.pending, { queue: 'unschedulable' }, refused.length);
        add(masterFamilies.pending, { queue: 'active' }, waiting.length - refused.length);
      }),
      '/metrics/cadvisor': ofDevices((add, sample) => cadvisorSeries(add, sample)),
      '/metrics/resource': ofDevices((add, sample) => resourceSeries(add, sample)),
      '/metrics/nodes': ofDevices((add, sample) => kubeletSeries(add, undefined, sample)),
      '/metrics/state': page(async ({ add }) => {
        for (const node of lists.list('nodes').objects) nodeState(add, node as Node);
        for (const pod of lists.list('pods').objects) podState(add, pod as Pod);
      }),
      '/healthz': async () => ({ type: 'text/plain; charset=utf-8', body: 'ok' }),
    });
    return { on: {}, stopped: stop };
  };
}

function isWaiting({ metadata, spec, status }: Pod): boolean {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return !spec.nodeName && !ended && metadata.deletionTimestamp === undefined;
}

function isRefusal({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === 'PodScheduled' && status === 'False';
}
