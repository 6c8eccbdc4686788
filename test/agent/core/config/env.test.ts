import test from 'ava';
import fc from 'fast-check';
import { environment, expandAll } from '../../../../src/agent/core/config/env.ts';
import { expand } from '../../../../src/agent/core/config/expansion.ts';
import { inputsOf } from '../../../../src/agent/core/config/inputs.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import { aNode } from '../../../support/node-builder.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const inputs = inputsOf({
  configMaps: new Map([
    ['map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data: { A: 'from map', B: 'b' } }],
  ]),
  secrets: new Map([
    [
      'keys',
      { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 'keys' }, data: { token: 'czNjcmV0' } },
    ],
  ]),
});
const node = aNode({ ips: ['192.0.2.7'], allocatable: { cpu: '4', memory: '1Gi' } });

function envOf(change: Partial<Container>) {
  const container = aContainer('app', change);
  return environment(aPod('web', { spec: { containers: [container] } }), container, inputs, {
    podIps: ['10.85.0.2'],
    node,
  });
}

test('a reference is replaced, an unknown one and a lone dollar stay, and two dollars are one', (t) => {
  const values: Record<string, string> = { A: '1', EMPTY: '' };
  const expanded = (text: string) => expand(text, (name) => values[name]);
  t.is(expanded('$(A)-$(EMPTY)-$(B)-$A-$(A'), '1--$(B)-$A-$(A');
  t.is(expanded('$$(A) $$$(A) $$$$(A)'), '$(A) $1 $$(A)');
});

test('text without a dollar is never changed', (t) => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('$')),
      (text) => expand(text, () => 'x') === text,
    ),
  );
  t.pass();
});

test('variables come from ConfigMaps, Secrets and fields; env goes over envFrom', (t) => {
  const result = envOf({
    envFrom: [{ configMapRef: { name: 'map' } }, { prefix: 'S_', secretRef: { name: 'keys' } }],
    env: [
      { name: 'A', value: 'own' },
      { name: 'TWICE', value: '$(A) $(A)' },
      { name: 'BOTH', value: '$(B) $(LATER) $$(A)' },
      { name: 'LATER', value: 'x' },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
      { name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
      { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      { name: 'CORES', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'ABSENT', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
    ],
  });
  t.true(result.ok);
  t.deepEqual(result.ok && Object.fromEntries(result.value.map(({ key, value }) => [key, value])), {
    A: 'own',
    B: 'b',
    S_token: 's3cret',
    TWICE: 'own own',
    BOTH: 'b $(LATER) $(A)',
    LATER: 'x',
    TOKEN: 's3cret',
    IP: '10.85.0.2',
    MEMORY: '1024',
    CORES: '4',
  });
});

test('what is missing is named', (t) => {
  t.deepEqual(envOf({ envFrom: [{ configMapRef: { name: 'none' } }] }), {
    ok: false,
    message: 'configmap "none" not found',
  });
  t.deepEqual(envOf({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'map', key: 'C' } } }] }), {
    ok: false,
    message: "couldn't find key C in ConfigMap default/map",
  });
});

test('command and arguments see the whole environment', (t) => {
  t.deepEqual(expandAll(['echo', '$(A)', '$(NONE)'], [{ key: 'A', value: 'x' }]), ['echo', 'x', '$(NONE)']);
});
