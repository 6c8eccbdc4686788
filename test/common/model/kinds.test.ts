import test from 'ava';
import { identify } from '../../../src/common/model/identify.ts';
import type { Kind } from '../../../src/common/model/kind.ts';
import {
  allKinds,
  kindFor,
  kindOf,
  kinds,
  nearestResource,
  qualifiedKind,
  resourceFor,
  resourceName,
} from '../../../src/common/model/kinds.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { parseTolerant } from '../../../src/common/model/parse.ts';
import { deployment, plain, pod } from './manifests.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;

/** The cells of an object's row, by the names of their columns. */
function row<T extends KubeObject>(kind: Kind<T>, manifest: unknown): Record<string, string> {
  const parsed = parseTolerant(kind, manifest);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.causes));
  return Object.fromEntries(kind.columns.map((column) => [column.name, column.value(parsed.object, now)]));
}

test('no two kinds share a word', (t) => {
  const words = allKinds.flatMap((kind) => [...new Set([kind.plural, kind.singular, ...kind.shortNames])]);
  t.is(new Set(words).size, words.length);
});

test('a kind is found by every name that people use', (t) => {
  for (const name of ['deploy', 'deployment', 'deployments', 'Deployment', 'deployments.apps', 'deploy.apps']) {
    t.is(resourceFor(name), kinds.Deployment);
  }
  t.is(resourceFor('pods.apps'), undefined);
  t.is(kindOf('leases')?.kind, 'Lease');
  t.is(kindFor('apps/v1', 'ReplicaSet')?.plural, 'replicasets');
  t.is(kindFor('v1', 'ReplicaSet'), undefined);
  t.is(nearestResource('deplyoment'), 'deployment');
  t.is(resourceName(kindOf('deployments') as Kind), 'deployments.apps');
  t.is(qualifiedKind(kindOf('leases') as Kind), 'Lease.coordination.k8s.io');
});

test('a document of an unknown kind is refused with the nearest known one', (t) => {
  const message = (document: unknown) => {
    const found = identify(document);
    return found.ok ? found.kind.kind : found.causes.map((cause) => cause.message).join(' ');
  };
  t.is(message(deployment()), 'Deployment');
  t.is(
    message({ apiVersion: 'apps/v1', kind: 'Deploymnet' }),
    'no matches for kind "Deploymnet" in version "apps/v1"; did you mean Deployment in apps/v1?',
  );
  t.is(
    message({ apiVersion: 'v1', kind: 'Deployment' }),
    'no matches for kind "Deployment" in version "v1"; Deployment is in apps/v1',
  );
  t.regex(message({ apiVersion: 'v1', kind: 'Banana' }), /known kinds are Pod, Node, /);
  t.is(message({ kind: 3 }), 'Required value Invalid value: 3: must be a string');
  t.regex(message([]), /must be an object/);
});

test('the table of pods tells restarts, ages and places', (t) => {
  const lastState = { terminated: { exitCode: 1, finishedAt: at(55) } };
  const running = { name: 'web', image: 'web:1', ready: true, state: { running: {} }, restartCount: 2, lastState };
  const object = {
    ...pod({ nodeName: 'pi-1' }, { deletionTimestamp: at(59), creationTimestamp: at(0) }),
    status: { phase: 'Running', podIP: '10.0.0.1', containerStatuses: [running] },
  };
  t.deepEqual(row(kinds.Pod, object), {
    NAME: 'web',
    READY: '1/1',
    STATUS: 'Terminating',
    RESTARTS: '2 (5m ago)',
    AGE: '60m',
    IP: '10.0.0.1',
    NODE: 'pi-1',
    'READINESS GATES': '<none>',
  });
});

test('the tables of the other kinds read as people know them', (t) => {
  const web = { ...deployment({ replicas: 3 }), status: { readyReplicas: 2, updatedReplicas: 3 } };
  t.like(row(kinds.Deployment, web), {
    READY: '2/3',
    'UP-TO-DATE': '3',
    AVAILABLE: '0',
    AGE: '<unknown>',
    IMAGES: 'web:1',
    SELECTOR: 'app=web',
  });
  t.like(row(kinds.ReplicaSet, { ...web, kind: 'ReplicaSet', status: { replicas: 3, readyReplicas: 1 } }), {
    DESIRED: '3',
    CURRENT: '3',
    READY: '1',
  });
  const node = plain('Node', {
    metadata: { name: 'pi', labels: { 'node-role.kubernetes.io/worker': '' } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.2' }],
    },
  });
  t.like(row(kinds.Node, node), { STATUS: 'Ready,SchedulingDisabled', ROLES: 'worker', 'INTERNAL-IP': '10.0.0.2' });
  const event = plain('Event', {
    involvedObject: { kind: 'Pod', name: 'web' },
    reason: 'BackOff',
    type: 'Warning',
    message: 'again\n',
    count: 4,
    firstTimestamp: at(0),
    lastTimestamp: at(58),
  });
  t.like(row(kinds.Event, event), { 'LAST SEEN': '2m (x4 over 60m)', OBJECT: 'pod/web', MESSAGE: 'again' });
  t.is(row(kinds.ConfigMap, plain('ConfigMap', { data: { a: '', b: '' }, binaryData: { c: '' } }))['DATA'], '3');
  t.is(row(kinds.Secret, plain('Secret'))['TYPE'], 'Opaque');
  t.is(row(kinds.Namespace, plain('Namespace'))['STATUS'], 'Active');
  t.is(row(kinds.Lease, plain('Lease', { spec: { holderIdentity: 'm1' } }))['HOLDER'], 'm1');
});
