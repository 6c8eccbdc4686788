import test from 'ava';
import fc from 'fast-check';
import { inputsOf, versionOf, volumeInputs, volumesVersion } from '../../../../src/agent/core/config/inputs.ts';
import { planVolumes } from '../../../../src/agent/core/config/volumes.ts';
import type { VolumeFile } from '../../../../src/agent/core/runtime-model.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import type { PodSpec } from '../../../../src/common/model/pod-spec.ts';
import type { Volume } from '../../../../src/common/model/volume.ts';
import type { VolumeProjection } from '../../../../src/common/model/volume-file.ts';
import { aNode } from '../../../support/node-builder.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const node = aNode({ allocatable: { memory: '1Gi', cpu: '3900m' } });
const metadata = (name: string) => ({ name });
const mapOf = (name: string, data: Record<string, string>) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name), data }) as const;
const secretOf = (name: string, data: Record<string, string>) =>
  ({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: metadata(name), data }) as const;

const inputs = inputsOf({
  configMaps: new Map([['map', mapOf('map', { k: 'v', l: 'w' })]]),
  secrets: new Map([['keys', secretOf('keys', { token: 'czNjcmV0' })]]),
});
const podWith = (volumes: readonly Volume[], spec: Partial<PodSpec> = {}, change: Partial<Pod['metadata']> = {}) =>
  aPod('web', { spec: { volumes: [...volumes], ...spec }, metadata: change });

function filesOf(volume: Omit<Volume, 'name'>, change: Partial<Pod['metadata']> = {}): Record<string, string> {
  const planned = planVolumes(podWith([{ name: 'v', ...volume }], {}, change), inputs, node);
  if (!planned.ok) throw new Error(planned.message);
  const [plan] = planned.value;
  const files: readonly VolumeFile[] = plan?.type === 'files' ? plan.files : [];
  return Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]));
}

test('volumes are planned from their sources: files of a ConfigMap on the disk, all others in memory', (t) => {
  const planned = planVolumes(
    podWith([
      { name: 'files', configMap: { name: 'map', defaultMode: 0o600, items: [{ key: 'k', path: 'sub/file' }] } },
      {
        name: 'keys',
        secret: { secretName: 'keys', defaultMode: 0o400, items: [{ key: 'token', path: 't', mode: 0o440 }] },
      },
      { name: 'self', downwardAPI: { defaultMode: 0o644 } },
      { name: 'all', projected: { defaultMode: 0o644 } },
      { name: 'disk', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'host', hostPath: { path: '/srv', type: 'Directory' } },
    ]),
    inputs,
    node,
  );
  t.deepEqual(planned, {
    ok: true,
    value: [
      {
        type: 'files',
        name: 'files',
        memory: false,
        files: [{ path: 'sub/file', content: Buffer.from('v'), mode: 0o600 }],
      },
      {
        type: 'files',
        name: 'keys',
        memory: true,
        files: [{ path: 't', content: Buffer.from('s3cret'), mode: 0o440 }],
      },
      { type: 'files', name: 'self', memory: true, files: [] },
      { type: 'files', name: 'all', memory: true, files: [] },
      { type: 'empty', name: 'disk' },
      { type: 'host', name: 'host', path: '/srv', check: 'Directory' },
    ],
  });
});

test('what is missing is named with the volume, unless it is optional', (t) => {
  const failed = (volume: Omit<Volume, 'name'>) => {
    const planned = planVolumes(podWith([{ name: 'v', ...volume }]), inputs, node);
    return planned.ok ? 'planned' : planned.message;
  };
  const words = (why: string) => `MountVolume.SetUp failed for volume "v" : ${why}`;
  const items = [{ key: 'x', path: 'x' }];
  const defaultMode = 0o644;
  t.is(failed({ configMap: { name: 'none', defaultMode } }), words('configmap "none" not found'));
  t.is(failed({ secret: { secretName: 'none', defaultMode } }), words('secret "none" not found'));
  t.is(failed({ configMap: { name: 'map', items, defaultMode } }), words('references non-existent config key: x'));
  t.is(failed({ secret: { secretName: 'keys', items, defaultMode } }), words('references non-existent secret key: x'));
  t.is(
    failed({ projected: { sources: [{ secret: { name: 'none' } }], defaultMode } }),
    words('secret "none" not found'),
  );
  for (const name of ['none', 'map']) {
    t.deepEqual(filesOf({ configMap: { name, items, optional: true, defaultMode } }), {});
    t.deepEqual(filesOf({ projected: { sources: [{ configMap: { name, items, optional: true } }], defaultMode } }), {});
  }
});

test("fields of the pod are files; maps are written as Go quotes them, in the keys' order", (t) => {
  const file = (path: string, fieldPath: string) => ({ path, fieldRef: { apiVersion: 'v1' as const, fieldPath } });
  const resourceFieldRef = { containerName: 'app', resource: 'limits.memory', divisor: '1Mi' };
  const items = [
    ...[file('name', 'metadata.name'), file('labels', 'metadata.labels'), file('notes', 'metadata.annotations')],
    ...[file('one', "metadata.labels['b']"), { path: 'memory', resourceFieldRef }],
  ];
  const labels = { b: '2', a: '1' };
  const annotations = { text: 'a "quoted" \\ line\nä\u0007\u0001\u200b' };
  t.deepEqual(filesOf({ downwardAPI: { items, defaultMode: 0o644 } }, { labels, annotations }), {
    name: 'web',
    labels: 'a="1"\nb="2"',
    notes: 'text="a \\"quoted\\" \\\\ line\\nä\\a\\x01\\u200b"',
    one: '2',
    memory: '1024',
  });
});

test('of files of one path in a projection, the last source has it; all others stay', (t) => {
  const source = fc.record({ keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')), secret: fc.boolean() });
  fc.assert(
    fc.property(fc.array(source, { maxLength: 5 }), (sources) => {
      const text = (i: number, key: string) => `${i} ${key}`;
      const data = (i: number, encoding: BufferEncoding) =>
        Object.fromEntries(sources[i]?.keys.map((key) => [key, Buffer.from(text(i, key)).toString(encoding)]) ?? []);
      const given = inputsOf({
        configMaps: new Map(sources.map((_, i) => [`o${i}`, mapOf(`o${i}`, data(i, 'utf8'))])),
        secrets: new Map(sources.map((_, i) => [`o${i}`, secretOf(`o${i}`, data(i, 'base64'))])),
      });
      const projected = {
        sources: sources.map(
          ({ secret }, i): VolumeProjection => ({ [secret ? 'secret' : 'configMap']: { name: `o${i}` } }),
        ),
        defaultMode: 0o644,
      };
      const planned = planVolumes(podWith([{ name: 'v', projected }]), given, node);
      const [plan] = planned.ok ? planned.value : [];
      const files = plan?.type === 'files' ? plan.files : [];
      const expected = new Map<string, string>(
        sources.flatMap(({ keys }, i) => keys.map((key) => [key, text(i, key)] as const)),
      );
      return (
        files.length === expected.size &&
        files.every(({ path, content }) => Buffer.from(content).toString() === expected.get(path))
      );
    }),
  );
  t.pass();
});

test('a volume in memory is never larger than its limit, what the pod may use, and what the node gives', (t) => {
  const limit = fc.option(fc.integer({ min: 1, max: 4096 }), { nil: undefined });
  fc.assert(
    fc.property(limit, fc.array(limit, { minLength: 1, maxLength: 3 }), (sizeLimit, limits) => {
      const containers = limits.map((memory, i) =>
        aContainer(`c${i}`, memory === undefined ? {} : { resources: { limits: { memory: `${memory}Mi` } } }),
      );
      const emptyDir = {
        medium: 'Memory' as const,
        ...(sizeLimit === undefined ? {} : { sizeLimit: `${sizeLimit}Mi` }),
      };
      const planned = planVolumes(podWith([{ name: 'v', emptyDir }], { containers }), inputs, node);
      const [plan] = planned.ok ? planned.value : [];
      const known = limits.filter((memory) => memory !== undefined);
      const pod = known.length === limits.length ? known.reduce((sum, memory) => sum + memory, 0) : 1024;
      return plan?.type === 'empty' && plan.memoryBytes === Math.min(sizeLimit ?? 1024, pod, 1024) * 2 ** 20;
    }),
  );
  t.pass();
});

test('the version of volumes follows the objects that they show, and the pod only where they show it', (t) => {
  const configMap: Volume = { name: 'v', configMap: { name: 'map', defaultMode: 0o644 } };
  const self: Volume = { name: 'w', projected: { sources: [{ downwardAPI: {} }], defaultMode: 0o644 } };
  const version = (volumes: readonly Volume[], digest: string, labels: Record<string, string>) =>
    volumesVersion(podWith(volumes, {}, { labels }), () => digest);
  t.not(version([configMap], '1', {}), version([configMap], '2', {}));
  t.is(version([configMap], '1', { a: '1' }), version([configMap], '1', { a: '2' }));
  t.not(version([configMap, self], '1', { a: '1' }), version([configMap, self], '1', { a: '2' }));
  t.is(version([self], '1', { a: '1', b: '2' }), version([self], '1', { b: '2', a: '1' }));
});

test('what projections read is among the inputs of the pod', (t) => {
  const sources = [{ configMap: { name: 'm' } }, { secret: { name: 's' } }, { downwardAPI: {} }];
  const pod = podWith([{ name: 'v', projected: { sources, defaultMode: 0o644 } }]);
  t.deepEqual(volumeInputs(pod), [
    { kind: 'ConfigMap', name: 'm' },
    { kind: 'Secret', name: 's' },
  ]);
  t.is(
    versionOf(volumeInputs(pod), ({ name }) => (name === 'm' ? '1' : undefined)),
    '1,-',
  );
});
