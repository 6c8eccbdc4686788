/** Volumes of a pod and what fills them. */
import * as z from 'zod';
import { flag, int32, listOf, object, text } from './fields.ts';

const mode = (description: string) => int32(description, 0, 0o777);

const keyToPathSchema = object('KeyToPath', 'A key and the file that holds its value.', {
  key: text('Key of the ConfigMap or Secret.'),
  path: text("Path of the file in the volume; relative, without '..'."),
  mode: mode('Permission bits of the file (420 is 0644).').optional(),
});
export type KeyToPath = z.infer<typeof keyToPathSchema>;

const keyFiles = {
  items: listOf(keyToPathSchema, 'Keys to show and their files; all keys, named as they are, when absent.').optional(),
  defaultMode: mode('Permission bits of the files.').default(0o644),
  optional: flag('Let the pod start without it.').optional(),
};

export const volumeSchema = object('Volume', 'A named volume; exactly one source.', {
  name: text('Name, unique within the pod (an RFC 1123 label).'),
  emptyDir: object('EmptyDirVolumeSource', 'An empty folder that lives as long as the pod.', {
    medium: z.enum(['', 'Memory']).describe("On the node's disk, or in memory.").optional(),
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
  }).optional(),
  secret: object('SecretVolumeSource', 'The values of a Secret as files, kept in memory.', {
    secretName: text('Name of the Secret.'),
    ...keyFiles,
  }).optional(),
});
export type Volume = z.infer<typeof volumeSchema>;

/** The names of all sources that a volume may have; a volume has exactly one of them. */
export const volumeSources = ['emptyDir', 'hostPath', 'configMap', 'secret'] as const;
