import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createBootTraces } from '../../../../src/agent/io/reboot/boot-traces.ts';
import { endedByShutdown } from '../../../../src/agent/io/reboot/wtmp.ts';

function fakeRoot(t: ExecutionContext, files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), 'bramble-traces-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A record of wtmp as glibc writes it. */
function record(type: number, user: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeInt16LE(type, 0);
  bytes.write(user, 44);
  return bytes;
}
const boot = (length: number) => record(2, 'reboot', length);

test('what a Raspberry Pi has left is read', async (t) => {
  const root = fakeRoot(t, {
    'proc/sys/kernel/random/boot_id': '8c4e7f6a-0000-4000-8000-000000000001\n',
    'proc/device-tree/chosen/bootloader/pm_rsts': Buffer.from([0, 0, 0x10, 0]),
    'sys/class/watchdog/watchdog0/bootstatus': '32\n',
    'sys/fs/pstore/dmesg-ramoops-0': 'Kernel panic - not syncing: Fatal exception',
    'var/lib/systemd/pstore/176/dmesg.txt': 'Oops: 1',
    'var/log/wtmp': Buffer.concat([boot(400), record(1, 'shutdown', 400), boot(400)]),
  });
  const traces = await createBootTraces(root).read();
  t.like(traces, {
    bootId: '8c4e7f6a-0000-4000-8000-000000000001',
    shutdownRecorded: true,
    watchdogStatus: 32,
    resetStatus: 0x1000,
    powerEvents: 0,
  });
  t.deepEqual(traces.dumps.map(({ text }) => text).toSorted(), [
    'Kernel panic - not syncing: Fatal exception',
    'Oops: 1',
  ]);
  t.is(new Set(traces.names).size, 2);
});

test('what a Raspberry Pi 5 has left is read by either of its names', async (t) => {
  const chosen = 'proc/device-tree/chosen';
  for (const [status, event] of [
    ['pm_rsts', 'power_reset'],
    ['rsts', 'reset_event'],
  ]) {
    const root = fakeRoot(t, {
      [`${chosen}/bootloader/${status}`]: Buffer.from([0, 0, 0, 0x20]),
      [`${chosen}/power/${event}`]: Buffer.from([0, 0, 0, 2]),
    });
    t.like(await createBootTraces(root).read(), { resetStatus: 0x20, powerEvents: 2 });
  }
});

test('a system that has left nothing tells nothing, and what is too large is read in part', async (t) => {
  const empty = await createBootTraces(fakeRoot(t, {})).read();
  t.deepEqual(empty, {
    ...{ bootId: '', dumps: [], names: [], shutdownRecorded: undefined, watchdogStatus: 0, resetStatus: undefined },
    powerEvents: 0,
  });
  const large = fakeRoot(t, { 'sys/fs/pstore/dmesg-ramoops-0': Buffer.alloc(3 * 1024 * 1024, 'x') });
  t.is((await createBootTraces(large).read()).dumps[0]?.text.length, 256 * 1024);
});

for (const length of [384, 400]) {
  test(`a shutdown is found in wtmp with records of ${length} bytes, that of the boot before only`, (t) => {
    const down = record(1, 'shutdown', length);
    const login = record(7, 'pi', length);
    const ended = (...records: readonly Buffer[]) => {
      const all = Buffer.concat(records);
      return endedByShutdown(all, all.length);
    };
    t.true(ended(boot(length), login, down, boot(length), login));
    t.false(ended(boot(length), down, boot(length), login, boot(length)));
    t.is(ended(login), undefined);
    t.is(endedByShutdown(Buffer.from('nonsense'), 8), undefined);
  });
}
