/** Which parts of volumes a container mounts. */

import type { Container } from '../../../common/model/container.ts';
import type { Variables } from './env.ts';
import { expand } from './expansion.ts';
import { found, missing, type Resolved } from './resolved.ts';

/** `index` is that of the mount among the container's. */
export type SubPathMount = { readonly index: number; readonly volume: string; readonly path: string };

/** The mounts that show less than their volume; a variable that is not there is said, as no part could be meant. */
export function subPathsOf(container: Container, variables: Variables): Resolved<readonly SubPathMount[]> {
  const values = new Map(variables.map(({ key, value }) => [key, value]));
  const parts: SubPathMount[] = [];
  for (const [index, { name, subPath, subPathExpr }] of (container.volumeMounts ?? []).entries()) {
    const unknown: string[] = [];
    const path = expand(subPathExpr || '', (variable) => {
      const value = values.get(variable);
      if (value === undefined) unknown.push(variable);
      return value;
    });
    if (unknown.length > 0) {
      return missing(`missing value for ${unknown.map((variable) => JSON.stringify(variable)).join(', ')}`);
    }
    if (subPath || path) parts.push({ index, volume: name, path: subPath || path });
  }
  return found(parts);
}
