/** Settings of gathering usage. */

import * as z from 'zod';

/** What the device and its pods use. */
export const usageSettings = {
  housekeepingInterval: z.coerce
    .number()
    .min(0)
    .max(300)
    .default(10)
    .describe(
      'Seconds between looks at what the device and its pods use; 0: only when somebody asks, and without history',
    ),
};
