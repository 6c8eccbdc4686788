import test from 'ava';
import fc from 'fast-check';
import { authsFor, keyringOf } from '../../../../src/agent/core/images/keyring.ts';
import { parseImageReference } from '../../../../src/common/lib/image-reference.ts';
import type { Secret } from '../../../../src/common/model/secret.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function secretOf(auths: object, type = 'kubernetes.io/dockerconfigjson'): Secret {
  const old = type === 'kubernetes.io/dockercfg';
  const data = old ? { '.dockercfg': auths } : { '.dockerconfigjson': { auths } };
  const encoded = Object.entries(data).map(([key, value]) => [key, base64(JSON.stringify(value))]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pull', namespace: 'default' },
    type,
    data: Object.fromEntries(encoded),
  };
}

const login = (username: string) => ({ auth: base64(`${username}:pass:word`) });

/** The users whose passwords are tried for an image, in order. */
function usersFor(image: string, ...secrets: readonly (Secret | undefined)[]): readonly string[] {
  const parsed = parseImageReference(image);
  if (!parsed.ok) throw new Error(parsed.problem);
  const keyring = keyringOf(secrets.map((secret, index) => ({ name: `pull-${index}`, secret })));
  return authsFor(keyring, parsed.reference).map(({ username }) => username);
}

test('hosts, ports, paths and globs match as Kubernetes has them', (t) => {
  const matches = (address: string, image: string) =>
    usersFor(image, secretOf({ [address]: login('me') })).length === 1;
  for (const [address, image] of [
    ['registry.farm', 'registry.farm/a/b:1'],
    ['https://registry.farm', 'registry.farm/a'],
    ['https://registry.farm/v1/', 'registry.farm/a'],
    ['https://registry.farm/v2/', 'registry.farm/a'],
    ['registry.farm:5000', 'registry.farm:5000/a'],
    ['registry.farm/team', 'registry.farm/team/a'],
    ['*.farm', 'registry.farm/a'],
    ['*.registry.farm', 'north.registry.farm/a'],
    ['reg*.farm', 'registry.farm/a'],
    ['registr?.farm', 'registry.farm/a'],
    ['https://index.docker.io/v1/', 'busybox'],
    ['docker.io', 'shop/till'],
    ['index.docker.io', 'docker.io/shop/till'],
  ] as const) {
    t.true(matches(address, image), `${address} is for ${image}`);
  }
  for (const [address, image] of [
    ['registry.farm', 'other.farm/a'],
    ['registry.farm', 'registry.farm:5000/a'],
    ['registry.farm:5000', 'registry.farm/a'],
    ['registry.farm/team', 'registry.farm/other/a'],
    ['*.farm', 'north.registry.farm/a'],
    ['*', 'registry.farm/a'],
    ['registry', 'registry.farm/a'],
    ['registry.farm', 'busybox'],
    ['registryXfarm', 'registry.farm/a'],
  ] as const) {
    t.false(matches(address, image), `${address} is not for ${image}`);
  }
});

test('all that match are tried, the more particular first, each once', (t) => {
  const auths = { 'registry.farm': login('host'), 'registry.farm/team/a': login('image'), '*.farm': login('glob') };
  const more = secretOf({ 'registry.farm/team': login('team'), 'registry.farm': login('host') });
  t.deepEqual(usersFor('registry.farm/team/a:1', secretOf(auths), more), ['image', 'team', 'host', 'glob']);
});

test('both types of Secrets are read, and passwords may have colons', (t) => {
  const old = secretOf(
    { 'registry.farm': { username: 'old', password: 'x', email: 'a@b' } },
    'kubernetes.io/dockercfg',
  );
  t.deepEqual(usersFor('registry.farm/a', old), ['old']);
  const keyring = keyringOf([{ name: 'pull', secret: secretOf({ 'registry.farm': login('me') }) }]);
  t.is(keyring.entries[0]?.password, 'pass:word');
});

test('credentials go to the registry alone, under the name that it has for the runtime', (t) => {
  const keyring = keyringOf([{ name: 'pull', secret: secretOf({ 'docker.io': login('me') }) }]);
  const parsed = parseImageReference('busybox');
  t.true(parsed.ok);
  if (parsed.ok) t.is(authsFor(keyring, parsed.reference)[0]?.serverAddress, 'https://registry-1.docker.io');
});

test('what can not be read is told by the name of the Secret, and nothing of its content is told', (t) => {
  const hidden = 'hunter2';
  const broken = { ...secretOf({}), data: { '.dockerconfigjson': base64(`{"auths": ${hidden}`) } };
  const bad = secretOf({ 'registry.farm': { auth: base64(hidden) }, 'good.farm': login('me') });
  const keyring = keyringOf([
    { name: 'missing', secret: undefined },
    { name: 'broken', secret: broken },
    { name: 'bad', secret: bad },
    { name: 'opaque', secret: { ...secretOf({}), type: 'Opaque', data: { a: 'Yg==' } } },
  ]);
  t.deepEqual(keyring.problems, [
    'missing does not exist',
    'broken has no registries under .dockerconfigjson',
    'bad has no username and password for "registry.farm"',
    'opaque has no key .dockerconfigjson',
  ]);
  t.false(JSON.stringify(keyring.problems).includes(hidden));
  t.is(keyring.entries.length, 1);
});

test('passwords that docker keeps in a helper program are told as missing, with what to do', (t) => {
  const told = (content: object) => {
    const data = { '.dockerconfigjson': base64(JSON.stringify(content)) };
    return keyringOf([{ name: 'pull', secret: { ...secretOf({}), data } }]).problems;
  };
  const why =
    'pull has no passwords: docker keeps them in a helper program (credsStore), which is not on this device; write username and password into its auths';
  t.deepEqual(told({ auths: { 'registry.farm': {} }, credsStore: 'desktop' }), [why]);
  t.deepEqual(told({ credsStore: 'desktop' }), [why]);
  t.deepEqual(told({ auths: { 'registry.farm': login('me') }, credsStore: 'desktop' }), []);
});

test('globs stand for what they say, and the worst of them takes no time', (t) => {
  const oracle = (glob: string, part: string): boolean => {
    if (glob === '') return part === '';
    if (glob[0] === '*') return oracle(glob.slice(1), part) || (part !== '' && oracle(glob, part.slice(1)));
    return part !== '' && (glob[0] === '?' || glob[0] === part[0]) && oracle(glob.slice(1), part.slice(1));
  };
  const letters = (chars: string) => fc.array(fc.constantFrom(...chars), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(letters('ab*?'), letters('ab'), (glob, part) => {
      const [address, image] = [glob.join(''), `${part.join('')}.farm/a`];
      const known = usersFor(image, secretOf({ [`${address}.farm`]: login('me') })).length === 1;
      t.is(known, oracle(address, part.join('')), `${address} ${image}`);
    }),
  );
  const worst = secretOf({ [`${'*a'.repeat(30)}*b.farm`]: login('me') });
  t.deepEqual(usersFor(`${'a'.repeat(60)}.farm/a`, worst), []);
});

test('no content of a Secret throws', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const secret = { ...secretOf({}), data: { '.dockerconfigjson': base64(text) } };
      t.notThrows(() => usersFor('registry.farm/a', secret));
    }),
  );
  fc.assert(
    fc.property(fc.string(), fc.string(), (address, auth) => {
      t.notThrows(() => usersFor('registry.farm/a', secretOf({ [address]: { auth } })));
    }),
  );
});
