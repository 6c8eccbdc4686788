/** A file system of images of which a test says how full it is. */

import type { GcLimits } from '../../src/agent/actors/gc/gc.ts';
import type { ImageFs, ImageFsError, Room } from '../../src/agent/ports/image-fs.ts';

/** The settings' defaults. */
export const gcLimits: GcLimits = {
  images: { highPercent: 85, lowPercent: 80, minAge: 120_000, maxAge: 0 },
  dead: { perContainer: 1, total: -1 },
};

export class FakeImageFs implements ImageFs {
  /** What it holds now; a test may make it depend on the images. */
  used: () => number = () => 0;
  capacityBytes = 100_000;
  failing: ImageFsError | undefined;

  async room(): Promise<Room> {
    if (this.failing !== undefined) throw this.failing;
    return { capacityBytes: this.capacityBytes, availableBytes: this.capacityBytes - this.used() };
  }
}
