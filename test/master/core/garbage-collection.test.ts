import test from 'ava';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { garbageCollection } from '../../../src/master/core/garbage-collection.ts';
import { namespaceLifecycle } from '../../../src/master/core/namespace-lifecycle.ts';
import type { Key } from '../../../src/master/core/reconcile.ts';
import { ClusterView } from '../../../src/master/core/view.ts';

const set = (name: string, metadata: object = {}): [Key, KubeObject] => [
  { resource: 'replicasets', namespace: 'ns', name },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace: 'ns', uid: `uid-${name}`, ...metadata } },
];
const pod = (name: string, owners: readonly string[], metadata: object = {}): [Key, KubeObject] => {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: owner,
    uid: `uid-${owner}`,
    blockOwnerDeletion: true,
  }));
  return [
    { resource: 'pods', namespace: 'ns', name },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'ns', uid: `uid-${name}`, ownerReferences, ...metadata },
    },
  ];
};
const namespace = (metadata: object = {}): [Key, KubeObject] => [
  { resource: 'namespaces', name: 'ns' },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'ns', uid: 'n', ...metadata },
    spec: { finalizers: ['kubernetes'] },
  },
];
const going = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 };

function viewOf(...entries: [Key, KubeObject][]): ClusterView {
  const view = new ClusterView();
  for (const [key, object] of entries) view.apply(key, object);
  return view;
}
const collect = (view: ClusterView, [key]: [Key, KubeObject]) =>
  garbageCollection.reconcile(view.at(0), key, () => 'x').writes;
const empty = (view: ClusterView) =>
  namespaceLifecycle.reconcile(view.at(0), { resource: 'namespaces', name: 'ns' }, () => 'x').writes;

test('a dependent goes when all its owners are gone', (t) => {
  t.like(collect(viewOf(pod('p', ['a', 'b'])), pod('p', []))[0], { type: 'delete', uid: 'uid-p' });
  t.deepEqual(collect(viewOf(set('a'), pod('p', ['a'])), pod('p', [])), []);
});

test('an owner of the same name but another uid is not the owner', (t) => {
  t.like(collect(viewOf(set('a', { uid: 'newer' }), pod('p', ['a'])), pod('p', []))[0], { type: 'delete' });
});

test('of several owners, the dead ones are forgotten', (t) => {
  const [write] = collect(viewOf(set('a'), pod('p', ['a', 'b'])), pod('p', []));
  t.like(write, { type: 'patch', patch: { metadata: { ownerReferences: [{ uid: 'uid-a' }] } } });
});

test('an owner of an unknown kind keeps its dependents', (t) => {
  const [key, object] = pod('p', ['a']);
  const foreign = [{ apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'y' }];
  const kept: [Key, KubeObject] = [key, { ...object, metadata: { ...object.metadata, ownerReferences: foreign } }];
  t.deepEqual(collect(viewOf(kept), kept), []);
});

test('an owner deleted in the foreground waits for its dependents, which are deleted', (t) => {
  const owner = set('a', { ...going, finalizers: ['foregroundDeletion'] });
  t.deepEqual(collect(viewOf(owner, pod('p', ['a'])), owner), []);
  t.like(collect(viewOf(owner, pod('p', ['a'])), pod('p', []))[0], { type: 'delete' });
  t.like(collect(viewOf(owner), owner)[0], { type: 'patch', patch: { metadata: { finalizers: [] } } });
});

test('an owner that leaves orphans is forgotten by them first', (t) => {
  const owner = set('a', { ...going, finalizers: ['orphan'] });
  const view = viewOf(owner, pod('p', ['a']));
  t.deepEqual(collect(view, pod('p', [])), []);
  t.like(collect(view, owner)[0], { key: { name: 'p' }, patch: { metadata: { ownerReferences: [] } } });
  t.like(collect(viewOf(owner, pod('p', [])), owner)[0], {
    key: { name: 'a' },
    patch: { metadata: { finalizers: [] } },
  });
});

test('the going of an owner, and of a dependent, pokes the other', (t) => {
  const owner = set('a', { ...going, finalizers: ['foregroundDeletion'] });
  const dependent = pod('p', ['a']);
  const view = viewOf(owner, dependent);
  const keys = (key: Key, object: KubeObject) =>
    garbageCollection.touched({ key, after: object }, view.at(0)).map(({ name }) => name);
  t.true(keys(...owner).includes('p'));
  view.apply(dependent[0], undefined);
  const poked = garbageCollection.touched({ key: dependent[0], before: dependent[1] }, view.at(0));
  t.deepEqual(
    poked.map(({ name }) => name),
    ['a'],
  );
});

test('a terminating namespace is emptied, then finalized; a living one is left alone', (t) => {
  t.deepEqual(empty(viewOf(namespace(), pod('p', []))), []);
  t.like(empty(viewOf(namespace(going), pod('p', [])))[0], { type: 'delete', uid: 'uid-p' });
  t.deepEqual(empty(viewOf(namespace(going), pod('p', [], going))), []);
  t.like(empty(viewOf(namespace(going)))[0], { type: 'patch', patch: { spec: { finalizers: [] } } });
});

test('what came into a namespace after it was gone is deleted', (t) => {
  t.like(empty(viewOf(pod('late', [])))[0], { type: 'delete', uid: 'uid-late' });
});
