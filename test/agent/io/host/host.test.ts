import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, hostname, networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { createHost, type HostOptions } from '../../../../src/agent/io/host/host.ts';
import { boardLabel, defaultRouteInterface } from '../../../../src/agent/io/host/host-files.ts';
import type { Host } from '../../../../src/agent/ports/host.ts';

const PI: Readonly<Record<string, string>> = {
  'proc/cpuinfo': 'processor\t: 0\nBogoMIPS\t: 108.00\n\nprocessor\t: 1\n\nprocessor\t: 2\n\nprocessor\t: 3\n',
  'proc/meminfo': 'MemTotal:        3884368 kB\nMemFree:         2000000 kB\nMemAvailable:    3000000 kB\n',
  'proc/loadavg': '0.10 0.20 0.30 2/400 12345\n',
  'proc/sys/kernel/pid_max': '4194304\n',
  'proc/sys/kernel/threads-max': '1600\n',
  'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  'proc/device-tree/serial-number': '10000000abcdef01\0',
  'proc/sys/kernel/random/boot_id': '7e3f1a52-0000-4000-8000-000000000001\n',
  'proc/sys/kernel/osrelease': '6.12.25+rpt-rpi-v8\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/os-release': 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  'etc/resolv.conf': '# made by hand\nnameserver 192.168.1.1 ; the router\nsearch lan home\noptions ndots:2 edns0\n',
};

async function onDevice<T>(
  files: Readonly<Record<string, string>>,
  work: (host: Host) => Promise<T>,
  options: Partial<HostOptions> = {},
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'bramble-host-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
    return await work(createHost({ dataDir: root, version: '1.2.3', root, ...options }));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test('a Raspberry Pi is described with its board, its capacity and a reserve for the system', async (t) => {
  const { status, labels } = await onDevice(PI, (host) => host.describe(), {
    address: '192.168.1.7',
    keep: () => ({ milliCpu: 100, memoryBytes: 128 * 2 ** 20, storageBytes: 2 ** 20 }),
  });
  t.like(status.capacity, { cpu: '4', memory: '3884368Ki', pods: '110' });
  t.like(status.allocatable, { cpu: '3900m', memory: `${3_884_368 - 128 * 1024}Ki`, pods: '110' });
  t.regex(status.capacity?.['ephemeral-storage'] ?? '', /^\d+Ki$/);
  t.deepEqual(status.addresses, [
    { type: 'InternalIP', address: '192.168.1.7' },
    { type: 'Hostname', address: hostname() },
  ]);
  t.like(status.nodeInfo, {
    machineID: '0123456789abcdef0123456789abcdef',
    systemUUID: '10000000abcdef01',
    kernelVersion: '6.12.25+rpt-rpi-v8',
    osImage: 'Debian GNU/Linux 13 (trixie)',
    kubeletVersion: '1.2.3',
    operatingSystem: 'linux',
  });
  t.is(labels['bramble.io/board'], 'Raspberry-Pi-4-Model-B-Rev-1.4');
  t.is(labels['kubernetes.io/os'], 'linux');
  t.is(labels['kubernetes.io/arch'], arch() === 'x64' ? 'amd64' : arch());
});

test('without a default route a bridge, as that of the pods, is not taken for the way to the device', async (t) => {
  const bridges = Object.keys(networkInterfaces()).map((name) => [`sys/class/net/${name}/bridge/bridge_id`, '']);
  const { status } = await onDevice({ ...PI, ...Object.fromEntries(bridges) }, (host) => host.describe());
  t.deepEqual(
    status.addresses?.filter(({ type }) => type === 'InternalIP'),
    [],
  );
});

test('a machine without a device tree has no board, and what is missing is empty', async (t) => {
  const { status, labels } = await onDevice({}, (host) => host.describe());
  t.false('bramble.io/board' in labels);
  t.is(status.nodeInfo?.osImage, '');
  t.is(status.allocatable?.['memory'], '0Ki');
});

test('a board becomes a label, whatever its name', (t) => {
  t.is(boardLabel('  (Some) board/µ, rev. 2!\0'), 'Some-board-rev.-2');
  t.is(boardLabel('x'.repeat(100))?.length, 63);
  t.is(boardLabel('\0'), undefined);
});

test('the default route with the lowest metric counts', (t) => {
  const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  const row = (name: string, to: string, metric: number) =>
    `${name}\t${to}\t0101A8C0\t0003\t0\t0\t${metric}\t${to}\t0\t0\t0\n`;
  t.is(defaultRouteInterface(header + row('wlan0', '00000000', 600) + row('eth0', '00000000', 100)), 'eth0');
  t.is(defaultRouteInterface(header + row('eth0', '0001A8C0', 100)), undefined);
});

test('the resolver is read, comments and all', async (t) => {
  t.deepEqual(await onDevice(PI, (host) => host.resolvConf()), {
    servers: ['192.168.1.1'],
    searches: ['lan', 'home'],
    options: ['ndots:2', 'edns0'],
  });
});

test("behind systemd-resolved's stub the real servers are found", async (t) => {
  const files = {
    'etc/resolv.conf': 'nameserver 127.0.0.53\n',
    'run/systemd/resolve/resolv.conf': 'nameserver 10.0.0.1\nsearch corp\n',
  };
  t.deepEqual((await onDevice(files, (host) => host.resolvConf())).servers, ['10.0.0.1']);
});

test("behind NetworkManager's stub too; a stub that nobody tells more of stays, and so does a server beside one", async (t) => {
  const servers = async (files: Record<string, string>) => (await onDevice(files, (host) => host.resolvConf())).servers;
  const behind = 'run/NetworkManager/no-stub-resolv.conf';
  t.deepEqual(await servers({ 'etc/resolv.conf': 'nameserver ::1\n', [behind]: 'nameserver 10.0.0.2\n' }), [
    '10.0.0.2',
  ]);
  t.deepEqual(await servers({ 'etc/resolv.conf': 'nameserver 127.0.0.1\n' }), ['127.0.0.1']);
  const both = 'nameserver 127.0.0.1\nnameserver 10.0.0.3\n';
  t.deepEqual(await servers({ 'etc/resolv.conf': both, [behind]: 'nameserver 10.0.0.2\n' }), ['127.0.0.1', '10.0.0.3']);
});
