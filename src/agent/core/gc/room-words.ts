/** Words for an Event about a disk that stays full: what was found, what could be freed, and why no more. */

import { formatBytes } from '../../../common/lib/bytes.ts';
import type { ImageLimits, JudgedImage, Room } from './image-gc.ts';
import type { Holder } from './image-holders.ts';

const why: Readonly<Record<Holder, string>> = {
  used: 'in use by containers',
  assigned: 'named by pods that are to run here',
  sandbox: 'what sandboxes run',
  pinned: 'pinned',
  superseded: 'loaded by hand and superseded by another tag, which go before pods are evicted',
  loaded: 'loaded by hand, which no registry gives back (bramble image rm removes one)',
};

/** `judged`: what is left. */
export function stillFullWords(
  room: Room,
  { highPercent, lowPercent }: ImageLimits,
  wanted: number,
  freed: number,
  judged: readonly JudgedImage[],
): string {
  const used = Math.round((100 * (room.capacityBytes - room.availableBytes)) / Math.max(1, room.capacityBytes));
  const groups = (Object.keys(why) as Holder[]).flatMap((holder) => {
    const those = judged.filter((one) => one.holder === holder);
    const bytes = those.reduce((sum, { image }) => sum + image.sizeBytes, 0);
    return those.length === 0 ? [] : [`${those.length} ${why[holder]} (${formatBytes(bytes)})`];
  });
  const young = judged.filter(({ holder }) => holder === undefined).length;
  const left = [...groups, ...(young === 0 ? [] : [`${young} too new or not to be removed now`])];
  const rest = left.length === 0 ? 'no image is left' : `of the images that are left, ${left.join(', ')}`;
  return (
    `The file system of images is ${used}% full (images are removed from ${highPercent}% down to ${lowPercent}%): ` +
    `${formatBytes(wanted)} had to be freed and ${formatBytes(freed)} were; ${rest}`
  );
}
