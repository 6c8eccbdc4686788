/** What the arguments of get, describe, delete and others name: kinds, or objects. */

import type { Kind } from '../common/model/kind.ts';
import { allKinds, kinds, nearestResource, resourceFor, resourceName } from '../common/model/kinds.ts';
import { metricsKindFor } from '../common/model/metrics-kinds.ts';
import type { StoreKey } from '../common/store/store.ts';
import { usageError } from './errors.ts';

/** Objects of one kind: the named ones, or without names whichever a selector says. */
export type Wanted = { readonly kind: Kind; readonly names: readonly string[] };

const all: readonly Kind[] = [kinds.Pod, kinds.Deployment, kinds.ReplicaSet];

/** Reads `pods`, `pods,deploy`, `pod NAME…`, `pod/NAME deploy/NAME`, `all`. Throws CliError. */
export function parseWanted(args: readonly string[]): readonly Wanted[] {
  const [first, ...names] = args;
  if (first === undefined)
    throw usageError(`name a resource: ${allKinds.map(({ plural }) => plural).join(', ')}, or all`);
  if (args.some((arg) => arg.includes('/'))) return parseSlashed(args);
  const found = first.split(',').flatMap((word) => (word === 'all' ? all : [kindNamed(word)]));
  return found.map((kind) => ({ kind, names }));
}

function parseSlashed(args: readonly string[]): readonly Wanted[] {
  return args.map((arg) => {
    const [resource = '', name = '', ...more] = arg.split('/');
    if (resource === '' || name === '' || more.length > 0)
      throw usageError(`${JSON.stringify(arg)}: when one argument is TYPE/NAME, all must be`);
    return { kind: kindNamed(resource), names: [name] };
  });
}

/** Exactly one object: `TYPE/NAME` or `TYPE NAME`; of `fallback` when only a name is given. Throws CliError. */
export function parseOne(args: readonly string[], fallback?: Kind): { readonly kind: Kind; readonly name: string } {
  const [first] = args;
  if (args.length === 1 && first !== undefined && !first.includes('/') && fallback)
    return { kind: fallback, name: first };
  const [wanted, ...others] = args.length === 0 ? [] : parseWanted(args);
  const [name, ...more] = wanted?.names ?? [];
  if (!wanted || name === undefined || others.length > 0 || more.length > 0)
    throw usageError('name one object, as TYPE/NAME');
  return { kind: wanted.kind, name };
}

/** The kind that a person names. Throws CliError with the nearest known one. */
export function kindNamed(word: string): Kind {
  const kind = resourceFor(word) ?? metricsKindFor(word);
  if (kind !== undefined) return kind;
  const near = nearestResource(word);
  const hint =
    near === undefined ? `known are ${allKinds.map(({ plural }) => plural).join(', ')}` : `did you mean "${near}"?`;
  throw usageError(`the server doesn't have a resource type ${JSON.stringify(word)}; ${hint}`);
}

/** Where an object of the kind is stored, in `namespace` if the kind is namespaced. */
export function keyOf(kind: Kind, namespace: string, name: string): StoreKey {
  return kind.namespaced ? { resource: kind.plural, namespace, name } : { resource: kind.plural, name };
}

/** `deployment.apps/hello`, `pod/x`: how messages and `-o name` name an object. */
export function displayName(kind: Kind, name: string): string {
  return `${resourceName(kind).replace(kind.plural, kind.singular)}/${name}`;
}
