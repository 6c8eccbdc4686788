/** Volumes of a pod and what fills them. */
import * as z from 'zod';
import { object, text } from './fields.ts';
import { quantity } from './quantity-field.ts';
import { downwardFiles, keyFiles, mode, projectedVolumeSchema } from './volume-file.ts';

const defaultMode = mode('Permission bits of the files.').default(0o644);

export const volumeSchema = object('Volume', 'A named volume; exactly one source.', {
  name: text('Name, unique within the pod (an RFC 1123 label).'),
  emptyDir: object('EmptyDirVolumeSource', 'An empty folder that lives as long as the pod.', {
    medium: z.enum(['', 'Memory']).describe("On the node's disk, or in memory.").optional(),
    sizeLimit: quantity(
      'Most that it may hold: the kernel enforces it in memory; a pod that puts more on the disk is evicted.',
    ).optional(),
  }).optional(),
  hostPath: object('HostPathVolumeSource', 'A file or folder of the node.', {
    path: text('Path on the node.'),
    type: z
      .enum(['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'])
      .describe('What must be there, or is made; empty: no check.')
      .default(''),
  }).optional(),
  configMap: object('ConfigMapVolumeSource', 'The values of a ConfigMap as files.', {
    name: text('Name of the ConfigMap.'),
    ...keyFiles,
    defaultMode,
  }).optional(),
  secret: object('SecretVolumeSource', 'The values of a Secret as files, kept in memory.', {
    secretName: text('Name of the Secret.'),
    ...keyFiles,
    defaultMode,
  }).optional(),
  downwardAPI: object('DownwardAPIVolumeSource', 'Fields of the pod as files.', {
    ...downwardFiles,
    defaultMode,
  }).optional(),
  projected: projectedVolumeSchema.optional(),
});
export type Volume = z.infer<typeof volumeSchema>;

/** The names of all sources that a volume may have; a volume has exactly one of them. */
export const volumeSources = ['emptyDir', 'hostPath', 'configMap', 'secret', 'downwardAPI', 'projected'] as const;
