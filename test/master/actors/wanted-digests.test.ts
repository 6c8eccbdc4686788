import test from 'ava';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { haveDigest } from '../../../src/common/wire/have-digest.ts';
import { WantedDigests } from '../../../src/master/actors/wanted-digests.ts';
import { digestsOf, neededBy } from '../../../src/master/core/desired.ts';
import { touchedNodes } from '../../../src/master/core/touched-nodes.ts';
import { ClusterView } from '../../../src/master/core/view.ts';

const NODES = ['a', 'b'];

type Change = {
  readonly what: 'pod' | 'status' | 'finished' | 'gone' | 'config' | 'config-gone';
  readonly pod: number;
  readonly node: string | undefined;
  readonly value: number;
};

function changeOf({ what, pod, node, value }: Change, version: number, view: ClusterView) {
  const config = what.startsWith('config');
  const name = config ? `c${value % 2}` : `p${pod}`;
  const key = { resource: config ? 'configmaps' : 'pods', namespace: 'default', name };
  if (what.endsWith('gone')) return { key, object: undefined };
  const metadata = { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(version + 1) };
  const envFrom = [{ configMapRef: { name: `c${pod % 2}` } }];
  const spec = { nodeName: node, containers: [{ name: 'm', image: `i:${value}`, envFrom }] };
  const stored = view.get(key)?.spec as object | undefined;
  const status = { phase: what === 'finished' ? 'Succeeded' : 'Running' };
  const object = config
    ? { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value: String(version) } }
    : { apiVersion: 'v1', kind: 'Pod', metadata, spec: what === 'pod' ? spec : (stored ?? spec), status };
  return { key, object: object as unknown as KubeObject };
}

test('what is remembered is what would be worked out anew, whatever changes', (t) => {
  const change: fc.Arbitrary<Change> = fc.record({
    what: fc.constantFrom<Change['what']>('pod', 'status', 'finished', 'gone', 'config', 'config-gone'),
    pod: fc.integer({ min: 0, max: 3 }),
    node: fc.constantFrom(...NODES, undefined),
    value: fc.integer({ min: 0, max: 3 }),
  });
  const property = fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
    const view = new ClusterView();
    const wanted = new WantedDigests(new WeakMap());
    for (const [i, one] of changes.entries()) {
      const { key, object } = changeOf(one, i, view);
      const changed = view.apply(key, object);
      if (changed !== undefined) wanted.forget([changed], touchedNodes([changed], view));
      const now = view.at(0);
      for (const node of NODES) {
        t.is(wanted.of(node, now), haveDigest(digestsOf(neededBy(now, node), new WeakMap())));
      }
    }
  });
  fc.assert(property, { numRuns: 200 });
});
