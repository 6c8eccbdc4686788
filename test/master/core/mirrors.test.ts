import test from 'ava';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import type { Node } from '../../../src/common/model/node.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import { mirrorAnnotation } from '../../../src/common/model/static-pods.ts';
import { admitMirror, compareMirrors, forbiddenMirror, frozenMirror } from '../../../src/master/core/mirrors.ts';
import { aPod } from '../../support/pod-builder.ts';

const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-7', uid: 'node-uid' }, spec: {} };

function mirror(uid: string, name = 'web-pi-7', owner = node): Pod {
  const pod = aPod(name);
  const said = {
    ...pod,
    metadata: { ...pod.metadata, annotations: { [mirrorAnnotation]: uid } },
    spec: { ...pod.spec, nodeName: 'pi-7' },
  };
  return admitMirror(owner, said) as Pod;
}

const compare = (mirrors: readonly Pod[], named: readonly string[], complete = true) =>
  compareMirrors(
    { get: () => node as KubeObject, podsOnNode: () => [...mirrors, aPod('other')] },
    'pi-7',
    named.map((uid) => ({ uid, namespace: 'default', name: 'web-pi-7' })),
    complete,
  );

test('a mirror of each named pod is lacking until it is there, owned by the node', (t) => {
  t.deepEqual(compare([], ['a']).lacking, ['a']);
  t.deepEqual(compare([mirror('a')], ['a']), { surplus: [], lacking: [] });
  const former = { ...node, metadata: { name: 'pi-7', uid: 'former' } };
  t.is(compare([mirror('a', 'web-pi-7', former)], ['a']).surplus.length, 1, 'a node that was made anew gets its own');
});

test('what is not named any more goes, and nothing else', (t) => {
  t.deepEqual(
    compare([mirror('a'), mirror('b', 'b-pi-7')], ['a']).surplus.map(({ metadata }) => metadata.name),
    ['b-pi-7'],
  );
  t.deepEqual(compare([mirror('a'), mirror('b', 'b-pi-7')], ['a'], false).surplus, [], 'not all were named');
  t.deepEqual(compare([mirror('a')], ['changed'], false).lacking, ['changed']);
  t.is(compare([mirror('a')], ['changed'], false).surplus.length, 1, 'a changed pod takes the place of its mirror');
});

test('a device makes mirrors of its own pods only', (t) => {
  const other = { ...mirror('a'), spec: { ...mirror('a').spec, nodeName: 'pi-8' } };
  t.regex(String(admitMirror(node, other)), /spec\.nodeName: found pi-8, accepted is pi-7/);
  t.regex(String(admitMirror(node, aPod('web-pi-7'))), /annotation/);
  t.regex(String(admitMirror(node, { ...mirror('a'), metadata: { ...mirror('a').metadata, name: 'web' } })), /name/);
  t.is(mirror('a').metadata.ownerReferences?.[0]?.uid, 'node-uid');
});

test('nobody else makes a mirror, and a mirror is not changed', (t) => {
  t.is(forbiddenMirror(mirror('a'))?.code, 403);
  t.is(forbiddenMirror(aPod()), undefined);
  t.is(forbiddenMirror({ metadata: null }), undefined);
  t.deepEqual(frozenMirror(mirror('a'), mirror('a')), []);
  const labelled = { ...mirror('a'), metadata: { ...mirror('a').metadata, labels: { a: 'b' } } };
  t.is(frozenMirror(labelled, mirror('a')).length, 1);
  t.is(frozenMirror(mirror('a'), aPod('web-pi-7')).length, 1);
});
