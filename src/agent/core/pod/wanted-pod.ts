/** A pod as the node is asked to run it. */

import type { Pod } from '../../../common/model/pod.ts';

export type WantedPod = {
  readonly pod: Pod;
  /** Version of all ConfigMaps and Secrets that it reads (see inputs.ts). */
  readonly inputs: string;
  /** Version of those that fill its volumes. */
  readonly volumes: string;
};
