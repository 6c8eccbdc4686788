/** Settings of what an agent removes by itself: images and dead containers. Names and defaults are the kubelet's. */

import * as z from 'zod';

const percent = z.coerce.number().int().min(0).max(100);
const duration = z.string().regex(/^(0|(\d{1,6}(ms|s|m|h))+)$/, 'must be a duration such as 90s, 2m or 168h, or 0');

export const gcSettings = {
  imageGCHighThresholdPercent: percent
    .default(85)
    .describe('From this use of the file system of images on, unused ones are removed; 100: never'),
  imageGCLowThresholdPercent: percent.default(80).describe('Down to this use unused images are removed'),
  imageMinimumGCAge: duration.default('2m').describe('No image that is known for a shorter time is removed'),
  imageMaximumGCAge: duration
    .default('0')
    .describe('An image that was unused for longer is removed whatever room there is; 0: none is'),
  maximumDeadContainersPerContainer: z.coerce
    .number()
    .int()
    .min(0)
    .max(1)
    .default(1)
    .describe('Dead attempts at a container that are kept beside the newest one, for lastState and logs --previous'),
  maximumDeadContainers: z.coerce
    .number()
    .int()
    .min(-1)
    .default(-1)
    .describe('Most dead containers on the device; the newest attempt at each is kept all the same; -1: no limit'),
};
