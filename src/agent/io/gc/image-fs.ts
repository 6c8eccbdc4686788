/** How full the file system of images is: the runtime tells where it is, the kernel the rest. */
import { statfs } from 'node:fs/promises';
import type { Cri } from '../../ports/cri.ts';
import { type ImageFs, ImageFsError } from '../../ports/image-fs.ts';

export function createImageFs(cri: Pick<Cri, 'imageFs'>): ImageFs {
  let path: string | undefined;
  return {
    async room() {
      path ??= (await cri.imageFs())?.mountpoint;
      if (path === undefined) throw new ImageFsError('unreadable', 'the runtime does not say where it keeps images');
      try {
        const { bsize, blocks, bavail } = await statfs(path);
        if (blocks === 0) throw new ImageFsError('unreadable', `invalid capacity 0 on the file system of ${path}`);
        return { capacityBytes: bsize * blocks, availableBytes: bsize * bavail };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error) || error instanceof ImageFsError) throw error;
        throw new ImageFsError('unreadable', `the file system of ${path}: ${error.message}`, { cause: error });
      }
    },
  };
}
