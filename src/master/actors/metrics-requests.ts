/** `get` and `list` of metrics.k8s.io: as metrics-server answers them, from what the devices tell now. */

import type { Kind } from '../../common/model/kind.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { metricsKindFor, metricsKinds, metricsResources } from '../../common/model/metrics-kinds.ts';
import { badRequest, methodNotAllowed, notFound } from '../../common/model/status.ts';
import { nodeMetricsOf, podMetricsOf } from '../../common/model/usage-metrics.ts';
import type { UsageSample } from '../../common/model/usage-sample.ts';
import { getRequest, listRequest } from '../../common/wire/api-protocol.ts';
import { aliveNodes } from '../core/alive-nodes.ts';
import { parseSelection } from '../core/selection.ts';
import { nodeNameOf } from '../core/view.ts';
import type { ApiCall, DeviceUsage, ListSource } from '../ports.ts';
import { readBody } from './api-body.ts';
import type { Outcome } from './api-requests.ts';

type Deps = { readonly usage: DeviceUsage; readonly lists: ListSource };

/** Undefined for a call about something else. */
export function createMetricsRequests({ usage, lists }: Deps): (call: ApiCall) => Promise<Outcome> | undefined {
  /** Of objects that `kind` is measured of, those whose devices answer. */
  async function measured(kind: Kind, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    const alive = aliveNodes(lists.list('nodes').objects);
    const isNode = kind === metricsKinds.nodeMetrics;
    const placed = objects.map((object) => ({ object, node: isNode ? object.metadata.name : nodeNameOf(object) }));
    const asked = placed.flatMap(({ node }) => (node !== undefined && alive.has(node) ? [node] : []));
    const samples = await usage.samples(asked, 'brief');
    return placed.flatMap(({ object, node = '' }) => {
      const sample = samples.get(node);
      if (sample === undefined) return [];
      const found = isNode ? nodeMetricsOf(node, object.metadata.labels, sample) : podMetrics(object, sample);
      return found === undefined ? [] : [found];
    });
  }

  async function get({ name, namespace, body }: ApiCall, kind: Kind): Promise<Outcome> {
    const request = readBody(body, getRequest);
    if (!request.ok) return { type: 'refused', status: request.status };
    const objects = lists.list(sourceOf(kind), namespace).objects.filter(({ metadata }) => metadata.name === name);
    const [object] = await measured(kind, objects);
    if (object !== undefined) return { type: 'object', object };
    const resource = kind === metricsKinds.nodeMetrics ? metricsResources.nodeMetrics : metricsResources.podMetrics;
    return {
      type: 'refused',
      status: notFound(resource, namespace === undefined ? (name ?? '') : `${namespace}/${name}`),
    };
  }

  async function list({ namespace, body }: ApiCall, kind: Kind): Promise<Outcome> {
    const request = readBody(body, listRequest);
    if (!request.ok) return { type: 'refused', status: request.status };
    const selection = parseSelection(kind, request.value);
    if (!selection.ok) return { type: 'refused', status: selection.status };
    const objects = lists.list(sourceOf(kind), namespace).objects.filter(selection.selects);
    return { type: 'items', kind, items: await measured(kind, objects) };
  }

  return (call) => {
    const kind = metricsKindFor(call.resource);
    if (kind === undefined) return undefined;
    const refuse = (status: ReturnType<typeof badRequest>): Promise<Outcome> =>
      Promise.resolve({ type: 'refused', status });
    if (call.verb !== 'get' && call.verb !== 'list') return refuse(methodNotAllowed(kind.plural, call.verb));
    if (call.namespace !== undefined && !kind.namespaced)
      return refuse(badRequest(`${kind.plural} are not in namespaces`));
    if (call.verb === 'list') return list(call, kind);
    if (call.name === undefined) return refuse(badRequest(`get of ${kind.plural} needs a name`));
    if (kind.namespaced && call.namespace === undefined)
      return refuse(badRequest(`get of ${kind.plural} needs a namespace`));
    return get(call, kind);
  };
}

function sourceOf(kind: Kind): string {
  return kind === metricsKinds.nodeMetrics ? 'nodes' : 'pods';
}

function podMetrics({ metadata }: KubeObject, sample: UsageSample): KubeObject | undefined {
  const there = sample.pods.filter(({ pod }) => pod.namespace === metadata.namespace && pod.name === metadata.name);
  // A mirror of a static pod has another uid than that pod.
  const found = there.find(({ pod }) => pod.uid === metadata.uid) ?? there.at(-1);
  return found && podMetricsOf(found, metadata.labels, sample);
}
