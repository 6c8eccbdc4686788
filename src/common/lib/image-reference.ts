/** Names of images, as the distribution project's reference grammar has them, with Docker's short forms. */

export type ImageReference = {
  /** Registry host, with its port: `docker.io` for a name without one. */
  readonly host: string;
  /** Repository in the registry, as `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  /** As `sha256:…`; what is asked for when there is a tag too. */
  readonly digest?: string;
};

const component = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const hostPattern = new RegExp(`^(?:${component}(?:\\.${component})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const pathPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;
const longestName = 255;

/** Docker's registry has had several names. */
const dockerHosts: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** The reference that `text` writes, with the registry and `library/` filled in; or what is wrong with it. */
export function parseImageReference(
  text: string,
): { readonly ok: true; readonly reference: ImageReference } | { readonly ok: false; readonly problem: string } {
  const wrong = (problem: string) => ({ ok: false, problem: `invalid reference format: ${problem}` }) as const;
  const at = text.indexOf('@');
  const named = at === -1 ? text : text.slice(0, at);
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (name === '') return wrong('it has no name');
  if (/^[0-9a-f]{64}$/.test(text)) return wrong('64 hexadecimal digits are an id, not a name');
  const { host, path } = splitHost(name);
  if (!hostPattern.test(host)) return wrong(`${JSON.stringify(host)} is no registry host`);
  if (path !== path.toLowerCase()) return wrong(`repository name (${path}) must be lowercase`);
  if (!pathPattern.test(path)) return wrong(`${JSON.stringify(path)} is no repository name`);
  if (path.length > longestName) return wrong(`repository name must not be more than ${longestName} characters`);
  if (tag !== undefined && !tagPattern.test(tag)) return wrong(`${JSON.stringify(tag)} is no tag`);
  if (digest !== undefined && !digestPattern.test(digest)) return wrong(`${JSON.stringify(digest)} is no digest`);
  const reference = {
    host,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
  return { ok: true, reference };
}

/** The first part is a host when it has a dot or a port, is `localhost`, or has capitals, which no repository has. */
function splitHost(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const host = canonicalHost(isHost ? first : 'docker.io');
  const path = isHost ? name.slice(slash + 1) : name;
  return { host, path: host === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}

/** One name for a registry that has several. */
export function canonicalHost(host: string): string {
  return dockerHosts.includes(host) ? 'docker.io' : host;
}

/** The full name, as runtimes keep it: `docker.io/library/busybox:latest`. With a digest the tag is left out. */
export function fullImageName({ host, path, tag, digest }: ImageReference): string {
  return `${host}/${path}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`;
}
