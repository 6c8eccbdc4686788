/** Rules for volumes: one source each, files that stay inside. */
import { notConfigKey, notDns1123Label } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { type Volume, volumeSources } from '../volume.ts';
import type { KeyToPath } from '../volume-file.ts';
import { duplicates, forbiddenField, invalidValue, required, unless } from './cause.ts';

/** What is wrong with the volumes of a pod. `field` is the path of the list. */
export function volumeCauses(volumes: readonly Volume[], field: string): StatusCause[] {
  return [
    ...volumes.flatMap((volume, i) => oneVolume(volume, `${field}[${i}]`)),
    ...duplicates(
      volumes.map((volume) => volume.name),
      (i) => `${field}[${i}].name`,
    ),
  ];
}

function oneVolume(volume: Volume, at: string): StatusCause[] {
  const { name, hostPath, configMap, secret } = volume;
  const causes = name === '' ? [required(`${at}.name`)] : unless(`${at}.name`, name, notDns1123Label(name));
  const [first, ...more] = volumeSources.filter((source) => volume[source] !== undefined);
  if (first === undefined) causes.push(required(at, 'must specify a volume type'));
  for (const source of more) causes.push(forbiddenField(`${at}.${source}`, 'may not specify more than 1 volume type'));
  if (hostPath) causes.push(...hostPathCauses(hostPath.path, `${at}.hostPath.path`));
  if (configMap?.name === '') causes.push(required(`${at}.configMap.name`));
  if (secret?.secretName === '') causes.push(required(`${at}.secret.secretName`));
  causes.push(...itemCauses(configMap?.items ?? [], `${at}.configMap.items`));
  causes.push(...itemCauses(secret?.items ?? [], `${at}.secret.items`));
  return causes;
}

function hostPathCauses(path: string, at: string): StatusCause[] {
  if (path === '') return [required(at)];
  if (!path.startsWith('/')) return [invalidValue(at, path, 'must be an absolute path')];
  return path.split('/').includes('..') ? [invalidValue(at, path, "must not contain '..'")] : [];
}

function itemCauses(items: readonly KeyToPath[], field: string): StatusCause[] {
  return items.flatMap(({ key, path }, i) => {
    const at = `${field}[${i}]`;
    const causes = key === '' ? [required(`${at}.key`)] : unless(`${at}.key`, key, notConfigKey(key));
    if (path === '') return [...causes, required(`${at}.path`)];
    if (path.startsWith('/')) causes.push(invalidValue(`${at}.path`, path, 'must be a relative path'));
    if (path.split('/').includes('..')) causes.push(invalidValue(`${at}.path`, path, "must not contain '..'"));
    if (path.startsWith('..') && !path.startsWith('../')) {
      causes.push(invalidValue(`${at}.path`, path, "must not start with '..'"));
    }
    return causes;
  });
}
