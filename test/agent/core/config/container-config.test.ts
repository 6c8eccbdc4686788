import test from 'ava';
import { containerConfig } from '../../../../src/agent/core/config/container-config.ts';
import { oomScoreAdj } from '../../../../src/agent/core/config/qos.ts';
import { sandboxConfig } from '../../../../src/agent/core/config/sandbox-config.ts';
import { containerSecurity, nonRootRefusal } from '../../../../src/agent/core/config/security.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import type { Pod } from '../../../../src/common/model/pod.ts';
import { qosOf } from '../../../../src/common/model/qos.ts';
import { aNode } from '../../../support/node-builder.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const node = aNode();

function configOf(change: Partial<Container>) {
  const container = aContainer('app', change);
  const pod = aPod('web', { spec: { containers: [container] } });
  const rest = {
    attempt: 2,
    ends: 0,
    image: { id: 'sha256:1' },
    variables: [{ key: 'A', value: '1' }],
    ownMounts: [],
    node,
  };
  return containerConfig({
    pod,
    container,
    volumePaths: { data: '/volumes/data' },
    subPaths: new Map([[1, '/parts/1']]),
    ...rest,
  });
}

test('limits and requests become shares, quota, bytes and an OOM score', (t) => {
  const { resources } = configOf({
    resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { cpu: '1500m', memory: '2Gi' } },
  });
  t.deepEqual(resources, {
    ...{ cpuShares: 256, cpuPeriod: 100_000, cpuQuota: 150_000 },
    ...{ memoryLimitBytes: 2 * 1024 ** 3, oomScoreAdj: 875 },
  });
  t.deepEqual(configOf({}).resources, { cpuShares: 2, oomScoreAdj: 1000 });
});

test('names, log path, arguments and mounts are as the kubelet makes them', (t) => {
  const volumeMounts: Container['volumeMounts'] = [
    { name: 'data', mountPath: '/data', readOnly: true },
    { name: 'data', mountPath: '/part', subPath: 'x', mountPropagation: 'HostToContainer' },
    { name: 'none', mountPath: '/none' },
  ];
  const config = configOf({ args: ['$(A)'], volumeMounts });
  t.is(config.logPath, 'app/2.log');
  t.deepEqual(config.args, ['1']);
  t.deepEqual(config.mounts, [
    { hostPath: '/volumes/data', containerPath: '/data', readOnly: true, propagation: 'PRIVATE' },
    { hostPath: '/parts/1', containerPath: '/part', readOnly: false, propagation: 'HOST_TO_CONTAINER' },
  ]);
  t.is(config.labels['io.kubernetes.container.name'], 'app');
  t.is(config.labels['io.kubernetes.pod.uid'], 'uid-web');
  t.is(config.annotations['io.kubernetes.container.restartCount'], '2');
});

test('no container writes into a volume that shows objects, whatever its mount says', (t) => {
  const container = aContainer('app', {
    volumeMounts: [
      ...['conf', 'sec', 'down', 'all', 'data'].map((name) => ({ name, mountPath: `/${name}`, readOnly: false })),
      { name: 'conf', mountPath: '/etc/a.conf', subPath: 'a.conf' },
    ],
  });
  const volumes: Pod['spec']['volumes'] = [
    { name: 'conf', configMap: { name: 'conf', defaultMode: 0o644 } },
    { name: 'sec', secret: { secretName: 'sec', defaultMode: 0o644 } },
    { name: 'down', downwardAPI: { defaultMode: 0o644 } },
    { name: 'all', projected: { defaultMode: 0o644 } },
    { name: 'data', emptyDir: { medium: '' } },
  ];
  const pod = aPod('web', { spec: { containers: [container], volumes } });
  const paths = Object.fromEntries(volumes.map(({ name }) => [name, `/volumes/${name}`]));
  const { mounts } = containerConfig({
    ...{ pod, container, attempt: 0, ends: 0, image: { id: 'sha256:1' }, variables: [], ownMounts: [], node },
    ...{ volumePaths: paths, subPaths: new Map([[5, '/parts/5']]) },
  });
  t.deepEqual(
    mounts.map(({ containerPath, readOnly }) => [containerPath, readOnly]),
    [
      ['/conf', true],
      ['/sec', true],
      ['/down', true],
      ['/all', true],
      ['/data', false],
      ['/etc/a.conf', true],
    ],
  );
});

test('a privileged container has no masked paths', (t) => {
  t.true((configOf({}).security.maskedPaths ?? []).length > 0);
  const { security } = configOf({ securityContext: { privileged: true, allowPrivilegeEscalation: true } });
  t.true(security.privileged);
  t.is(security.maskedPaths, undefined);
});

test("what confines processes is the container's, else the pod's, and the sandbox has the pod's label", (t) => {
  const seLinuxOptions = { type: 'spc_t', level: 's0:c1,c2' };
  const spec = { securityContext: { seLinuxOptions, appArmorProfile: { type: 'RuntimeDefault' as const } } };
  const securityContext = { appArmorProfile: { type: 'Localhost' as const, localhostProfile: 'narrow' } };
  const pod = aPod('web', { spec });
  const own = containerSecurity(pod, aContainer('app', { securityContext }), {});
  t.deepEqual(own.appArmor, { type: 'Localhost', localhostRef: 'narrow' });
  t.deepEqual(own.seLinux, seLinuxOptions);
  t.deepEqual(containerSecurity(pod, aContainer('app'), {}).appArmor, { type: 'RuntimeDefault' });
  const dns = { servers: [], searches: [], options: [] };
  const sandbox = sandboxConfig({ pod, attempt: 0, hostname: 'web', logDirectory: '/logs', dns });
  t.deepEqual(sandbox.seLinux, seLinuxOptions);
  t.false('appArmor' in sandbox);
});

test('runAsNonRoot refuses root and users that have no number', (t) => {
  const refusal = (
    securityContext: NonNullable<Container['securityContext']>,
    image: { uid?: number; username?: string },
  ) => nonRootRefusal(aPod(), aContainer('app', { securityContext }), image);
  t.is(refusal({ runAsNonRoot: true }, { uid: 1000 }), undefined);
  t.is(refusal({ runAsNonRoot: true, runAsUser: 7 }, { uid: 0 }), undefined);
  t.regex(refusal({ runAsNonRoot: true }, { uid: 0 }) ?? '', /image will run as root/);
  t.regex(refusal({ runAsNonRoot: true }, { username: 'www' }) ?? '', /non-numeric user \(www\)/);
  t.is(refusal({}, { uid: 0 }), undefined);
});

test('the class of a pod follows from its requests and limits', (t) => {
  const qos = (resources: Container['resources']) =>
    qosOf(aPod('web', { spec: { containers: [aContainer('app', { resources })] } }));
  t.is(qos({}), 'BestEffort');
  t.is(qos({ requests: { cpu: '1' } }), 'Burstable');
  t.is(qos({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed');
  t.is(qos({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } }), 'Guaranteed');
  t.is(oomScoreAdj('Burstable', aContainer(), 1), 999);
});

test('a sandbox on the network of the node has no port mappings and no name of its own', (t) => {
  const spec = {
    containers: [aContainer('app', { ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' as const }] })],
  };
  const input = { attempt: 0, hostname: 'web', logDirectory: '/logs', dns: { servers: [], searches: [], options: [] } };
  const bridged = sandboxConfig({ pod: aPod('web', { spec }), ...input });
  t.deepEqual(bridged.portMappings, [{ protocol: 'TCP', containerPort: 80, hostPort: 8080 }]);
  t.deepEqual(bridged.namespaces, { network: 'POD', pid: 'CONTAINER', ipc: 'POD' });
  const hosted = sandboxConfig({ pod: aPod('web', { spec: { ...spec, hostNetwork: true } }), ...input });
  t.is(hosted.portMappings, undefined);
  t.is(hosted.namespaces.network, 'NODE');
});

test('the group of volumes is a group of every process; a group alone goes with the user of the image', (t) => {
  const securityContext = { fsGroup: 2000, supplementalGroups: [7], runAsGroup: 3000 };
  const pod = aPod('web', { spec: { securityContext } });
  const user = (image: { uid?: number; username?: string }) => containerSecurity(pod, aContainer('app'), image);
  t.like(user({ uid: 65532 }), { runAsUser: 65532, runAsGroup: 3000, supplementalGroups: [7, 2000] });
  t.like(user({ username: 'www' }), { runAsUsername: 'www', runAsGroup: 3000 });
  const dns = { servers: [], searches: [], options: [] };
  const sandbox = sandboxConfig({ pod, attempt: 0, hostname: 'web', logDirectory: '/logs', dns });
  t.deepEqual(sandbox.supplementalGroups, [7, 2000]);
  t.false('runAsGroup' in sandbox, 'CRI takes a group only with a user');
});

test('a privileged init container makes a privileged sandbox', (t) => {
  const initContainers = [aContainer('init', { securityContext: { privileged: true } })];
  const dns = { servers: [], searches: [], options: [] };
  const input = { attempt: 0, hostname: 'web', logDirectory: '/logs', dns };
  t.true(sandboxConfig({ pod: aPod('web', { spec: { initContainers } }), ...input }).privileged);
  t.false(sandboxConfig({ pod: aPod(), ...input }).privileged);
});

test('input and terminal are as the container wants them', (t) => {
  t.like(configOf({ stdin: true, stdinOnce: true, tty: true }), { stdin: true, stdinOnce: true, tty: true });
  t.like(configOf({}), { stdin: false, stdinOnce: false, tty: false });
});
