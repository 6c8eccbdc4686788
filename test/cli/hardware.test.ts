import { cpus, totalmem } from 'node:os';
import test from 'ava';
import { type Facts, hardwareOf } from '../../src/cli/hardware/hardware.ts';
import { hardwareInterfaces } from '../../src/cli/hardware/interfaces.ts';
import { createProgram } from '../../src/cli/program.ts';
import { deviceVerbs } from '../../src/common/process/device-verbs.ts';
import { healthTree } from '../support/health-trees.ts';
import { codes, createClient } from './run-client.ts';

const pi: Facts = {
  system: {
    manufacturer: 'Raspberry Pi Foundation',
    model: 'Raspberry Pi 5 Model B',
    version: '',
    serial: '10000000abc',
  },
  cpu: { manufacturer: 'ARM', brand: 'Cortex-A76', cores: 4, processors: 1 },
  memoryBytes: 8 * 1024 ** 3,
  blocks: [
    { name: 'mmcblk0', type: 'disk', size: 32e9, model: '', physical: 'SSD', protocol: '' },
    { name: 'mmcblk0p1', type: 'part', size: 5e8, model: '', physical: '', protocol: '' },
    { name: 'sda', type: 'disk', size: 5e11, model: 'Portable SSD T7', physical: 'HDD', protocol: 'usb' },
    { name: 'zram0', type: 'disk', size: 2e9, model: '', physical: 'SSD', protocol: '' },
    { name: 'sdb', type: 'disk', size: 0, model: 'Card Reader', physical: 'HDD', protocol: 'usb' },
  ],
  layout: [{ device: '/dev/sda', vendor: 'Samsung', name: 'T7', type: 'SSD', interfaceType: 'USB' }],
  network: [{ name: 'eth0', type: 'wired' }],
};

test('the hardware has its real disks, and only what is known of them', (t) => {
  t.deepEqual(hardwareOf(pi), {
    model: 'Raspberry Pi Foundation Raspberry Pi 5 Model B',
    serial: '10000000abc',
    processor: { name: 'ARM Cortex-A76', cores: 4, sockets: 1 },
    memoryBytes: 8 * 1024 ** 3,
    disks: [
      { name: 'mmcblk0', sizeBytes: 32e9, type: 'SSD' },
      {
        ...{ name: 'sda', sizeBytes: 5e11, vendor: 'Samsung', model: 'Portable SSD T7' },
        ...{ type: 'SSD', interface: 'usb' },
      },
    ],
    network: [{ name: 'eth0', type: 'wired' }],
  });
});

test('interfaces that are hardware are told, those of pods and bridges are not', (t) => {
  const tree = healthTree({
    'sys/class/net/eth0/device/vendor': '',
    'sys/class/net/eth0/address': '2c:cf:67:00:00:01\n',
    'sys/class/net/eth0/operstate': 'up\n',
    'sys/class/net/eth0/speed': '1000\n',
    'sys/class/net/eth0/duplex': 'full\n',
    'sys/class/net/wlan0/device/vendor': '',
    'sys/class/net/wlan0/phy80211/index': '0\n',
    'sys/class/net/wlan0/speed': '-1\n',
    'sys/class/net/wlan0/duplex': 'unknown\n',
    'sys/class/net/veth1/address': '02:00:00:00:00:01\n',
  });
  t.teardown(tree.remove);
  t.deepEqual(hardwareInterfaces(tree.root), [
    { name: 'eth0', type: 'wired', mac: '2c:cf:67:00:00:01', state: 'up', speedMbits: 1000, duplex: 'full' },
    { name: 'wlan0', type: 'wireless' },
  ]);
  t.deepEqual(hardwareInterfaces('/nowhere'), []);
});

test('agent hardware tells of this machine, without an agent', async (t) => {
  const client = await createClient();
  t.teardown(() => client.remove());
  const told = await client.run(['agent', 'hardware', '-o', 'json']);
  t.is(told.code, 0, told.stderr);
  t.like(JSON.parse(told.stdout), { processor: { cores: cpus().length }, memoryBytes: totalmem() });
  t.regex((await client.run(['agent', 'hardware'])).stdout, /^Processor: .*\d+ cores/m);
  t.is((await client.run(['agent', 'hardware', '-o', 'wide'])).code, codes.usage);
});

test('what the program hands to the client of an agent is just what that has verbs for', (t) => {
  const agent = createProgram(async () => {}).commands.find((command) => command.name() === 'agent');
  t.deepEqual(agent?.commands.map((command) => command.name()).sort(), [...deviceVerbs].sort());
});
