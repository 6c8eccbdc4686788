/**
 * Which images go, as the kubelet decides it (imageGCHighThresholdPercent, imageGCLowThresholdPercent, imageMinimumGCAge,
 * imageMaximumGCAge): the one that was used longest ago first. Times are steady and begin with the agent: an image that it
 * finds at its start counts as used then.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Image } from '../runtime-model.ts';
import type { Holder } from './image-holders.ts';

export type ImageLimits = {
  /** Percent of the file system: above the high one images go until the low one is reached. */
  readonly highPercent: number;
  readonly lowPercent: number;
  /** Nothing younger goes. */
  readonly minAge: Millis;
  /** What was not used for so long goes whatever room there is; 0: nothing does. */
  readonly maxAge: Millis;
};

/** When an image was found, and when something held it last, by its id. */
export type ImageTimes = ReadonlyMap<string, { readonly seen: Millis; readonly held: Millis }>;

export type JudgedImage = {
  readonly image: Image;
  readonly holder: Holder | undefined;
  readonly seen: Millis;
  readonly held: Millis;
};

/** `holderOf` says who needs an image. */
export function judgeImages(
  images: readonly Image[],
  holderOf: (image: Image) => Holder | undefined,
  before: ImageTimes,
  now: Millis,
): readonly JudgedImage[] {
  return images.map((image) => {
    const holder = holderOf(image);
    const known = before.get(image.id);
    return {
      image,
      holder,
      seen: known?.seen ?? now,
      held: known === undefined || holder !== undefined ? now : known.held,
    };
  });
}

export const timesOf = (judged: readonly JudgedImage[]): ImageTimes =>
  new Map(judged.map(({ image, seen, held }) => [image.id, { seen, held }]));

/** What may go, longest unused first; of the same age the one that was found first, then the larger one. */
function removable(judged: readonly JudgedImage[], minAge: Millis, now: Millis): readonly JudgedImage[] {
  return judged
    .filter(({ holder, seen }) => holder === undefined && now - seen >= minAge)
    .sort((a, b) => a.held - b.held || a.seen - b.seen || b.image.sizeBytes - a.image.sizeBytes);
}

/** What was not used for too long. */
export function expiredImages(judged: readonly JudgedImage[], limits: ImageLimits, now: Millis): readonly Image[] {
  if (limits.maxAge === 0) return [];
  return removable(judged, limits.minAge, now)
    .filter(({ held }) => now - held > limits.maxAge)
    .map(({ image }) => image);
}

/** What was loaded by hand and has another tag in its place: for a device that would have to end pods. */
export const supersededImages = (judged: readonly JudgedImage[]): readonly Image[] =>
  judged.filter(({ holder }) => holder === 'superseded').map(({ image }) => image);

/** As few as have so many bytes together, by what the runtime says of their sizes; all that may go when they have less. */
export function imagesFor(
  bytes: number,
  judged: readonly JudgedImage[],
  minAge: Millis,
  now: Millis,
): readonly Image[] {
  const chosen: Image[] = [];
  let sum = 0;
  for (const { image } of removable(judged, minAge, now)) {
    if (sum >= bytes) break;
    chosen.push(image);
    sum += image.sizeBytes;
  }
  return chosen;
}

export type Room = { readonly capacityBytes: number; readonly availableBytes: number };

/** Bytes that have to be freed to reach the low threshold; 0 unless the high one is reached. */
export function bytesOver({ capacityBytes, availableBytes }: Room, { highPercent, lowPercent }: ImageLimits): number {
  const used = capacityBytes - availableBytes;
  if (capacityBytes <= 0 || used * 100 < capacityBytes * highPercent) return 0;
  return Math.max(0, Math.ceil(used - (capacityBytes * lowPercent) / 100));
}
