/** Where samples go: to NATS, for whoever listens there. */

import type { UsageSample } from '../../common/model/usage-sample.ts';

export interface MetricsUplink {
  /** Sends one message of samples. True once the server has it; false where that can not be known: then it did not, or may not have, arrived. */
  send(samples: readonly UsageSample[]): Promise<boolean>;
}
