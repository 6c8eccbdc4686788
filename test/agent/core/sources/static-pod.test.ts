import test from 'ava';
import { staticPod } from '../../../../src/agent/core/sources/static-pod.ts';

const document = (spec: object = {}, metadata: object = { name: 'web' }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
});
const made = (...parts: Parameters<typeof document>) => {
  const result = staticPod('file', 'pi-7', document(...parts));
  if (!result.ok) throw new Error(JSON.stringify(result.causes));
  return result.object;
};
const causes = (value: unknown) => {
  const result = staticPod('file', 'pi-7', value);
  return result.ok ? [] : result.causes.map(({ field, message }) => `${field}: ${message}`);
};

test('a static pod is named after its node, bound to it, and tolerates every NoExecute taint', (t) => {
  const pod = made({ nodeName: 'elsewhere' }, { name: 'web', labels: { a: 'b' }, uid: 'own', annotations: { c: 'd' } });
  t.like(pod.metadata, { name: 'web-pi-7', namespace: 'default', labels: { a: 'b' } });
  t.like(pod.metadata.annotations, {
    c: 'd',
    'kubernetes.io/config.source': 'file',
    'kubernetes.io/config.hash': pod.metadata.uid,
  });
  t.is(pod.spec.nodeName, 'pi-7');
  t.is(pod.spec.restartPolicy, 'Always');
  t.deepEqual(pod.spec.tolerations?.at(-1), { operator: 'Exists', effect: 'NoExecute' });
});

test('the uid comes from what is written, the node and the source', (t) => {
  const uid = made().metadata.uid;
  t.regex(uid ?? '', /^file-[0-9a-f]{32}$/);
  t.is(made({}, { name: 'web' }).metadata.uid, uid);
  t.not(made({ hostNetwork: true }).metadata.uid, uid);
  t.not(made({}, { name: 'web', labels: { a: 'b' } }).metadata.uid, uid);
  const elsewhere = staticPod('file', 'pi-8', document());
  const otherwise = staticPod('http', 'pi-7', document());
  t.true(elsewhere.ok && otherwise.ok);
  if (elsewhere.ok) t.not(elsewhere.object.metadata.uid, uid);
  if (otherwise.ok) t.regex(otherwise.object.metadata.uid ?? '', /^http-/);
});

test('what is no pod, or no good one, is refused with every cause', (t) => {
  t.deepEqual(causes({ ...document(), kind: 'Deployment', apiVersion: 'apps/v1' }), [
    'kind: found Deployment; accepted is Pod',
  ]);
  t.regex(causes('text')[0] ?? '', /must be an object with apiVersion, kind and metadata/);
  const many = causes(document({ restartPolicy: 'Sometimes', contaners: [] }));
  t.true(many.some((cause) => cause.startsWith('spec.restartPolicy: ')));
  t.true(many.some((cause) => cause.startsWith('spec.contaners: unknown field; did you mean "containers"')));
  t.regex(causes(document({}, { name: 'x'.repeat(250) }))[0] ?? '', /metadata\.name/);
});

test('a static pod reads nothing from the API', (t) => {
  const env = [
    { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    { name: 'B', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
  ];
  const found = causes(
    document({
      serviceAccountName: 'default',
      imagePullSecrets: [{ name: 's' }],
      nodeSelector: { secret: 'word' },
      volumes: [
        { name: 's', secret: { secretName: 's' } },
        { name: 'c', configMap: { name: 'c' } },
        { name: 'p', projected: { sources: [{ secret: { name: 's' } }] } },
      ],
      containers: [{ name: 'app', image: 'app:1', env, envFrom: [{ configMapRef: { name: 'c' } }] }],
    }),
  );
  const fields = found.map((cause) => cause.split(':')[0]).sort();
  t.deepEqual(fields, [
    'spec.containers[0].envFrom[0].configMapRef',
    'spec.containers[0].env[0].valueFrom.secretKeyRef',
    'spec.containers[0].env[1].valueFrom.configMapKeyRef',
    'spec.imagePullSecrets',
    'spec.serviceAccountName',
    'spec.volumes[0].secret',
    'spec.volumes[1].configMap',
    'spec.volumes[2].projected.sources[0].secret',
  ]);
  t.regex(found.join(), /a static pod may not reference Secrets: it runs without the API/);
});
