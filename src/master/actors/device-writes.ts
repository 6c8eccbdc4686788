/** Stores what devices say: their Node, and what became of their pods. Written only when it changes something. */

import type { KubeObject } from '../../common/model/meta.ts';
import type { Node } from '../../common/model/node.ts';
import type { Pod } from '../../common/model/pod.ts';
import { mirrorOf, staticSourceOf } from '../../common/model/static-pods.ts';
import type { PodReport, ReportAnswer } from '../../common/wire/agent-protocol.ts';
import { newLabels, nodeStatus, podStatus } from '../core/device-words.ts';
import { admitMirror, compareMirrors, type StaticPodName } from '../core/mirrors.ts';
import { keyOf } from '../core/owners.ts';
import type { ClusterView } from '../core/view.ts';
import type { Answer, Objects } from '../ports.ts';
import { refusalOf } from './perform.ts';

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly message: string };
type Result = 'ok' | 'unknown' | { readonly refused: string };

/** Makes the Node of a device, or brings its labels and status up to date. A refusal comes back in words. */
export async function acceptNode(
  objects: Objects,
  view: ClusterView | undefined,
  node: string,
  said: KubeObject,
): Promise<Verdict> {
  if (said.metadata?.name !== node) {
    return { ok: false, message: `metadata.name: found ${String(said.metadata?.name)}, accepted is ${node}` };
  }
  const key = keyOf('nodes', { name: node });
  let stored = view?.get(key);
  if (stored === undefined) {
    const { labels = {}, annotations = {} } = said.metadata;
    const made = await objects.create('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node, labels, annotations },
      spec: {},
    });
    // Made already, by a hello that the view does not show yet: the device asks again.
    if (!made.ok) return { ok: false, message: refusalOf(made.status).message };
    stored = made.value;
  } else {
    const labels = newLabels(stored as Node, said);
    if (labels !== undefined) {
      const patched = await objects.patch(key, 'merge', { metadata: { labels } });
      if (!patched.ok) return { ok: false, message: refusalOf(patched.status).message };
    }
  }
  const answer = await objects.changeStatus(key, stored.metadata.uid, (now) => nodeStatus(now as Node, said));
  return answer.ok ? { ok: true } : { ok: false, message: refusalOf(answer.status).message };
}

/** What became of each report, in order. Rejects when the store can not be reached: then nothing is known. */
export async function acceptReports(
  objects: Objects,
  view: ClusterView,
  node: string,
  reports: readonly PodReport[],
): Promise<ReportAnswer> {
  const results = await Promise.all(reports.map((report) => acceptReport(objects, view, node, report)));
  const refusals = reports.flatMap(({ uid }, at): [string, string][] => {
    const result = results[at];
    return typeof result === 'object' ? [[uid, result.refused.slice(0, 2048)]] : [];
  });
  return {
    results: results.map((result) => (typeof result === 'object' ? 'refused' : result)),
    ...(refusals.length > 0 ? { refusals: Object.fromEntries(refusals) } : {}),
  };
}

async function acceptReport(objects: Objects, view: ClusterView, node: string, report: PodReport): Promise<Result> {
  const key = keyOf('pods', report);
  if (staticSourceOf(report.uid) !== undefined) return await acceptStaticReport(objects, node, report);
  const pod = view.get(key) as Pod | undefined;
  if (pod === undefined || pod.metadata.uid !== report.uid) return 'unknown';
  // A device speaks for its own pods only.
  if (pod.spec.nodeName !== node) return { refused: `the pod is not bound to node ${node}` };
  if (report.gone === true && pod.metadata.deletionTimestamp !== undefined) {
    const removed = await objects.delete(key, { gracePeriodSeconds: 0, preconditions: { uid: report.uid } });
    if (removed.ok) return 'ok';
    const { code, message } = refusalOf(removed.status);
    return code === 404 ? 'unknown' : { refused: message };
  }
  return resultOf(await objects.changeStatus(key, report.uid, (now) => podStatus(now as Pod, report.status)));
}

/** Of a static pod its mirror is written, which may be so new that the view does not show it. */
async function acceptStaticReport(objects: Objects, node: string, report: PodReport): Promise<Result> {
  const statusOf = (stored: KubeObject) => {
    const own = mirrorOf(stored) === report.uid && (stored as Pod).spec.nodeName === node;
    return own ? podStatus(stored as Pod, report.status) : undefined;
  };
  return resultOf(await objects.changeStatus(keyOf('pods', report), undefined, statusOf));
}

function resultOf(answer: Answer<KubeObject>): Result {
  if (answer.ok) return 'ok';
  const { code, message } = refusalOf(answer.status);
  // Others wrote all the time: the device says it again.
  if (code === 409) throw new Error(message);
  return code === 404 ? 'unknown' : { refused: message };
}

/** Removes the mirrors of a node that show nothing any more; answers which static pods have none. */
export async function acceptMirrors(
  objects: Objects,
  view: ClusterView,
  node: string,
  named: readonly StaticPodName[],
  complete: boolean,
): Promise<readonly string[]> {
  const { surplus, lacking } = compareMirrors(view, node, named, complete);
  const gone = surplus.map(({ metadata }) =>
    objects.delete(keyOf('pods', metadata), { preconditions: { uid: metadata.uid ?? '' } }),
  );
  await Promise.all(gone);
  return lacking;
}

/** Stores the mirror of a static pod. */
export async function acceptMirror(
  objects: Objects,
  view: ClusterView,
  node: string,
  said: KubeObject,
): Promise<Verdict> {
  const owner = view.get(keyOf('nodes', { name: node })) as Node | undefined;
  if (owner === undefined) return { ok: false, message: `node ${node} is not known yet` };
  const mirror = admitMirror(owner, said);
  if (typeof mirror === 'string') return { ok: false, message: mirror };
  const made = await objects.create('pods', mirror);
  if (made.ok) return { ok: true };
  const { code, message } = refusalOf(made.status);
  const there = view.get(keyOf('pods', mirror.metadata));
  // One that the view does not show yet is most likely this one.
  const own = there === undefined || (mirrorOf(there) !== undefined && (there as Pod).spec.nodeName === node);
  return code === 409 && own ? { ok: true } : { ok: false, message };
}
