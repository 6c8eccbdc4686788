/** Settings of containers' logs on the device's disk. */

import * as z from 'zod';
import { size } from './fields.ts';

const logSize = z.string().regex(/^[1-9]\d{0,8}(Ki|Mi|Gi|k|M|G)$/, 'must be a size such as 10Mi');

export const logSettings = {
  containerLogMaxSize: logSize.default('10Mi').describe("Size at which a container's log is rotated"),
  containerLogMaxFiles: z.coerce
    .number()
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe("Files of a container's log that are kept, the one that is written included"),
  containerLogMaxTotalSize: size
    .default('2Gi')
    .describe(
      'Bytes that the logs of all containers may take together; beyond it the oldest rotated parts of the largest go',
    ),
  containerLogMaxRate: z
    .union([z.literal(['0', 0]), size])
    .transform(String)
    .default('64Ki')
    .describe('Bytes a second that a container may log for long; what is over it is dropped, and told; 0: no limit'),
  containerLogBurst: size
    .default('8Mi')
    .describe('Bytes that a container may log at once before containerLogMaxRate holds'),
};
