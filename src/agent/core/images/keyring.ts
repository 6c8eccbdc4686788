/**
 * The credentials of a pod's imagePullSecrets, and which of them may be tried for an image. As Kubernetes' keyring: globs in
 * the parts of a host, equal ports, prefixes of paths; all that match are tried, the more particular ones first.
 */

import { isRecord } from '../../../common/lib/deep.ts';
import { canonicalHost, type ImageReference } from '../../../common/lib/image-reference.ts';
import type { Secret } from '../../../common/model/secret.ts';
import type { RegistryAuth } from '../runtime-model.ts';

type Login = { readonly username: string; readonly password: string };
type Entry = Login & { readonly host: string; readonly path: string };
/** `problems` says what can not be read, by the Secret's name, and never what stands in it. */
export type Keyring = { readonly entries: readonly Entry[]; readonly problems: readonly string[] };

const configJson = '.dockerconfigjson';
const config = '.dockercfg';
/** In a configuration of docker: who keeps its passwords, so that they do not stand in it. */
const helpers = ['credsStore', 'credHelpers'] as const;

/** `secret` is undefined for one that does not exist (yet). */
export function keyringOf(secrets: readonly { readonly name: string; readonly secret: Secret | undefined }[]): Keyring {
  const read = secrets.map(({ name, secret }) => entriesOf(name, secret));
  return { entries: read.flatMap(({ entries }) => entries), problems: read.flatMap(({ problems }) => problems) };
}

/** The credentials for an image, each once, only for its own registry: a mirror is not told the password of another. */
export function authsFor({ entries }: Keyring, image: ImageReference): readonly RegistryAuth[] {
  const matching = entries.filter((entry) => matches(entry, image)).sort(moreParticularFirst);
  const serverAddress = `https://${image.host === 'docker.io' ? 'registry-1.docker.io' : image.host}`;
  const seen = new Set<string>();
  return matching.flatMap(({ username, password }) => {
    const key = JSON.stringify([username, password]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ username, password, serverAddress }];
  });
}

function entriesOf(name: string, secret: Secret | undefined): Keyring {
  const problem = (words: string): Keyring => ({ entries: [], problems: [`${name} ${words}`] });
  if (secret === undefined) return problem('does not exist');
  const key = secret.type === 'kubernetes.io/dockercfg' ? config : configJson;
  const encoded = secret.data?.[key] ?? secret.data?.[config];
  if (encoded === undefined) return problem(`has no key ${key}`);
  const content = parsed(Buffer.from(encoded, 'base64').toString('utf8'));
  const auths = isRecord(content) && isRecord(content['auths']) ? content['auths'] : content;
  if (!isRecord(auths)) return problem(`has no registries under ${key}`);
  const read = Object.entries(auths).map(([address, value]) => entryOf(address, value));
  const bad = Object.keys(auths).filter((_, index) => read[index] === undefined);
  const entries = read.filter((entry) => entry !== undefined);
  if (bad.length > 0 && helpers.some((helper) => isRecord(content) && helper in content)) {
    const why = 'has no passwords: docker keeps them in a helper program (credsStore), which is not on this device';
    return { entries, problems: [`${name} ${why}; write username and password into its auths`] };
  }
  const problems = bad.map((address) => `${name} has no username and password for ${JSON.stringify(address)}`);
  return { entries, problems };
}

/** The user's text: what is not JSON is told as a problem of the Secret by the caller. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function entryOf(address: string, value: unknown): Entry | undefined {
  const login = isRecord(value) ? loginOf(value) : undefined;
  const bare = /^(?:https?:\/\/)?([^/]+)(\/.*)?$/.exec(address);
  if (login === undefined || bare === null) return undefined;
  const [, host = '', path = ''] = bare;
  // The docker client takes /v1/ and /v2/ for the host itself.
  return { ...login, host: canonicalHost(host), path: path.replace(/^\/v[12]\//, '/').replace(/^\/$/, '') };
}

function loginOf(value: Readonly<Record<string, unknown>>): Login | undefined {
  const { username, password, auth } = value;
  if (typeof auth === 'string' && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
}

function matches(entry: Entry, { host, path }: ImageReference): boolean {
  const [pattern, patternPort] = splitPort(entry.host);
  const [name, port] = splitPort(host);
  if (patternPort !== port || !`/${path}`.startsWith(entry.path)) return false;
  const globs = pattern.split('.');
  const parts = name.split('.');
  return globs.length === parts.length && globs.every((glob, index) => matchesGlob(glob, parts[index] ?? ''));
}

function splitPort(host: string): readonly [name: string, port: string] {
  const found = /^(.*?)(?::(\d+))?$/.exec(host);
  return [found?.[1] ?? host, found?.[2] ?? ''];
}

/** `*` stands for any characters of one part, `?` for one. Both are a user's text: a regular expression could take for ever. */
function matchesGlob(glob: string, part: string): boolean {
  let at = 0;
  let star: { readonly after: number; end: number } | undefined;
  for (let index = 0; index < part.length; ) {
    if (glob[at] === '*') {
      at += 1;
      star = { after: at, end: index };
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === part[index])) {
      at += 1;
      index += 1;
    } else if (star !== undefined) {
      // The last star stands for one character more.
      star.end += 1;
      index = star.end;
      at = star.after;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(at));
}

/** Kubernetes sorts the addresses backwards: longer paths come before their prefixes, names before globs. */
function moreParticularFirst(a: Entry, b: Entry): number {
  const [left, right] = [`${a.host}${a.path}`, `${b.host}${b.path}`];
  return left === right ? 0 : left < right ? 1 : -1;
}
