/** What containers find of their configuration: variables, names, resolver, ports, namespaces, security. On a real containerd. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import test from 'ava';
import { resolverOf } from '../../src/agent/io/host/host-files.ts';
import { freePort } from '../../src/common/process/free-port.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type Scripts, scriptsOn } from '../support/pod-script.ts';

let cluster: Cluster;
let scripts: Scripts;
let nodeIp: string;
test.before(async () => {
  cluster = await startCluster(55);
  scripts = scriptsOn(cluster);
  nodeIp = await scripts.field('node', 'node-1', '{.status.addresses[0].address}');
});
test.after.always(async () => await cluster?.stop());

const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
const resource = (name: string, divisor?: string) => ({ valueFrom: { resourceFieldRef: { resource: name, divisor } } });
const keyOf = (kind: 'configMapKeyRef' | 'secretKeyRef', name: string, key: string, optional?: boolean) => ({
  valueFrom: { [kind]: { name, key, optional } },
});
const lines = (text: string) => Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
const forever = 'trap "exit 0" TERM; while true; do sleep 0.2; done';

test('variables come from everywhere that Kubernetes takes them from, and are expanded where it expands them', async (t) => {
  await scripts.apply(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'env' },
      data: { color: 'red', 'odd.name': 'x', both: 'map' },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'env' }, stringData: { token: 's3cret', both: 'secret' } },
  );
  const printed = await scripts.run('env', {
    // The shell itself takes only names that it can use.
    script: `tr '\\0' '\\n' < /proc/1/environ; echo ARG=$0`,
    labels: { tier: 'front' },
    annotations: { note: 'two words' },
    container: {
      args: ['$(COLOR)-$(NONE)-$$(COLOR)'],
      resources: { requests: { cpu: '250m', memory: '16Mi' }, limits: { memory: '32Mi' } },
      envFrom: [
        { configMapRef: { name: 'env' } },
        { prefix: 'S_', secretRef: { name: 'env' } },
        { secretRef: { name: 'env' } },
        { configMapRef: { name: 'none', optional: true } },
      ],
      env: [
        { name: 'COLOR', ...keyOf('configMapKeyRef', 'env', 'color') },
        { name: 'TOKEN', ...keyOf('secretKeyRef', 'env', 'token') },
        { name: 'ABSENT', ...keyOf('secretKeyRef', 'env', 'none', true) },
        { name: 'EXPANDED', value: '$(COLOR) $(both) $(LATER) $$(COLOR) $(' },
        { name: 'LATER', value: 'later' },
        ...Object.entries({
          ...{
            POD: 'metadata.name',
            SPACE: 'metadata.namespace',
            UID_: 'metadata.uid',
            TIER: "metadata.labels['tier']",
          },
          ...{ NOTE: "metadata.annotations['note']", NODE: 'spec.nodeName', ACCOUNT: 'spec.serviceAccountName' },
          ...{ HOST_IP: 'status.hostIP', POD_IP: 'status.podIP', POD_IPS: 'status.podIPs' },
        }).map(([name, path]) => ({ name, ...field(path) })),
        { name: 'LIMIT', ...resource('limits.memory', '1Mi') },
        { name: 'REQUEST', ...resource('requests.cpu', '1m') },
        { name: 'CORES', ...resource('limits.cpu', '1m') },
      ],
    },
  });
  const allocatable = await scripts.field('node', 'node-1', '{.status.allocatable.cpu}');
  const found = lines(printed);
  t.like(found, {
    ...{ color: 'red', 'odd.name': 'x', both: 'secret', S_token: 's3cret', S_both: 'secret', token: 's3cret' },
    ...{
      COLOR: 'red',
      TOKEN: 's3cret',
      ABSENT: undefined,
      EXPANDED: 'red secret $(LATER) $(COLOR) $(',
      LATER: 'later',
    },
    ...{
      POD: 'env',
      SPACE: 'default',
      TIER: 'front',
      NOTE: 'two words',
      NODE: 'node-1',
      ACCOUNT: 'default',
      HOST_IP: nodeIp,
    },
    ...{ LIMIT: '32', REQUEST: '250', CORES: allocatable.replace('m', ''), ARG: 'red-$(NONE)-$(COLOR)' },
    UID_: await scripts.field('pod', 'env', '{.metadata.uid}'),
  });
  t.regex(found['POD_IP'] ?? '', /^10\.90\.55\.\d+$/);
  t.is(found['POD_IPS'], found['POD_IP']);
});

test('a pod knows its names, and its own lines of the hosts file', async (t) => {
  const hostAliases = [{ ip: '192.0.2.9', hostnames: ['nas', 'nas.farm'] }];
  const printed = await scripts.run('names', {
    script: 'hostname; cat /etc/hosts',
    spec: { hostname: 'barn', subdomain: 'sheep', setHostnameAsFQDN: true, hostAliases },
  });
  const own = 'barn.sheep.default.svc.cluster.local';
  t.regex(printed, new RegExp(`^${own}\n# Kubernetes-managed hosts file\\.\n127\\.0\\.0\\.1\tlocalhost\n`));
  t.regex(
    printed,
    new RegExp(
      `\n10\\.90\\.55\\.\\d+\t${own}\tbarn\n\n# Entries added by HostAliases\\.\n192\\.0\\.2\\.9\tnas\tnas\\.farm\n$`,
    ),
  );
  const plain = await scripts.run('plain-name', { script: 'hostname; tail -n1 /etc/hosts' });
  t.regex(plain, /^plain-name\n10\.90\.55\.\d+\tplain-name\n$/);

  const onNode = await scripts.run('node-names', {
    script: 'hostname; cat /etc/hosts; ls /sys/class/net',
    spec: { hostNetwork: true, hostAliases },
  });
  const [name, header, ...rest] = onNode.split('\n');
  t.is(name, hostname());
  t.is(header, '# Kubernetes-managed hosts file (host network).');
  t.true(
    rest
      .join('\n')
      .startsWith(`${readFileSync('/etc/hosts', 'utf8')}\n# Entries added by HostAliases.\n192.0.2.9\tnas\tnas.farm\n`),
  );
  t.true(rest.includes('brtest55'));

  await scripts.apply(
    scripts.pod('a-name-that-is-far-too-long-for-the-kernel', {
      script: 'true',
      spec: { subdomain: 'sheep', setHostnameAsFQDN: true },
    }),
  );
  await scripts.event(
    'a-name-that-is-far-too-long-for-the-kernel',
    'FailedCreatePodSandBox',
    /FQDN .* is too long \(64 characters/,
  );
});

test("the resolver is the node's, the pod's or both, as dnsPolicy says", async (t) => {
  const node = resolverOf(readFileSync('/etc/resolv.conf', 'utf8'));
  const dnsConfig = {
    nameservers: ['192.0.2.53'],
    searches: ['farm.test'],
    options: [{ name: 'ndots', value: '7' }, { name: 'rotate' }],
  };
  const read = async (name: string, spec: Record<string, unknown>) =>
    resolverOf(await scripts.run(name, { script: 'cat /etc/resolv.conf', spec }));
  t.deepEqual(await read('dns-none', { dnsPolicy: 'None', dnsConfig }), {
    ...{ servers: ['192.0.2.53'], searches: ['farm.test'], options: ['ndots:7', 'rotate'] },
  });
  t.deepEqual((await read('dns-default', { dnsPolicy: 'Default' })).searches, node.searches);
  const both = await read('dns-both', { dnsConfig });
  t.deepEqual(both.searches, [...node.searches, 'farm.test']);
  t.true(both.options.includes('ndots:7') && both.options.includes('rotate'));
  t.is(both.servers.at(-1), '192.0.2.53');
  const onNode = await read('dns-node', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true, dnsConfig });
  t.deepEqual(onNode, both);
});

test('namespaces are the own ones, shared in the pod, or those of the node', async (t) => {
  const ids = 'for n in pid ipc net; do readlink /proc/self/ns/$n; done';
  const hosted = await scripts.run('of-node', {
    script: `${ids}; cat /proc/1/comm; true`,
    spec: { hostPID: true, hostIPC: true, hostNetwork: true },
  });
  const own = await scripts.run('own', { script: `${ids}; cat /proc/1/comm; true` });
  const host = (kind: string) => readlinkSync(`/proc/self/ns/${kind}`);
  t.is(hosted, `${host('pid')}\n${host('ipc')}\n${host('net')}\n${readFileSync('/proc/1/comm', 'utf8')}`);
  const [pid, ipc, net, first] = own.split('\n');
  t.true(pid !== host('pid') && ipc !== host('ipc') && net !== host('net'));
  t.is(first, 'sh');
  const image = 'bramble.local/busybox:1';
  // Ends the other container's process, which it sees.
  const script = `cat /proc/1/comm; while true; do for p in /proc/[0-9]*; do
    tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^sleep 4321' && kill \${p#/proc/} && exit 0; done; sleep 0.1; done`;
  const shared = await scripts.run('shared', {
    script: '',
    spec: {
      shareProcessNamespace: true,
      containers: [
        { name: 'main', image, command: ['sh', '-c', script] },
        { name: 'side', image, command: ['sh', '-c', 'sleep 4321; exit 0'] },
      ],
    },
  });
  t.regex(shared, /^(?!sh|sleep)\S+\n$/, 'the first process is that of the sandbox');
});

test('a host port leads to the container, by its protocol, and only on its address', async (t) => {
  const [tcp, bound, udp] = [await freePort(), await freePort(), await freePort()];
  await scripts.apply(
    scripts.pod('ports', {
      script: `mkdir /www; echo hello > /www/index.html; httpd -p 8080 -h /www; echo ready; ${forever}`,
      container: {
        ports: [
          { containerPort: 8080, hostPort: tcp },
          { name: 'bound', containerPort: 8080, hostPort: bound, hostIP: '127.0.0.1' },
          { containerPort: 5353, hostPort: udp, protocol: 'UDP' },
        ],
      },
    }),
  );
  await scripts.printed('ports', /ready/);
  t.is(await fetched(nodeIp, tcp), 'hello\n');
  t.is(await fetched('127.0.0.1', bound), 'hello\n');
  t.is(await fetched(nodeIp, bound), undefined, 'the port is bound to the loopback address');
  const echo = echoIn(processOf('httpd -p 8080 -h /www'), 5353);
  t.teardown(() => echo.kill('SIGKILL'));
  await once(echo.stdout, 'data');
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.send('echoed', udp, nodeIp);
  const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })) as [Buffer];
  t.is(answer.toString(), 'echoed');
  await cluster.bramble(['delete', 'pod', 'ports', '--now']);
  t.is(await fetched(nodeIp, tcp), undefined);
});

test('a container runs as the users, with the groups, capabilities and privileges that are asked for', async (t) => {
  const status = 'grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\\t"';
  const run = (
    name: string,
    securityContext: Record<string, unknown>,
    pod: Record<string, unknown> = {},
    script = status,
  ) => scripts.run(name, { script, spec: { securityContext: pod }, container: { securityContext } });
  const users = await run(
    'users',
    { runAsUser: 1001, runAsGroup: 1002 },
    { runAsUser: 7, fsGroup: 2000, supplementalGroups: [3000] },
    'id -u; id -g; id -G',
  );
  t.is(users, '1001\n1002\n1002 2000 3000\n');
  t.is(await run('group-only', {}, { runAsGroup: 1002 }, 'id -u; id -g'), '0\n1002\n');
  const plain = await run('plain', {});
  t.regex(plain, /NoNewPrivs:0\nSeccomp:0/);
  const narrow = await run('narrow', {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    seccompProfile: { type: 'RuntimeDefault' },
  });
  t.is(narrow, 'CapEff:0000000000000400\nNoNewPrivs:1\nSeccomp:2\n');
  const privileged = await run('privileged', { privileged: true }, {}, `${status}; ls /dev/kmsg /dev/null`);
  t.regex(privileged, /CapEff:[0-9a-f]*[1-9a-f]f{6,}\n/);
  t.regex(privileged, /\/dev\/kmsg/);
  const readOnly = await run(
    'read-only-root',
    { readOnlyRootFilesystem: true },
    {},
    'touch /x 2>&1; touch /dev/shm/x && echo shm',
  );
  t.regex(readOnly, /Read-only file system\nshm/);
});

test('a seccomp profile of the node is used, and one that is not there is told', async (t) => {
  const dir = join(cluster.dir, 'data/agent/seccomp');
  mkdirSync(dir, { recursive: true });
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
  };
  writeFileSync(join(dir, 'no-mkdir.json'), JSON.stringify(profile));
  const spec = (localhostProfile: string) => ({
    securityContext: { seccompProfile: { type: 'Localhost', localhostProfile } },
  });
  t.regex(
    await scripts.run('seccomp', { script: 'mkdir /x 2>&1; true', spec: spec('no-mkdir.json') }),
    /Operation not permitted/,
  );
  await scripts.apply(scripts.pod('seccomp-none', { script: 'true', spec: spec('none.json') }));
  await scripts.event('seccomp-none', 'Failed', /none\.json.*no such file/);
});

test('an AppArmor profile that is not loaded, or that this kernel can not enforce, is told', async (t) => {
  const confined = (appArmorProfile: Record<string, unknown>) => ({ securityContext: { appArmorProfile } });
  const localhost = { type: 'Localhost', localhostProfile: 'bramble-none' };
  await scripts.apply(scripts.pod('apparmor', { script: 'true', container: confined(localhost) }));
  await scripts.event('apparmor', 'Failed', /apparmor.*(not supported|not found|bramble-none)/i);
  t.is(
    await scripts.run('no-apparmor', { script: 'echo free', container: confined({ type: 'Unconfined' }) }),
    'free\n',
  );
});

test('runAsNonRoot refuses an image that runs as root', async (t) => {
  await scripts.apply(
    scripts.pod('non-root', { script: 'true', container: { securityContext: { runAsNonRoot: true } } }),
  );
  await scripts.event('non-root', 'Failed', /container has runAsNonRoot and image will run as root/);
  t.is(
    await scripts.run('non-root-user', {
      script: 'id -u',
      container: { securityContext: { runAsNonRoot: true, runAsUser: 9 } },
    }),
    '9\n',
  );
});

test('safe kernel parameters are set, and a pod with others is refused with the reason', async (t) => {
  const sysctls = [
    { name: 'net.ipv4.ip_unprivileged_port_start', value: '80' },
    { name: 'kernel/shm_rmid_forced', value: '1' },
  ];
  const printed = await scripts.run('sysctls', {
    script: 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced',
    spec: { securityContext: { sysctls } },
  });
  t.is(printed, '80\n1\n');
  const unsafe = { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1024' }] } };
  await scripts.apply(scripts.pod('unsafe', { script: 'true', spec: unsafe }));
  await scripts.event('unsafe', 'SysctlForbidden', /forbidden sysctl: "net\.core\.somaxconn" not allowlisted/);
  t.regex((await cluster.bramble(['get', 'pod', 'unsafe'])).stdout, /unsafe +0\/1 +SysctlForbidden/);
  t.is(await scripts.field('pod', 'unsafe', '{.status.phase} {.status.reason}'), 'Failed SysctlForbidden');
});

test('a container has a terminal, an input that stays open, or neither', async (t) => {
  const script = 'test -t 1 && echo terminal; timeout 1 cat; echo "read $?"';
  t.is(await scripts.run('no-input', { script }), 'read 0\n');
  t.is(
    (await scripts.run('terminal', { script, container: { stdin: true, tty: true } })).replaceAll('\r', ''),
    'terminal\nTerminated\nread 143\n',
  );
});

function fetched(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    get({ host, port, timeout: 3000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body));
    }).on('error', () => resolve(undefined));
  });
}

/** The process whose command line this is. */
function processOf(command: string): string {
  const pid = readdirSync('/proc').find((name) => {
    try {
      return (
        /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === command
      );
    } catch {
      // It ended between the listing and the reading.
      return false;
    }
  });
  if (pid === undefined) throw new Error(`no process runs ${command}`);
  return pid;
}

/** Answers UDP with what it gets, in the network of a container: the image has no program for that. */
function echoIn(pid: string, port: number): ChildProcessByStdio<null, Readable, null> {
  const program = `const s = require('dgram').createSocket('udp4');
    s.on('message', (m, r) => s.send(m, r.port, r.address)).bind(${port}, () => console.log('bound'))`;
  const args = ['--net', '--target', pid, '--', process.execPath, '-e', program];
  return spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
}
