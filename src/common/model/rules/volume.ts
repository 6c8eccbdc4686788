/** Rules for volumes: one source each, files that stay inside. */
import { quantityOf } from '../../lib/quantity.ts';
import { notDns1123Label } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { type Volume, volumeSources } from '../volume.ts';
import { duplicates, forbiddenField, invalidValue, required, unless } from './cause.ts';
import { downwardCauses, itemCauses, projectedCauses } from './volume-file.ts';

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
  const { name, emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
  const causes = name === '' ? [required(`${at}.name`)] : unless(`${at}.name`, name, notDns1123Label(name));
  const [first, ...more] = volumeSources.filter((source) => volume[source] !== undefined);
  if (first === undefined) causes.push(required(at, 'must specify a volume type'));
  for (const source of more) causes.push(forbiddenField(`${at}.${source}`, 'may not specify more than 1 volume type'));
  if (hostPath) causes.push(...hostPathCauses(hostPath.path, `${at}.hostPath.path`));
  if (configMap?.name === '') causes.push(required(`${at}.configMap.name`));
  if (secret?.secretName === '') causes.push(required(`${at}.secret.secretName`));
  if (emptyDir?.sizeLimit !== undefined && quantityOf(emptyDir.sizeLimit).nanos < 0n) {
    const why = 'SizeLimit field must be a valid resource quantity';
    causes.push(forbiddenField(`${at}.emptyDir.sizeLimit`, why));
  }
  causes.push(...itemCauses(configMap?.items, `${at}.configMap.items`));
  causes.push(...itemCauses(secret?.items, `${at}.secret.items`));
  causes.push(...downwardCauses(downwardAPI?.items, `${at}.downwardAPI.items`));
  if (projected) causes.push(...projectedCauses(projected, `${at}.projected`));
  return causes;
}

function hostPathCauses(path: string, at: string): StatusCause[] {
  if (path === '') return [required(at)];
  if (!path.startsWith('/')) return [invalidValue(at, path, 'must be an absolute path')];
  return path.split('/').includes('..') ? [invalidValue(at, path, "must not contain '..'")] : [];
}
