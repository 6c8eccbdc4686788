/** Files of volumes: keys of ConfigMaps and Secrets, fields of the pod, and all of them together. */
import type { z } from 'zod';
import { fieldSelectorSchema, resourceSelectorSchema } from './env.ts';
import { flag, int32, listOf, object, text } from './fields.ts';

/** Permission bits of files. */
export const mode = (description: string) => int32(description, 0, 0o777);

const keyToPathSchema = object('KeyToPath', 'A key and the file that holds its value.', {
  key: text('Key of the ConfigMap or Secret.'),
  path: text("Path of the file in the volume; relative, without '..'."),
  mode: mode('Permission bits of the file (420 is 0644).').optional(),
});
export type KeyToPath = z.infer<typeof keyToPathSchema>;

/** The keys to show, of a volume or of a projection. */
export const keyFiles = {
  items: listOf(keyToPathSchema, 'Keys to show and their files; all keys, named as they are, when absent.').optional(),
  optional: flag('Let the pod start without it.').optional(),
};

const downwardFileSchema = object('DownwardAPIVolumeFile', 'A file that holds a field of the pod.', {
  path: text("Path of the file in the volume; relative, without '..'."),
  fieldRef: fieldSelectorSchema.optional(),
  resourceFieldRef: resourceSelectorSchema.optional(),
  mode: mode('Permission bits of the file (420 is 0644).').optional(),
});
export type DownwardAPIVolumeFile = z.infer<typeof downwardFileSchema>;

/** The files of a volume, or of a projection, that show the pod itself. */
export const downwardFiles = {
  items: listOf(
    downwardFileSchema,
    'Files: metadata.name, .namespace, .uid, .labels, .annotations or resources.',
  ).optional(),
};

const volumeProjectionSchema = object(
  'VolumeProjection',
  'One source of a projected volume; exactly one of the fields.',
  {
    configMap: object('ConfigMapProjection', 'The values of a ConfigMap as files.', {
      name: text('Name of the ConfigMap.'),
      ...keyFiles,
    }).optional(),
    secret: object('SecretProjection', 'The values of a Secret as files.', {
      name: text('Name of the Secret.'),
      ...keyFiles,
    }).optional(),
    downwardAPI: object('DownwardAPIProjection', 'Fields of the pod as files.', downwardFiles).optional(),
  },
);
export type VolumeProjection = z.infer<typeof volumeProjectionSchema>;

export const projectedVolumeSchema = object('ProjectedVolumeSource', 'Several sources as files of one folder.', {
  sources: listOf(volumeProjectionSchema, 'What the files come from.').optional(),
  defaultMode: mode('Permission bits of the files.').default(0o644),
});
export type ProjectedVolumeSource = z.infer<typeof projectedVolumeSchema>;

/** The sources that a projection may have; it has exactly one of them. */
export const projectionSources = ['configMap', 'secret', 'downwardAPI'] as const;
