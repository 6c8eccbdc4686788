import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { resolveTarget } from '../../src/cli/config.ts';
import type { Globals } from '../../src/cli/verb.ts';
import { type Client, codes, createClient } from './run-client.ts';

async function start(t: ExecutionContext): Promise<Client> {
  const client = await createClient('');
  t.teardown(() => client.remove());
  return client;
}
/** The address that the client uses, and why. */
async function serverOf(client: Client, flags: Globals = {}, env: Record<string, string> = {}): Promise<string> {
  const { server, origin } = await resolveTarget(client.io({ BRAMBLE_SERVER: '', ...env }), flags);
  return `${server} is ${origin}`;
}

test('contexts are made, changed, listed and switched in a file that only its owner reads', async (t) => {
  const client = await start(t);
  const run = async (...args: string[]) => await client.run(['config', ...args]);
  t.is(
    (await run('set-context', 'farm', '--server', 'nats://farm:1', '-n', 'sensors')).stdout,
    'Context "farm" created.\n',
  );
  t.is((await run('set-context', 'farm', '--creds', '/farm.creds')).stdout, 'Context "farm" modified.\n');
  t.is((await run('set-context', 'home', '--server', 'nats://home:2')).stdout, 'Context "home" created.\n');
  t.is((await run('current-context')).code, codes.usage);
  t.is((await run('use-context', 'farm')).stdout, 'Switched to context "farm".\n');
  t.is((await run('current-context')).stdout, 'farm\n');
  t.is(
    (await run('get-contexts')).stdout,
    [
      'CURRENT   NAME   SERVER          NAMESPACE   CREDS',
      '*         farm   nats://farm:1   sensors     /farm.creds',
      '          home   nats://home:2               ',
      '',
    ].join('\n'),
  );
  t.deepEqual(parse((await run('view')).stdout), parse(await readFile(join(client.dir, 'config.yaml'), 'utf8')));
  t.is((await stat(join(client.dir, 'config.yaml'))).mode & 0o777, 0o600);
  const unknown = await run('use-context', 'fram');
  t.is(unknown.code, codes.usage);
  t.regex(unknown.stderr, /no context "fram" in .*config\.yaml; did you mean "farm"\?/);
});

test("the server is the flag's, else the variable's, the context's, this machine's cluster's, or the default", async (t) => {
  const client = await start(t);
  t.is(await serverOf(client), 'nats://127.0.0.1:4222 is the default');
  await client.file('server', 'nats://127.0.0.1:1\n');
  const local = `nats://127.0.0.1:1 is of the cluster on this machine, by ${join(client.dir, 'server')}`;
  t.is(await serverOf(client), local);
  await client.run(['config', 'set-context', 'farm', '--server', 'nats://127.0.0.1:2']);
  t.is(await serverOf(client), local);
  const context = `nats://127.0.0.1:2 is of context "farm" in ${join(client.dir, 'config.yaml')}`;
  t.is(await serverOf(client, { context: 'farm' }), context);
  t.is(await serverOf(client, {}, { BRAMBLE_CONTEXT: 'farm' }), context);
  await client.run(['config', 'use-context', 'farm']);
  t.is(await serverOf(client), context);
  const env = { BRAMBLE_SERVER: 'nats://127.0.0.1:3' };
  t.is(await serverOf(client, {}, env), 'nats://127.0.0.1:3 is given by BRAMBLE_SERVER');
  t.is(await serverOf(client, { server: 'nats://127.0.0.1:5' }, env), 'nats://127.0.0.1:5 is given by --server');
});

test('a file that cannot be used is told with its path and field', async (t) => {
  const client = await start(t);
  const path = await client.file('config.yaml', 'contexts: {farm: {sever: nats://farm:1}}\n');
  const unknown = await client.run(['get', 'pods']);
  t.is(unknown.code, codes.usage);
  t.true(unknown.stderr.includes(path));
  t.regex(unknown.stderr, /sever/);
  await client.file('config.yaml', 'contexts: [\n');
  t.is((await client.run(['get', 'pods'])).code, codes.usage);
  await client.file('config.yaml', '');
  await client.file('server', 'not an address\n');
  const server = await client.run(['get', 'pods']);
  t.is(server.code, codes.usage);
  t.regex(server.stderr, /server holds no NATS address; found "not an address"/);
});

const shells = [
  ['bash', '/bin/bash'],
  ['zsh', '/bin/zsh'],
] as const;
for (const [shell, path] of shells)
  test(`the completion script for ${shell} is one that ${shell} reads`, async (t) => {
    const client = await start(t);
    const { code, stdout } = await client.run(['completion', shell]);
    t.is(code, codes.ok);
    t.regex(stdout, /_bramble\(\) \{[\s\S]*__complete/);
    if (!existsSync(path)) return t.log(`${shell} is not installed: not checked by it`);
    await t.notThrowsAsync(promisify(execFile)(path, ['-n', await client.file('script', stdout)]));
  });

test('bash completes verbs and kinds by the script', async (t) => {
  const client = await start(t);
  const { stdout: script } = await client.run(['completion', 'bash']);
  const path = await client.file('script', script);
  const { stdout: words } = await client.run(['__complete', '--', 'get', '']);
  t.true(words.split('\n').includes('deployments'), words);
  const { stdout: verbs } = await client.run(['__complete', '--', 'ro']);
  t.true(verbs.split('\n').includes('rollout'), verbs);
  // The program is a function of the shell here, which answers with what the client has said above.
  await client.file('words', words);
  const test = `source ${path}; fake() { cat ${join(client.dir, 'words')}; }; COMP_WORDS=(fake get dep); COMP_CWORD=2; _bramble; echo "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('/bin/bash', ['--norc', '-c', test]);
  t.is(stdout, 'deployments\n');
});

test('another shell is refused, and a flag whose value stands behind a space is told how to write it', async (t) => {
  const client = await start(t);
  t.is((await client.run(['completion', 'fish'])).code, codes.usage);
  for (const [args, says] of [
    [['delete', 'pod', 'a', '--cascade', 'orphan'], /as --cascade=orphan/],
    [['apply', '-f', '-', '--dry-run', 'client'], /as --dry-run=client/],
    [['apply', '-f', '-', '--wait', 'false'], /as --wait=false/],
  ] as const) {
    const { code, stderr } = await client.run(args);
    t.is(code, codes.usage, args.join(' '));
    t.regex(stderr, says);
  }
});
