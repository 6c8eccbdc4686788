/** What can be done for a pod, as data: each action with its arguments. Its executors are in actors/start-steps.ts and end-steps.ts. */

import type { Millis } from '../../common/lib/time.ts';

type StepArguments = {
  /** Makes or refreshes all volumes of the pod. */
  readonly 'prepare-volumes': { readonly version: string };
  readonly 'pull-image': { readonly container: string; readonly attempt: number };
  readonly 'create-sandbox': { readonly attempt: number };
  /** Creates and starts one attempt at a container. */
  readonly 'start-container': { readonly container: string; readonly attempt: number; readonly sandboxId: string };
  /** All at once: SIGTERM, after the grace period SIGKILL. */
  readonly 'stop-containers': { readonly ids: readonly string[]; readonly graceSeconds: number; readonly why: string };
  readonly 'remove-containers': { readonly ids: readonly string[] };
  readonly 'stop-sandbox': { readonly id: string };
  /** Stops and removes sandboxes with what is in them. */
  readonly 'remove-sandboxes': { readonly ids: readonly string[] };
  /** The last step of a pod that shall be no more: removes its directories. */
  readonly 'remove-files': { readonly left: 'nothing' };
};
export type StepName = keyof StepArguments;
export type StepOf<K extends StepName> = { readonly do: K } & StepArguments[K];
/** Nothing is done until a moment; then the pod is looked at again. */
type Wait = { readonly do: 'wait'; readonly until: Millis };
export type Action = { [K in StepName]: StepOf<K> }[StepName];
export type Step = Action | Wait;
