/** What a container's probes say of one attempt at it. */

export type ContainerHealth = {
  /** The runtime's id of the container that it is about. */
  readonly id: string;
  /** Its startup probe has succeeded, or it has none. */
  readonly started: boolean;
  /** Its readiness probe says so; true without one once it has started. */
  readonly ready: boolean;
  /** Its startup or liveness probe has failed for good: it is to be ended, in the probe's grace period or else the pod's. */
  readonly failed?: {
    readonly probe: 'startup' | 'liveness';
    readonly message: string;
    readonly graceSeconds?: number;
  };
};
