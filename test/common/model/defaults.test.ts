import test from 'ava';
import type { Kind } from '../../../src/common/model/kind.ts';
import { kinds } from '../../../src/common/model/kinds.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { applyDefaults, parseStrict, parseTolerant } from '../../../src/common/model/parse.ts';
import { deployment, plain, pod, podWith, replicaSet } from './manifests.ts';

/** The parsed object; fails the test with the causes otherwise. */
function parsed<T extends KubeObject>(kind: Kind<T>, manifest: unknown): T {
  const result = parseStrict(kind, manifest);
  if (!result.ok) throw new Error(JSON.stringify(result.causes));
  return result.object;
}

const podDefaults = {
  containers: [
    {
      name: 'web',
      image: 'web:1',
      imagePullPolicy: 'IfNotPresent',
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    },
  ],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  securityContext: {},
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
};
const template = { metadata: { labels: { app: 'web' } }, spec: podDefaults };
const selector = { matchLabels: { app: 'web' } };

test('a Pod gets the defaults of Kubernetes', (t) => {
  t.deepEqual<unknown, unknown>(parsed(kinds.Pod, pod()), { ...pod(), spec: podDefaults });
});

test('a Deployment and its template get the defaults of Kubernetes', (t) => {
  t.deepEqual<unknown, unknown>(parsed(kinds.Deployment, deployment()).spec, {
    replicas: 1,
    selector,
    template,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    minReadySeconds: 0,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  const half = parsed(kinds.Deployment, deployment({ strategy: { rollingUpdate: { maxSurge: 2 } } }));
  t.deepEqual(half.spec.strategy.rollingUpdate, { maxSurge: 2, maxUnavailable: '25%' });
  const recreate = parsed(kinds.Deployment, deployment({ strategy: { type: 'Recreate' } }));
  t.deepEqual<unknown, unknown>(recreate.spec.strategy, { type: 'Recreate' });
});

test('a ReplicaSet and its template get the defaults of Kubernetes', (t) => {
  const { spec } = parsed(kinds.ReplicaSet, replicaSet());
  t.deepEqual<unknown, unknown>(spec, { replicas: 1, minReadySeconds: 0, selector, template });
});

test('the other kinds get theirs', (t) => {
  t.deepEqual<unknown, unknown>(parsed(kinds.Node, plain('Node')), plain('Node', { spec: {} }));
  t.deepEqual<unknown, unknown>(parsed(kinds.Namespace, plain('Namespace')), plain('Namespace', { spec: {} }));
  t.deepEqual<unknown, unknown>(parsed(kinds.ConfigMap, plain('ConfigMap')), plain('ConfigMap'));
  t.deepEqual<unknown, unknown>(parsed(kinds.Secret, plain('Secret')), plain('Secret', { type: 'Opaque' }));
  t.deepEqual<unknown, unknown>(parsed(kinds.Lease, plain('Lease')), plain('Lease', { spec: {} }));
  const event = plain('Event', { involvedObject: { kind: 'Pod', name: 'a' } });
  t.deepEqual<unknown, unknown>(parsed(kinds.Event, event), event);
});

test('images with the tag latest, or none, are always pulled', (t) => {
  const policy = (image: string) => parsed(kinds.Pod, podWith({ image })).spec.containers[0]?.imagePullPolicy;
  t.is(policy('web'), 'Always');
  t.is(policy('web:latest'), 'Always');
  t.is(policy('registry:5000/web'), 'Always');
  t.is(policy('registry:5000/web:1'), 'IfNotPresent');
  t.is(policy('web@sha256:abc'), 'IfNotPresent');
});

test('requests default to limits, host ports to container ports, quantities may be numbers', (t) => {
  const resources = { limits: { cpu: 0.5, memory: '64Mi' }, requests: { cpu: '100m' } };
  const [container] = parsed(kinds.Pod, podWith({ resources })).spec.containers;
  t.deepEqual(container?.resources, {
    limits: { cpu: '0.5', memory: '64Mi' },
    requests: { cpu: '100m', memory: '64Mi' },
  });
  const containers = [{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }];
  const onHost = parsed(kinds.Pod, pod({ hostNetwork: true, containers }));
  t.deepEqual(onHost.spec.containers[0]?.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
});

test('stringData becomes data and goes before it', (t) => {
  const secret = parsed(kinds.Secret, plain('Secret', { data: { a: 'AA==', b: 'AA==' }, stringData: { a: 'hé' } }));
  t.deepEqual(secret.data, { a: Buffer.from('hé').toString('base64'), b: 'AA==' });
  t.false('stringData' in secret);
});

test('an exported manifest is taken without the notes of its cluster', (t) => {
  const exported = {
    ...deployment(),
    metadata: { name: 'web', creationTimestamp: null, managedFields: [{}], selfLink: '/x', uid: 'u' },
    status: { anything: true },
  };
  const object = parsed(kinds.Deployment, exported);
  t.deepEqual<unknown, unknown>(object.metadata, { name: 'web', uid: 'u' });
  t.is(object.status, undefined);
  const toleration = (key: string) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  });
  const spec = {
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    serviceAccountName: 'default',
    serviceAccount: 'default',
    preemptionPolicy: 'PreemptLowerPriority',
    priority: 0,
    tolerations: [toleration('not-ready'), toleration('unreachable')],
  };
  t.true(parseStrict(kinds.Pod, pod(spec)).ok);
  const termination = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
  t.true(parseStrict(kinds.Pod, podWith(termination)).ok);
});

test('defaulting twice changes nothing, and never changes its input', (t) => {
  const input = Object.freeze(deployment());
  const once = parsed(kinds.Deployment, input);
  t.deepEqual(applyDefaults(kinds.Deployment, once), once);
  t.deepEqual(input, deployment());
});

test('tolerant parsing keeps fields of newer versions, at every depth', (t) => {
  const newer = { ...pod({ future: { a: [1] } }), later: 1, status: { phase: 'Running', novelty: true } };
  const result = parseTolerant(kinds.Pod, newer);
  t.true(result.ok);
  if (!result.ok) return;
  const object: KubeObject = result.object;
  t.is(object['later'], 1);
  t.deepEqual((object.spec as { future: unknown }).future, { a: [1] });
  t.deepEqual<unknown, unknown>(object.status, { phase: 'Running', novelty: true });
  t.is(result.object.spec.restartPolicy, 'Always');
});

test('a field named __proto__ is a field as any, and changes no other object', (t) => {
  const manifest = JSON.parse(
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"x"}}',
  );
  const map = parsed(kinds.ConfigMap, manifest);
  t.true(Object.hasOwn(map.data ?? {}, '__proto__'));
});
