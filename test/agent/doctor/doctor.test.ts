import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { program, runBramble } from '../../support/cluster.ts';
import { bookwormCmdline, type PiFiles, piFiles, withoutMemoryCgroup } from '../../support/pi-files.ts';

type Found = {
  id: string;
  severity: string;
  summary: string;
  explanation: string;
  action: string;
  exitCode: number;
  fixable: boolean;
};
type Report = { ok: boolean; exitCode: number; findings: Found[]; done?: string[] };

/** What is not of the device's own files. */
const elsewhere = /^(nats|runtime)-|^disk-|^shutdown/;

async function doctor(
  files: PiFiles,
  args: readonly string[] = [],
  path?: string,
): Promise<Report & { code: number | null }> {
  const env = path === undefined ? {} : { PATH: `${path}:${process.env['PATH']}` };
  const ran = await runBramble(
    ['doctor', `--root=${files.root}`, '-o', 'json', '--server=nats://127.0.0.1:1', ...args],
    env,
  );
  if (ran.stdout === '') throw new Error(`code ${ran.code}: ${ran.stderr}`);
  return { ...(JSON.parse(ran.stdout) as Report), code: ran.code };
}

const idsOf = ({ findings }: Report) => findings.map(({ id }) => id).filter((id) => !elsewhere.test(id));

function device(t: ExecutionContext, ...kind: Parameters<typeof piFiles>): PiFiles {
  const files = piFiles(...kind);
  t.teardown(() => rmSync(files.root, { recursive: true, force: true }));
  return files;
}

/** All files of a device with their content. */
const contents = (root: string) =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );

for (const kind of ['bookworm', 'bullseye'] as const) {
  test(`a ${kind} device without a fault has no finding of its own`, async (t) => {
    t.deepEqual(idsOf(await doctor(device(t, kind))), []);
  });

  test(`on ${kind} the memory cgroup is switched on in one line, once, with the old file kept`, async (t) => {
    const files = device(t, kind);
    withoutMemoryCgroup(files, kind);
    const path = join(files.root, kind === 'bookworm' ? 'boot/firmware/cmdline.txt' : 'boot/cmdline.txt');
    const before = await doctor(files);
    t.deepEqual(idsOf(before), ['memory-cgroup']);
    t.is((await doctor(files, ['--only=memory-cgroup'])).code, 11);
    const asked = await runBramble(['doctor', '--fix', `--root=${files.root}`]);
    t.is(asked.code, 2, 'without a terminal nobody can be asked');
    t.is(readFileSync(path, 'utf8'), bookwormCmdline);

    const fixed = await doctor(files, ['--fix', '--yes']);
    const wanted = bookwormCmdline.replace('\n', ' cgroup_enable=memory cgroup_memory=1\n');
    t.is(readFileSync(path, 'utf8'), wanted);
    t.is(readFileSync(`${path}.before-bramble`, 'utf8'), bookwormCmdline);
    t.deepEqual(idsOf(fixed), ['reboot-needed']);
    t.is((await doctor(files, ['--only=reboot-needed'])).code, 60);

    const all = contents(files.root);
    const again = await doctor(files, ['--fix', '--yes']);
    t.deepEqual(again.done, []);
    t.deepEqual(contents(files.root), all, 'a second run changes nothing');
  });
}

test('the difference is shown before anything is changed, and --dry-run changes nothing', async (t) => {
  const files = device(t, 'bookworm');
  withoutMemoryCgroup(files, 'bookworm');
  const all = contents(files.root);
  const { code, stdout } = await runBramble([
    'doctor',
    '--fix',
    '--dry-run',
    `--root=${files.root}`,
    '--only=memory-cgroup',
  ]);
  t.is(code, 11);
  t.regex(
    stdout,
    /^--- \/boot\/firmware\/cmdline.txt\n\+\+\+ \/boot\/firmware\/cmdline.txt\n@@ -1,1 \+1,1 @@\n-console/,
  );
  t.regex(stdout, /^\+console.* rootwait cgroup_enable=memory cgroup_memory=1$/m);
  t.regex(stdout, /Nothing was changed\.\n/);
  t.regex(stdout, /^ERROR {5}memory-cgroup {3}The kernel's memory cgroup is off\.$/m);
  t.deepEqual(contents(files.root), all);
});

test('a word against the memory cgroup goes, and what is on further lines of cmdline.txt stays there', async (t) => {
  const files = device(t, 'bookworm');
  withoutMemoryCgroup(files, 'bookworm');
  files.write('boot/firmware/cmdline.txt', 'console=tty1 cgroup_disable=memory rootwait\ncgroup_enable=memory\n');
  t.deepEqual(idsOf(await doctor(files)), ['memory-cgroup', 'cmdline-lines']);
  await doctor(files, ['--fix', '--yes']);
  t.is(
    readFileSync(join(files.root, 'boot/firmware/cmdline.txt'), 'utf8'),
    'console=tty1 rootwait cgroup_enable=memory cgroup_memory=1\ncgroup_enable=memory\n',
  );
});

test('a card of another device is examined and mended without its kernel, and the boot partition by itself', async (t) => {
  const card = device(t, 'bookworm', true);
  card.write('boot/firmware/cmdline.txt', bookwormCmdline);
  card.remove('etc/modules-load.d');
  card.remove('etc/sysctl.d');
  const before = await doctor(card);
  t.deepEqual(idsOf(before), ['memory-cgroup', 'kernel-modules-unloaded', 'sysctls']);
  t.false(
    before.findings.some(({ id }) => /^(nats|runtime)/.test(id)),
    'nothing of it runs',
  );
  t.deepEqual(idsOf(await doctor(card, ['--fix', '--yes'])), []);
  t.regex(readFileSync(join(card.root, 'etc/modules-load.d/bramble.conf'), 'utf8'), /^overlay\nbr_netfilter$/m);
  t.regex(readFileSync(join(card.root, 'etc/sysctl.d/60-bramble.conf'), 'utf8'), /^net.ipv4.ip_forward = 1$/m);
  t.deepEqual((await doctor(card, ['--fix', '--yes'])).done, []);

  const boot = device(t, 'bookworm', true);
  for (const name of ['boot', 'etc', 'lib', 'usr']) boot.remove(name);
  boot.write('cmdline.txt', bookwormCmdline);
  t.true(idsOf(await doctor(boot)).includes('memory-cgroup'));
});

test('a link of a card to a file outside of it is not followed', async (t) => {
  const card = device(t, 'bookworm', true);
  const other = device(t, 'bookworm');
  writeFileSync(join(other.root, 'mine'), bookwormCmdline);
  card.remove('boot/firmware/cmdline.txt');
  symlinkSync(join(other.root, 'mine'), join(card.root, 'boot/firmware/cmdline.txt'));
  t.false(idsOf(await doctor(card)).includes('memory-cgroup'));
  t.is(readFileSync(join(other.root, 'mine'), 'utf8'), bookwormCmdline);
});

test('modules that are there are loaded now and at boot, and parameters are set now and at boot', async (t) => {
  const files = device(t, 'bookworm');
  files.write('proc/modules', '');
  files.write('proc/filesystems', '\text4\n');
  files.write('proc/sys/net/ipv4/ip_forward', '0\n');
  files.remove('proc/sys/net/bridge');
  files.remove('etc/modules-load.d');
  files.remove('etc/sysctl.d');
  t.deepEqual(idsOf(await doctor(files)), ['kernel-modules-unloaded', 'sysctls']);
  const bin = join(files.root, 'fake-bin');
  mkdirSync(bin);
  const loaded = 'overlay 1 0 - Live 0x0\\nbr_netfilter 1 0 - Live 0x0\\n';
  const bridge = 'proc/sys/net/bridge';
  writeFileSync(
    join(bin, 'modprobe'),
    `#!/bin/sh\nprintf '${loaded}' > "$2/proc/modules"\nmkdir -p "$2/${bridge}"; echo 0 > "$2/${bridge}/bridge-nf-call-iptables"\n`,
  );
  chmodSync(join(bin, 'modprobe'), 0o755);
  const fixed = await doctor(files, ['--fix', '--yes'], bin);
  t.true(fixed.done?.includes('loaded overlay, br_netfilter'));
  t.is(readFileSync(join(files.root, 'proc/sys/net/ipv4/ip_forward'), 'utf8'), '1\n');
  t.is(readFileSync(join(files.root, bridge, 'bridge-nf-call-iptables'), 'utf8'), '1\n');
  t.deepEqual(idsOf(fixed), []);
  const all = contents(files.root);
  t.deepEqual((await doctor(files, ['--fix', '--yes'], bin)).done, []);
  t.deepEqual(contents(files.root), all);
});

test('a boot file that can not be written stays as it is, and why is said', async (t) => {
  const files = device(t, 'bookworm');
  withoutMemoryCgroup(files, 'bookworm');
  // In the way of the new file, as a full or read-only partition would be.
  mkdirSync(join(files.root, 'boot/firmware/cmdline.txt.bramble-new', 'x'), { recursive: true });
  files.write('proc/sys/net/ipv4/ip_forward', '0\n');
  const { code, stderr } = await runBramble(['doctor', '--fix', '--yes', `--root=${files.root}`]);
  t.is(code, 1);
  t.regex(stderr, /\/boot\/firmware\/cmdline.txt could not be changed: .*; it is as it was/);
  t.is(readFileSync(join(files.root, 'boot/firmware/cmdline.txt'), 'utf8'), bookwormCmdline);
  t.is(readFileSync(join(files.root, 'proc/sys/net/ipv4/ip_forward'), 'utf8'), '1\n', 'the next repair is made');
  const again = await doctor(files, ['--fix', '--yes']);
  t.like(again, { code: 1, exitCode: 1, ok: false, done: [] });
  t.deepEqual(idsOf(again), ['memory-cgroup']);
});

const faults: readonly [string, string, number, (files: PiFiles) => void][] = [
  [
    'an ARMv6',
    'cpu-armv6',
    10,
    (pi) => pi.write('proc/cpuinfo', 'model name\t: ARMv6-compatible processor rev 7 (v6l)\n'),
  ],
  ['16 KiB pages', 'page-size', 61, (pi) => pi.write('proc/self/smaps', 'KernelPageSize:       16 kB\n')],
  ['an empty machine-id', 'machine-id-missing', 16, (pi) => pi.write('etc/machine-id', '')],
  ['the machine-id of an image', 'machine-id-missing', 16, (pi) => pi.write('etc/machine-id', 'uninitialized\n')],
  ['no machine-id', 'machine-id-missing', 16, (pi) => pi.remove('etc/machine-id')],
  ['a clock before its last known time', 'clock-implausible', 15, clockBehind],
  [
    'a kernel without veth',
    'kernel-modules',
    14,
    (pi) => pi.write('lib/modules/6.12.25+rpt-rpi-v8/modules.dep', withoutVeth(pi)),
  ],
  [
    'a kernel whose modules are gone',
    'kernel-modules-gone',
    64,
    (pi) => pi.write('proc/sys/kernel/osrelease', '6.6.51+rpt-rpi-v8\n'),
  ],
  ['no CNI plugins', 'cni-plugins', 20, (pi) => pi.remove('usr/lib/cni')],
  ['no network of pods', 'cni-network', 21, (pi) => pi.remove('etc/cni')],
  ['a read-only root', 'root-read-only', 12, (pi) => pi.write('proc/mounts', '/dev/root / ext4 ro,noatime 0 0\n')],
  ['no accounting of swap', 'swap-accounting', 62, (pi) => pi.remove('sys/fs/cgroup/system.slice/memory.swap.max')],
];

function clockBehind(pi: PiFiles): void {
  pi.write('var/lib/systemd/timesync/clock', '');
  utimesSync(join(pi.root, 'var/lib/systemd/timesync/clock'), 4_000_000_000, 4_000_000_000);
}
const withoutVeth = (pi: PiFiles) =>
  readFileSync(join(pi.root, 'lib/modules/6.12.25+rpt-rpi-v8/modules.dep'), 'utf8').replace(/.*veth.*\n/, '');

for (const [what, id, exitCode, bring] of faults) {
  test(`${what} is found as ${id} and explained`, async (t) => {
    const files = device(t, 'bookworm');
    bring(files);
    const report = await doctor(files, [`--only=${id}`]);
    t.deepEqual(idsOf(report), [id]);
    t.is(report.code, exitCode);
    const [found] = report.findings;
    for (const words of [found?.summary, found?.explanation, found?.action]) t.regex(words ?? '', /\w{3}.*\.$/s);
  });
}

test('accounting of swap is switched on by --fix', async (t) => {
  const files = device(t, 'bullseye');
  files.remove('sys/fs/cgroup/memory/memory.memsw.limit_in_bytes');
  const fixed = await doctor(files, ['--fix', '--yes']);
  t.deepEqual(idsOf(fixed), ['reboot-needed']);
  t.regex(readFileSync(join(files.root, 'boot/cmdline.txt'), 'utf8'), /^console.* cgroup_memory=1 swapaccount=1\n$/);
});

test('wrong usage is refused with what is accepted', async (t) => {
  for (const [args, words] of [
    [['--only=memory-cgruop'], /no finding "memory-cgruop"; did you mean memory-cgroup\?/],
    [['-o', 'yaml'], /unknown output format "yaml"; known is json/],
    [['--dry-run'], /--dry-run: only with --fix/],
    [['--fixx'], /unknown option '--fixx'/],
  ] as const) {
    const { code, stderr } = await runBramble(['doctor', ...args]);
    t.is(code, 2);
    t.regex(stderr, words);
  }
});

test('on a terminal --fix shows the difference and asks, and only yes changes something', async (t) => {
  const files = device(t, 'bookworm', true);
  files.write('boot/firmware/cmdline.txt', bookwormCmdline);
  const path = join(files.root, 'boot/firmware/cmdline.txt');
  const answer = async (line: string): Promise<string> => {
    const command = `${process.execPath} ${program} doctor --fix --root=${files.root}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      if (!text.includes('[y/N]') && (text + part).includes('[y/N]')) child.stdin.write(line);
      text += part;
    });
    await ended;
    return text;
  };
  const refused = await answer('n\n');
  t.regex(refused, /\+console.*cgroup_enable=memory/);
  t.regex(refused, /error: nothing was changed/);
  t.is(readFileSync(path, 'utf8'), bookwormCmdline);
  t.regex(await answer('y\n'), /All is well/);
  t.regex(readFileSync(path, 'utf8'), /cgroup_memory=1\n$/);
});

test('a folder that is not there is no device: nothing is examined, and nothing made', async (t) => {
  const files = device(t, 'bookworm');
  const root = join(files.root, 'nowhere');
  const ran = await runBramble(['doctor', `--root=${root}`, '--fix', '--yes']);
  t.is(ran.code, 2);
  t.is(ran.stderr, `error: --root: there is no folder ${root}\n`);
  t.false(existsSync(root));
});
