import test from 'ava';
import { agentSettings } from '../../../src/common/model/config/agent-settings.ts';
import { masterSettings } from '../../../src/common/model/config/master-settings.ts';
import { upSettings } from '../../../src/common/model/config/up-settings.ts';
import { flagOf, resolveSettings, variableOf } from '../../../src/common/model/settings.ts';

const nothing = { env: {}, flags: {} };

for (const [name, schema] of Object.entries({ masterSettings, agentSettings, upSettings })) {
  test(`${name} has a default or may be absent everywhere, and a description`, (t) => {
    t.true(resolveSettings(schema, nothing).ok);
    for (const [key, field] of Object.entries(schema.shape)) t.truthy(field.description, key);
  });
}

test('a setting has one name in its three places', (t) => {
  t.is(variableOf('dataDir'), 'BRAMBLE_DATA_DIR');
  t.is(flagOf('dataDir'), '--data-dir');
  t.is(variableOf('nodeIP'), 'BRAMBLE_NODE_IP');
  t.is(flagOf('nodeIP'), '--node-ip');
});

test('a flag beats a variable and a variable beats the file', (t) => {
  const file = { path: '/etc/a.yaml', content: { node: 'file', logLevel: 'debug', maxPods: 5 } };
  const env = { BRAMBLE_NODE: 'env', BRAMBLE_LOG_LEVEL: 'warn' };
  const result = resolveSettings(agentSettings, { file, env, flags: { node: 'flag' } });
  t.like(result, { ok: true, settings: { node: 'flag', logLevel: 'warn', maxPods: 5 } });
});

test('numbers and switches may come as text, as the environment has them', (t) => {
  const env = { BRAMBLE_MAX_PODS: '7', BRAMBLE_OWN_RUNTIME: 'true' };
  t.like(resolveSettings(agentSettings, { env, flags: {} }), { ok: true, settings: { maxPods: 7, ownRuntime: true } });
});

test('settings of images: sizes, mirrors and hosts are checked', (t) => {
  const problems = (content: object) => {
    const result = resolveSettings(agentSettings, { file: { path: 'a.yaml', content }, env: {}, flags: {} });
    return result.ok ? [] : result.problems;
  };
  const mirrors = 'docker.io=http://10.0.0.5:5000, ghcr.io=https://mirror.farm/v2/hub';
  t.deepEqual(
    problems({ maxImageBytes: 1_000_000, registryMirrors: mirrors, insecureRegistries: 'a:5000,b.farm' }),
    [],
  );
  t.regex(problems({ maxImageBytes: 'much' })[0] ?? '', /^a\.yaml: maxImageBytes: must be a number of bytes .*"much"/);
  t.regex(problems({ maxImageBytes: '-1' })[0] ?? '', /must be a number of bytes/);
  for (const bad of [
    'docker.io',
    'docker.io=10.0.0.5:5000',
    'docker.io=ftp://a',
    'docker.io=http://a"b',
    '=http://a',
  ]) {
    t.regex(problems({ registryMirrors: bad })[0] ?? '', /must be host=address,host=address/, bad);
  }
  t.regex(problems({ insecureRegistries: 'http://a' })[0] ?? '', /must be registry hosts/);
  t.regex(problems({ maxParallelImagePulls: 0 })[0] ?? '', /maxParallelImagePulls/);
});

test('settings are frozen', (t) => {
  const result = resolveSettings(masterSettings, nothing);
  t.true(result.ok && Object.isFrozen(result.settings));
});

test('a problem names its source, what was found and what is accepted', (t) => {
  const file = { path: '/etc/a.yaml', content: { dataDirectory: '/x' } };
  const result = resolveSettings(agentSettings, {
    file,
    env: { BRAMBLE_LOG_LEVEL: 'loud' },
    flags: { dataDir: 'relative' },
  });
  t.false(result.ok);
  const text = result.ok ? '' : result.problems.join('\n');
  t.regex(text, /\/etc\/a\.yaml: dataDirectory: unknown setting; known are .*dataDir/);
  t.regex(text, /BRAMBLE_LOG_LEVEL: .*"debug".*found "loud"/);
  t.regex(text, /--data-dir: must be an absolute path; found "relative"/);
});

test('a file that is no map is refused', (t) => {
  const result = resolveSettings(agentSettings, { ...nothing, file: { path: '/etc/a.yaml', content: [1] } });
  t.deepEqual(result, { ok: false, problems: ['/etc/a.yaml: must be a map of settings'] });
});
