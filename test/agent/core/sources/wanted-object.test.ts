import test from 'ava';
import { readWanted } from '../../../../src/agent/core/sources/wanted-object.ts';
import type { KubeObject } from '../../../../src/common/model/meta.ts';
import { aPod } from '../../../support/pod-builder.ts';

const read = (object: unknown) => readWanted([{ key: 'pods/default/web', digest: '1', object: object as KubeObject }]);

test('a pod that an older version kept has the defaults of this one', (t) => {
  const old = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: '1' },
    spec: { containers: [{ name: 'app', image: 'app:1', livenessProbe: { tcpSocket: { port: 80 } } }] },
  };
  const { set, refused } = read(old);
  t.deepEqual(refused, []);
  const spec = set[0]?.object.spec as ReturnType<typeof aPod>['spec'] | undefined;
  t.is(spec?.restartPolicy, 'Always');
  t.is(spec?.containers[0]?.livenessProbe?.periodSeconds, 10);
});

test('fields of a newer version are kept', (t) => {
  const { set } = read({ ...aPod('web'), spec: { ...aPod('web').spec, fromTheFuture: true } });
  t.like(set[0]?.object.spec, { fromTheFuture: true });
});

test('what has not the shape of its kind is left out, with the field that is wrong', (t) => {
  const bad = read({ ...aPod('web'), spec: { containers: 'none' } });
  t.deepEqual(bad.set, []);
  t.regex(bad.refused[0] ?? '', /^pods\/default\/web: spec\.containers: /);
  t.regex(read({ ...aPod('web'), kind: 'Node' }).refused[0] ?? '', /a device runs no Node/);
});
