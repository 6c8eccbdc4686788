/** Rules for the places where volumes appear in a container. */
import type { Container, VolumeMount } from '../container.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, required, unknownName } from './cause.ts';

/** What is wrong with a container's mounts. `volumes` are the names of the pod's volumes. */
export function mountCauses(
  { volumeMounts = [], securityContext }: Container,
  field: string,
  volumes: ReadonlySet<string>,
): StatusCause[] {
  const paths = new Set<string>();
  return volumeMounts.flatMap((mount, i) => {
    const { name, mountPath } = mount;
    const at = `${field}[${i}]`;
    const causes: StatusCause[] = [];
    if (name === '') causes.push(required(`${at}.name`));
    else if (!volumes.has(name)) causes.push(unknownName(`${at}.name`, name));
    if (mountPath === '') causes.push(required(`${at}.mountPath`));
    else if (!mountPath.startsWith('/'))
      causes.push(invalidValue(`${at}.mountPath`, mountPath, 'must be an absolute path'));
    if (mountPath.includes(':')) causes.push(invalidValue(`${at}.mountPath`, mountPath, "must not contain ':'"));
    if (paths.has(mountPath)) causes.push(invalidValue(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (mount.mountPropagation === 'Bidirectional' && !securityContext?.privileged) {
      const why = 'Bidirectional mount propagation is available only to privileged containers';
      causes.push(forbiddenField(`${at}.mountPropagation`, why));
    }
    return [...causes, ...subPathCauses(mount, at)];
  });
}

function subPathCauses({ subPath, subPathExpr }: VolumeMount, at: string): StatusCause[] {
  const both = subPath && subPathExpr;
  return [
    ...(subPath ? insideCauses(subPath, `${at}.subPath`) : []),
    ...(both ? [invalidValue(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive')] : []),
    ...(subPathExpr ? insideCauses(subPathExpr, `${at}.subPathExpr`) : []),
  ];
}

/** What is wrong with a path that must stay inside of its folder. */
export function insideCauses(path: string, at: string): StatusCause[] {
  return [
    ...(path.startsWith('/') ? [invalidValue(at, path, 'must be a relative path')] : []),
    ...(path.split('/').includes('..') ? [invalidValue(at, path, "must not contain '..'")] : []),
  ];
}
