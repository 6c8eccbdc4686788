/**
 * Every NATS subject of Bramble, in one place. A dot inside a name is written `_` in a subject token (object names
 * have no underscore), an absent namespace or name is `-`.
 */

/** What a client can ask of the API. */
export const apiVerbs = ['get', 'list', 'create', 'update', 'patch', 'delete'] as const;
export type ApiVerb = (typeof apiVerbs)[number];

/** One subject token for a name. */
export function token(name: string | undefined): string {
  return name === undefined || name === '' ? '-' : name.replaceAll('.', '_');
}

/** The name that a subject token stands for; undefined for `-`. */
export function untoken(text: string): string | undefined {
  return text === '-' ? undefined : text.replaceAll('_', '.');
}

/** `bramble.api.<verb>.<resource>.<namespace or ->.<name or ->`; a subresource is `<resource>/<subresource>`. */
export function apiSubject(verb: ApiVerb, resource: string, namespace?: string, name?: string): string {
  return `bramble.api.${verb}.${resource}.${token(namespace)}.${token(name)}`;
}

/** What the API server subscribes to. */
export const apiSubjects = 'bramble.api.*.*.*.*';

/** `bramble.api.version`: who serves, in which version. */
export const versionSubject = 'bramble.api.version';

/** `bramble.watch.<resource>.<namespace or ->.<name>`: each stored change; absent parts are wildcards. */
export function watchSubject(resource: string, namespace?: string): string {
  return `bramble.watch.${resource}.${namespace === undefined ? '*' : token(namespace)}.*`;
}

/** Kernel path of what a device says to the master: `bramble.node.<node>.up.<type>`. */
export function nodeUpPath(node: string): string {
  return `/node/${token(node)}/up`;
}

/** Kernel path, with its parameter, under which the master serves all devices. */
export const anyNodeUpPath = '/node/{node}/up';

/** Kernel path of what the master says to a device: `bramble.node.<node>.down.<type>`. */
export function nodeDownPath(node: string): string {
  return `/node/${token(node)}/down`;
}

/** What a client can open a stream for, on the device itself. */
export type NodeStream = 'logs' | 'exec' | 'attach' | 'portforward';

/** `bramble.node.<node>.down.<logs|exec|attach|portforward>`: a client's stream from and to a device. */
export function nodeStreamSubject(node: string, stream: NodeStream): string {
  return `bramble.node.${token(node)}.down.${stream}`;
}

/** `bramble.node.<node>.down.images.<verb>`: what a client asks about the images of a device; absent, all verbs. */
export function nodeImagesSubject(node: string, verb?: string): string {
  return `bramble.node.${token(node)}.down.images.${verb ?? '*'}`;
}

/** `bramble.node.<node>.up.metrics`: samples of a device's usage, for whoever listens. */
export function nodeMetricsSubject(node: string): string {
  return `bramble.node.${token(node)}.up.metrics`;
}
