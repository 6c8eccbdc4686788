/** What the table of kinds says about one kind. The table itself is in kinds.ts. */
import type { z } from 'zod';
import type { KubeObject } from './meta.ts';
import type { StatusCause } from './status.ts';

/** A column of `get`'s table. */
export type Column<T extends KubeObject> = {
  readonly name: string;
  /** Shown only with `-o wide`. */
  readonly wide?: boolean;
  /** The cell's text; `now` in milliseconds since 1970. */
  value(object: T, now: number): string;
};

export type Kind<T extends KubeObject = KubeObject> = {
  readonly kind: T['kind'];
  readonly apiVersion: T['apiVersion'];
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** Status is written through the status subresource only. */
  readonly hasStatus: boolean;
  readonly schema: z.ZodType<T>;
  readonly columns: readonly Column<T>[];
  /** Why `name` is no name for this kind, or undefined. */
  notName(name: string): string | undefined;
  /** Defaults that depend on other fields. The schema's own are filled in before. */
  defaults?(object: T): T;
  /** Rules across fields; the object has the schema's shape. */
  validate?(object: T): readonly StatusCause[];
  /** Rules about a change, such as fields that never change. */
  validateUpdate?(next: T, stored: T): readonly StatusCause[];
};
