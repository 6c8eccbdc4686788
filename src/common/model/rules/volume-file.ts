/** Rules for the files of volumes: they stay inside, and no two sources write the same one. */
import { notConfigKey } from '../names.ts';
import type { StatusCause } from '../status.ts';
import {
  type DownwardAPIVolumeFile,
  type KeyToPath,
  type ProjectedVolumeSource,
  projectionSources,
  type VolumeProjection,
} from '../volume-file.ts';
import { forbiddenField, invalidValue, required, unless } from './cause.ts';
import { fieldRefCauses, resourceRefCauses } from './field-ref.ts';
import { insideCauses } from './mount.ts';

/** What is wrong with the keys of a ConfigMap or Secret that become files. `field` is the path of the list. */
export function itemCauses(items: readonly KeyToPath[] = [], field: string): StatusCause[] {
  return items.flatMap(({ key, path }, i) => {
    const at = `${field}[${i}]`;
    const causes = key === '' ? [required(`${at}.key`)] : unless(`${at}.key`, key, notConfigKey(key));
    return [...causes, ...filePathCauses(path, `${at}.path`)];
  });
}

/** What is wrong with the files that show the pod itself. `field` is the path of the list. */
export function downwardCauses(items: readonly DownwardAPIVolumeFile[] = [], field: string): StatusCause[] {
  return items.flatMap(({ path, fieldRef, resourceFieldRef }, i) => {
    const at = `${field}[${i}]`;
    const causes = filePathCauses(path, `${at}.path`);
    if (fieldRef && resourceFieldRef) {
      const why = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      causes.push(invalidValue(at, 'resource', why));
    }
    if (fieldRef) causes.push(...fieldRefCauses(fieldRef, `${at}.fieldRef`, 'file'));
    else if (resourceFieldRef) causes.push(...resourceRefCauses(resourceFieldRef, `${at}.resourceFieldRef`, 'file'));
    else causes.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
    return causes;
  });
}

/** What is wrong with a projected volume. */
export function projectedCauses({ sources = [] }: ProjectedVolumeSource, at: string): StatusCause[] {
  const paths = new Set<string>();
  return sources.flatMap((source, i) => {
    const causes = projectionCauses(source, `${at}.sources[${i}]`);
    const { configMap, secret, downwardAPI } = source;
    const items = [...(configMap?.items ?? []), ...(secret?.items ?? []), ...(downwardAPI?.items ?? [])];
    for (const { path } of items) {
      if (paths.has(path)) {
        causes.push(invalidValue(at, configMap?.name ?? secret?.name ?? path, 'conflicting duplicate paths'));
      }
      paths.add(path);
    }
    return causes;
  });
}

function projectionCauses(source: VolumeProjection, at: string): StatusCause[] {
  const { configMap, secret, downwardAPI } = source;
  const [first, ...more] = projectionSources.filter((name) => source[name] !== undefined);
  return [
    ...(first === undefined ? [required(at, `must specify one of: ${projectionSources.join(', ')}`)] : []),
    ...(more.length > 0 ? [forbiddenField(at, 'may not specify more than 1 volume type per source')] : []),
    ...(configMap?.name === '' ? [required(`${at}.configMap.name`)] : []),
    ...(secret?.name === '' ? [required(`${at}.secret.name`)] : []),
    ...itemCauses(configMap?.items, `${at}.configMap.items`),
    ...itemCauses(secret?.items, `${at}.secret.items`),
    ...downwardCauses(downwardAPI?.items, `${at}.downwardAPI.items`),
  ];
}

function filePathCauses(path: string, at: string): StatusCause[] {
  if (path === '') return [required(at)];
  const causes = insideCauses(path, at);
  if (path.startsWith('..') && !path.startsWith('../')) {
    causes.push(invalidValue(at, path, "must not start with '..'"));
  }
  return causes;
}
