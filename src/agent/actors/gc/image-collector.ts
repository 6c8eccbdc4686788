/** Removes images that nothing needs, one after the other; before each it is asked again who needs it. */

import type { Millis } from '../../../common/actor/types.ts';
import {
  bytesOver,
  expiredImages,
  type ImageLimits,
  type ImageTimes,
  imagesFor,
  type JudgedImage,
  judgeImages,
  supersededImages,
  timesOf,
} from '../../core/gc/image-gc.ts';
import { type Holder, holders } from '../../core/gc/image-holders.ts';
import { stillFullWords } from '../../core/gc/room-words.ts';
import type { Image } from '../../core/runtime-model.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import type { ImageFs, Room } from '../../ports/image-fs.ts';

export type CollectorDeps = {
  readonly cri: Pick<Cri, 'listImages' | 'listContainers' | 'removeImage'>;
  readonly imageFs: ImageFs;
  readonly limits: ImageLimits;
  readonly sandboxImage: string;
  /** References that pods which are to run here name; undefined while that is not known of all of them. */
  assigned(): Promise<readonly string[] | undefined>;
  now(): Millis;
};
/** `shortage`: words, when less could be freed than was wanted. */
export type Collected = {
  readonly removed: readonly Image[];
  readonly bytes: number;
  readonly failed: readonly string[];
  readonly shortage?: string;
};
export type ImageCollector = {
  /** Takes note of what is there and removes nothing. Rejects with CriError or AskError. */
  note(): Promise<void>;
  /** What the thresholds and ages ask for. Rejects with CriError, ImageFsError or AskError. */
  routine(): Promise<Collected>;
  /** All that nothing needs, whatever its age. Rejects in the same way. */
  all(): Promise<Collected>;
  /** What was loaded by hand and is superseded. Rejects in the same way. */
  superseded(): Promise<Collected>;
};

export function imageCollector({ cri, imageFs, limits, sandboxImage, assigned, now }: CollectorDeps): ImageCollector {
  let times: ImageTimes = new Map();

  /** Undefined while it is not known what all sources want: then every image may be needed. */
  async function judge(): Promise<readonly JudgedImage[] | undefined> {
    const [images, containers, named] = await Promise.all([cri.listImages(), cri.listContainers(), assigned()]);
    const judged = judgeImages(images, holders({ containers, assigned: named ?? [], sandboxImage }), times, now());
    times = timesOf(judged);
    return named === undefined ? undefined : judged;
  }

  function basket() {
    const removed: Image[] = [];
    const failed = new Map<string, string>();
    /** False when the image stays: it has to be held as it was. */
    const remove = async (image: Image, held?: Holder): Promise<boolean> => {
      const still = (await judge())?.find((one) => one.image.id === image.id);
      if (still === undefined || still.holder !== held) return false;
      try {
        await cri.removeImage(image.id);
      } catch (error) {
        if (!(error instanceof CriError) || error.code === 'unavailable') throw error;
        failed.set(image.id, `${image.tags[0] ?? image.id}: ${error.message}`);
        return false;
      }
      removed.push(image);
      return true;
    };
    return {
      failed: (id: string) => failed.has(id),
      remove,
      result: (): Collected => ({
        removed,
        bytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        failed: [...failed.values()],
      }),
    };
  }

  /** Down to the low threshold; answers with the room that there is then. */
  async function makeRoom(first: Room, { remove, failed }: ReturnType<typeof basket>): Promise<Room> {
    // Sizes are the runtime's words, and layers are shared: the disk is looked at again after each round.
    const down = { ...limits, highPercent: limits.lowPercent };
    let room = first;
    for (let over = bytesOver(room, down); over > 0; over = bytesOver(room, down)) {
      const judged = ((await judge()) ?? []).filter(({ image }) => !failed(image.id));
      let gone = 0;
      for (const image of imagesFor(over, judged, limits.minAge, now())) gone += (await remove(image)) ? 1 : 0;
      if (gone === 0) break;
      room = await imageFs.room();
    }
    return room;
  }

  async function sweepOut(
    choose: (judged: readonly JudgedImage[]) => readonly Image[],
    held?: Holder,
  ): Promise<Collected> {
    const { remove, result } = basket();
    const judged = await judge();
    const before = await imageFs.room();
    for (const image of choose(judged ?? [])) await remove(image, held);
    const { availableBytes } = await imageFs.room();
    return { ...result(), bytes: Math.max(0, availableBytes - before.availableBytes) };
  }

  return {
    async note() {
      await judge();
    },
    async routine() {
      const going = basket();
      const judged = await judge();
      if (judged === undefined) return going.result();
      for (const image of expiredImages(judged, limits, now())) await going.remove(image);
      const before = await imageFs.room();
      const wanted = bytesOver(before, limits);
      if (wanted === 0) return going.result();
      const after = await makeRoom(before, going);
      const freed = Math.max(0, after.availableBytes - before.availableBytes);
      if (freed >= wanted) return going.result();
      const left = (await judge()) ?? [];
      return { ...going.result(), shortage: stillFullWords(after, limits, wanted, freed, left) };
    },
    all: () => sweepOut((judged) => imagesFor(Number.POSITIVE_INFINITY, judged, 0, now())),
    superseded: () => sweepOut(supersededImages, 'superseded'),
  };
}
