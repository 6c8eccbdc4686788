import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { agentSettings } from '../../../src/common/model/config/agent-settings.ts';
import { loadSettings, SettingsError } from '../../../src/common/process/load-settings.ts';

const call = {
  program: 'bramble agent',
  summary: 'x',
  schema: agentSettings,
  defaultFile: '/nowhere/agent.yaml',
  env: {},
};

test('flags of every form of name reach their setting', async (t) => {
  const settings = await loadSettings({
    ...call,
    argv: ['--node-ip', '10.1.2.3', '--own-runtime=true', '--max-pods=9'],
  });
  t.like(settings, { nodeIP: '10.1.2.3', ownRuntime: true, maxPods: 9 });
});

test('a switch needs no value', async (t) => {
  t.like(await loadSettings({ ...call, argv: ['--own-runtime'] }), { ownRuntime: true });
});

test('an unknown flag is the user’s mistake', async (t) => {
  const error = await t.throwsAsync(loadSettings({ ...call, argv: ['--max-pod=9'] }), { instanceOf: SettingsError });
  t.regex(error?.message ?? '', /^unknown option '--max-pod=9'/);
});

test('a file that was named must be there; the usual one need not', async (t) => {
  t.truthy(await loadSettings({ ...call, argv: [] }));
  await t.throwsAsync(loadSettings({ ...call, argv: ['--config', '/nowhere/else.yaml'] }), {
    instanceOf: SettingsError,
    message: '/nowhere/else.yaml: the settings file cannot be read: ENOENT',
  });
});

test('broken YAML in the file is told with its line', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-settings-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'agent.yaml');
  writeFileSync(path, 'node: a\nmaxPods: [1\n');
  const error = await t.throwsAsync(loadSettings({ ...call, argv: ['--config', path] }), { instanceOf: SettingsError });
  t.regex(error?.message ?? '', /agent\.yaml: .*line 3/s);
});
