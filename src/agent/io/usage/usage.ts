/** Usage for real: the kernel's control groups and /proc, the runtime for what only it knows. */
import type { Usage } from '../../ports/usage.ts';
import { createKernelFiles } from './kernel-files.ts';
import { createNodeReader } from './node-reader.ts';

export type UsageOptions = {
  /** Volumes of pods and their logs are on its file system. */
  readonly dataDir: string;
};

export function createUsage({ dataDir }: UsageOptions): Usage {
  const files = createKernelFiles();
  const node = createNodeReader(files, dataDir);
  return {
    read: async (pods) => ({
      node: node.read(undefined),
      pods: pods.map(({ pod, createdAtWall, containers }) => ({
        pod,
        startedAtWall: createdAtWall,
        containers: containers.map(({ id, name, image, createdAtWall: startedAtWall }) => ({
          ...{ id, name, image, startedAtWall },
        })),
        volumes: [],
      })),
      system: [],
    }),
    close: () => node.close(),
  };
}
