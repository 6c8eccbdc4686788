import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createDeviceNodes } from '../../../../src/agent/io/devices/device-nodes.ts';
import { parseDeviceRules } from '../../../../src/common/model/config/device-resource-settings.ts';

test('device nodes that are there are found by their pattern, also behind links; what is unplugged goes', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'devices-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  symlinkSync('/dev/null', join(dir, 'usb-one'));
  symlinkSync('/dev/zero', join(dir, 'usb-two'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'usb-gone'));
  writeFileSync(join(dir, 'usb-file'), '');
  const rules = parseDeviceRules(`x/serial=${dir}/usb-*, x/full=/dev/full:3, x/none=/dev/no-such`) ?? [];
  const nodes = createDeviceNodes(rules);
  t.deepEqual(nodes.resources, ['x/serial', 'x/full', 'x/none']);
  const sorted = async () => (await nodes.present()).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  t.deepEqual(await sorted(), [
    { resource: 'x/full', path: '/dev/full', node: '/dev/full', shares: 3 },
    { resource: 'x/serial', path: join(dir, 'usb-one'), node: '/dev/null', shares: 1 },
    { resource: 'x/serial', path: join(dir, 'usb-two'), node: '/dev/zero', shares: 1 },
  ]);
  rmSync(join(dir, 'usb-one'));
  t.deepEqual(
    (await sorted()).map(({ path }) => path),
    ['/dev/full', join(dir, 'usb-two')],
  );
});

test('rules that mean nothing are refused', (t) => {
  for (const text of [
    'gpio=/dev/gpiochip0',
    'x/gpio',
    'x/gpio=dev/gpio',
    'x/gpio=/dev/gpio:0',
    'x/gpio=/dev/*/gpio',
    'x/gpio=/dev/../etc',
    'kubernetes.io/gpio=/dev/gpio',
    'node.kubernetes.io/gpio=/dev/gpio',
  ]) {
    t.is(parseDeviceRules(text), undefined, text);
  }
  t.deepEqual(parseDeviceRules(''), []);
});
