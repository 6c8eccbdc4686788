/** Finds the kind that a document says it is, with the nearest known one when there is no such kind. */
import { isRecord } from '../lib/deep.ts';
import { nearest } from '../lib/nearest.ts';
import type { Kind } from './kind.ts';
import { allKinds, kindFor } from './kinds.ts';
import { required, wrongType } from './rules/cause.ts';
import type { StatusCause } from './status.ts';

export type Identified =
  | { readonly ok: true; readonly kind: Kind }
  | { readonly ok: false; readonly causes: readonly StatusCause[] };

/** The kind that the fields `apiVersion` and `kind` of a document name. */
export function identify(document: unknown): Identified {
  if (!isRecord(document))
    return refuse(wrongType('', document, 'must be an object with apiVersion, kind and metadata'));
  const { apiVersion, kind: name } = document;
  const missing = Object.entries({ apiVersion, kind: name }).flatMap(([field, value]) => {
    if (value === undefined || value === null || value === '') return [required(field)];
    return typeof value === 'string' ? [] : [wrongType(field, value, 'must be a string')];
  });
  if (typeof apiVersion !== 'string' || typeof name !== 'string' || missing.length > 0) return refuse(...missing);
  const kind = kindFor(apiVersion, name);
  return kind ? { ok: true, kind } : refuse(noMatch(apiVersion, name));
}

const refuse = (...causes: StatusCause[]): Identified => ({ ok: false, causes });

function noMatch(apiVersion: string, name: string): StatusCause {
  const message = `no matches for kind ${JSON.stringify(name)} in version ${JSON.stringify(apiVersion)}`;
  const named = allKinds.find((kind) => kind.kind === name);
  if (named)
    return {
      field: 'apiVersion',
      reason: 'FieldValueInvalid',
      message: `${message}; ${name} is in ${named.apiVersion}`,
    };
  const near = nearest(
    name,
    allKinds.map((kind) => kind.kind),
  );
  const versionOf = allKinds.find((kind) => kind.kind === near)?.apiVersion;
  const known = allKinds.map((kind) => kind.kind).join(', ');
  const hint = near ? `did you mean ${near} in ${versionOf}?` : `known kinds are ${known}`;
  return { field: 'kind', reason: 'FieldValueInvalid', message: `${message}; ${hint}` };
}
