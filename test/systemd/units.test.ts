import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { agentFlags, masterFlags } from '../../src/common/process/node-flags.ts';

/** Runs systemd-analyze on a copy of the unit whose program is one that is on this machine. */
function analyze(unit: string, ...args: string[]): { readonly status: number | null; readonly output: string } {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-unit-'));
  try {
    const path = join(dir, unit);
    const text = readFileSync(join('systemd', unit), 'utf8');
    writeFileSync(path, text.replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`));
    const result = spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' });
    return { status: result.status, output: `${result.stdout}${result.stderr}` };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The highest exposure (systemd-analyze security, 0 to 10) that each unit may have, and why it cannot be lower. */
const exposure: Readonly<Record<string, number>> = {
  'bramble-master.service': 2,
  // It mounts volumes for containerd, so it can have no mount namespace of its own.
  'bramble-agent.service': 5.5,
};

for (const [unit, limit] of Object.entries(exposure)) {
  test(`${unit} is a unit that systemd accepts`, (t) => {
    const { status, output } = analyze(unit, 'verify');
    t.is(status, 0, output);
    t.is(output.trim(), '');
  });

  test(`${unit} is hardened to an exposure of at most ${limit}`, (t) => {
    const { output } = analyze(unit, 'security', '--offline=true', '--no-pager');
    const level = /Overall exposure level for \S+: ([0-9.]+)/.exec(output)?.[1];
    t.truthy(level, output);
    t.true(Number(level) <= limit, `exposure is ${level}`);
  });

  test(`${unit} is restarted always, tells when it is ready and is watched`, (t) => {
    const text = readFileSync(join('systemd', unit), 'utf8');
    for (const line of ['Type=notify', 'Restart=always', 'NotifyAccess=all'])
      t.true(text.includes(`\n${line}\n`), line);
    t.regex(text, /\nWatchdogSec=\d+\n/);
  });
}

test('the units start Node with the flags that every other way of starting uses', (t) => {
  for (const [program, flags] of Object.entries({ master: masterFlags, agent: agentFlags })) {
    const text = readFileSync(join('systemd', `bramble-${program}.service`), 'utf8');
    const line = `ExecStart=/usr/bin/node ${flags.join(' ')} /usr/lib/bramble/bramble.js ${program}\n`;
    t.true(text.includes(line), `${program}: ${flags.join(' ')}`);
    t.is(spawnSync(process.execPath, [...flags, '--eval', '']).status, 0, 'Node knows them');
  }
});

test('stopping the agent ends nothing but the agent: pods are the runtime’s processes', (t) => {
  const text = readFileSync('systemd/bramble-agent.service', 'utf8');
  t.notRegex(text, /^(Requires|BindsTo|PartOf)=containerd/m);
  t.regex(text, /^KillMode=mixed$/m);
});

test('containerd understands the configuration that is shipped, and keeps its choices', (t) => {
  const dump = spawnSync('containerd', ['--config', 'systemd/containerd/config.toml', 'config', 'dump'], {
    encoding: 'utf8',
  });
  t.is(dump.status, 0, dump.stderr);
  t.regex(dump.stdout, /sandbox_image = "bramble\.local\/pause:1"/);
  t.regex(dump.stdout, /SystemdCgroup = true/);
  t.regex(dump.stdout, /bin_dir = "\/usr\/lib\/cni"/);
});

test('the CNI network that is shipped is a bridge with host ports', (t) => {
  const network = JSON.parse(readFileSync('systemd/containerd/10-bramble.conflist', 'utf8'));
  t.deepEqual(
    network.plugins.map((plugin: { type: string }) => plugin.type),
    ['bridge', 'portmap'],
  );
});
