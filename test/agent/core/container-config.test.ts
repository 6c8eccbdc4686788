import test from 'ava';
import { containerConfig } from '../../../src/agent/core/container-config.ts';
import { oomScoreAdj } from '../../../src/agent/core/qos.ts';
import { hostnameOf, sandboxConfig } from '../../../src/agent/core/sandbox-config.ts';
import { containerSecurity, nonRootRefusal } from '../../../src/agent/core/security.ts';
import { planVolumes } from '../../../src/agent/core/volumes.ts';
import type { Container } from '../../../src/common/model/container.ts';
import { qosOf } from '../../../src/common/model/qos.ts';
import { everyCgroup } from '../../support/fake-cgroups.ts';
import { aContainer, aPod } from '../../support/pod-builder.ts';

const node = { name: 'pi-7', ips: [], memoryBytes: 8 * 1024 ** 3, allocatable: {}, cgroups: everyCgroup };

function configOf(change: Partial<Container>) {
  const container = aContainer('app', change);
  const pod = aPod('web', { spec: { containers: [container] } });
  const rest = { attempt: 2, image: 'sha256:1', variables: [{ key: 'A', value: '1' }], ownMounts: [], node };
  return containerConfig({ pod, container, volumePaths: { data: '/volumes/data' }, ...rest });
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
  const config = configOf({ args: ['$(A)'], volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }] });
  t.is(config.logPath, 'app/2.log');
  t.deepEqual(config.args, ['1']);
  t.deepEqual(config.mounts, [{ hostPath: '/volumes/data', containerPath: '/data', readOnly: true }]);
  t.is(config.labels['io.kubernetes.container.name'], 'app');
  t.is(config.labels['io.kubernetes.pod.uid'], 'uid-web');
  t.is(config.annotations['io.kubernetes.container.restartCount'], '2');
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
  const own = containerSecurity(pod, aContainer('app', { securityContext }));
  t.deepEqual(own.appArmor, { type: 'Localhost', localhostRef: 'narrow' });
  t.deepEqual(own.seLinux, seLinuxOptions);
  t.deepEqual(containerSecurity(pod, aContainer('app')).appArmor, { type: 'RuntimeDefault' });
  const dns = { servers: [], searches: [], options: [] };
  const sandbox = sandboxConfig({ pod, attempt: 0, logDirectory: '/logs', dns });
  t.deepEqual(sandbox.seLinux, seLinuxOptions);
  t.false('appArmor' in sandbox);
});

test('runAsNonRoot refuses root and users that have no number', (t) => {
  const refusal = (
    securityContext: NonNullable<Container['securityContext']>,
    image: { uid?: number; username?: string },
  ) =>
    nonRootRefusal(aPod(), aContainer('app', { securityContext }), { attempt: 0, id: 'x', reference: 'x', ...image });
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
  const input = { attempt: 0, logDirectory: '/logs', dns: { servers: [], searches: [], options: [] } };
  const bridged = sandboxConfig({ pod: aPod('web', { spec }), ...input });
  t.deepEqual(bridged.portMappings, [{ protocol: 'TCP', containerPort: 80, hostPort: 8080 }]);
  t.deepEqual(bridged.namespaces, { network: 'POD', pid: 'CONTAINER', ipc: 'POD' });
  const hosted = sandboxConfig({ pod: aPod('web', { spec: { ...spec, hostNetwork: true } }), ...input });
  t.is(hosted.portMappings, undefined);
  t.is(hosted.namespaces.network, 'NODE');
  t.is(hostnameOf(aPod(`${'a'.repeat(62)}-tail`)), 'a'.repeat(62));
});

test('volumes are planned from their sources, and what is missing is named with the volume', (t) => {
  const configMap = { name: 'map', defaultMode: 0o600, items: [{ key: 'k', path: 'sub/file' }] };
  const pod = aPod('web', {
    spec: {
      volumes: [
        { name: 'files', configMap },
        { name: 'cache', emptyDir: { medium: 'Memory' } },
      ],
    },
  });
  const inputs = (data: Record<string, string>) => ({
    configMap: () => ({ apiVersion: 'v1' as const, kind: 'ConfigMap' as const, metadata: { name: 'map' }, data }),
    secret: () => undefined,
  });
  t.deepEqual(planVolumes(pod, inputs({ k: 'v' })), {
    ok: true,
    value: [
      {
        type: 'files',
        name: 'files',
        memory: false,
        files: [{ path: 'sub/file', content: Buffer.from('v'), mode: 0o600 }],
      },
      { type: 'empty', name: 'cache', memory: true },
    ],
  });
  t.deepEqual(planVolumes(pod, inputs({})), {
    ok: false,
    message: 'MountVolume.SetUp failed for volume "files" : references non-existent config key: k',
  });
});
