/** The settings files of the shipped program, without a cluster. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runBramble } from '../support/cluster.ts';

const dir = mkdtempSync(join(tmpdir(), 'bramble-settings-'));
test.after.always(() => rmSync(dir, { recursive: true, force: true }));

test('every program takes its settings from a file', async (t) => {
  const file = join(dir, 'good.yaml');
  writeFileSync(file, '# of a test\nlogLevel: warn\n');
  for (const name of ['agent', 'master', 'up', 'sim']) {
    const ran = await runBramble([name, `--config=${file}`, '--print-config']);
    t.is(ran.code, 0, `${name}: ${ran.stderr}`);
    t.like(JSON.parse(ran.stdout), { logLevel: 'warn' }, name);
  }
});

test('a settings file that is no YAML is told with its line', async (t) => {
  const file = join(dir, 'bad.yaml');
  writeFileSync(file, 'logLevel: warn\nname: [\n');
  const ran = await runBramble(['master', `--config=${file}`, '--print-config']);
  t.is(ran.code, 2, ran.stderr);
  t.regex(ran.stderr, /bad\.yaml: .*line 3/);
});
