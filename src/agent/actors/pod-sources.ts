/** The actors of the sources of static pods: the directory, the URL, and people on the device. */

import type { Context, Ref } from '../../common/actor/types.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { PodEventsMessage } from './link/pod-events.ts';
import type { MetricsMessage } from './metrics/metrics.ts';
import { localApi } from './sources/local-api.ts';
import { localPods } from './sources/local-pods.ts';
import { manifestUrl } from './sources/manifest-url.ts';
import { manifests } from './sources/manifests.ts';
import type { OverviewMessage } from './sources/overview.ts';
import type { PodsMessage } from './sources/pods.ts';
import { wholeAgain } from './whole-again.ts';

type Deps = Pick<
  AgentDeps,
  'node' | 'readDocuments' | 'makeStaticPod' | 'manifestDir' | 'manifestUrl' | 'localPods' | 'localServer' | 'random'
>;
type Known = {
  readonly events: Ref<PodEventsMessage>;
  readonly pods: Ref<PodsMessage>;
  readonly overview: Ref<OverviewMessage>;
  readonly metrics: Ref<MetricsMessage>;
};

/** Starts them; `known` are the actors that they speak with. */
export function podSources<M extends { readonly type: string }>(
  self: Pick<Context<M>, 'spawn'>,
  deps: Deps,
  known: Known,
): void {
  const { node, random, readDocuments, makeStaticPod } = deps;
  const sources = { node, readDocuments, makeStaticPod, ...known };
  self.spawn('manifests', manifests({ ...sources, dir: deps.manifestDir }), wholeAgain);
  if (deps.manifestUrl !== undefined) {
    self.spawn('manifest-url', manifestUrl({ ...sources, ...deps.manifestUrl, random }), wholeAgain);
  }
  const local = self.spawn('local-pods', localPods({ ...sources, file: deps.localPods }), wholeAgain);
  self.spawn(
    'local-api',
    localApi({
      node,
      server: deps.localServer,
      local,
      pods: known.pods,
      overview: known.overview,
      metrics: known.metrics,
    }),
  );
}
