/**
 * What can be done for a pod, as data: each action with its arguments. Its executors are in actors/start-steps.ts, hook-steps.ts
 * and end-steps.ts.
 */

import type { Millis } from '../../../common/lib/time.ts';
import type { Grace } from './pod-memory.ts';

/** A container that is to be ended. */
export type EndOfContainer = {
  readonly id: string;
  readonly container: string;
  /** Seconds that it was given, its hook included. */
  readonly graceSeconds: number;
  /** When they are over, in steady time. */
  readonly until: Millis;
  /** Why, in the words of the Event `Killing`. */
  readonly why: string;
  /** The grace period of the pod, if it ends as a whole. */
  readonly ofPod?: Grace;
  /** It is to be started again, whatever its exit code will be. */
  readonly again: boolean;
};

type StepArguments = {
  /** Makes or refreshes all volumes of the pod. */
  readonly 'prepare-volumes': { readonly version: string };
  readonly 'pull-image': { readonly container: string; readonly image: string; readonly attempt: number };
  readonly 'create-sandbox': { readonly attempt: number };
  /** Creates and starts one attempt at a container. */
  readonly 'start-container': { readonly container: string; readonly attempt: number; readonly sandboxId: string };
  /** Runs the container's postStart hook. */
  readonly 'post-start': { readonly id: string; readonly container: string };
  /** Gives a running container the cpu and memory that its spec now says, without starting it again. */
  readonly 'resize-container': { readonly id: string; readonly container: string };
  /** Runs the container's preStop hook. */
  readonly 'pre-stop': EndOfContainer;
  /** Its stop signal, after `seconds` SIGKILL. */
  readonly 'stop-container': EndOfContainer & { readonly seconds: number };
  readonly 'remove-containers': { readonly ids: readonly string[] };
  readonly 'stop-sandbox': { readonly id: string };
  /** Stops and removes sandboxes with what is in them. */
  readonly 'remove-sandboxes': { readonly ids: readonly string[] };
  /** Frees what the volumes of a pod that has ended take, memory above all; its last words and logs stay. */
  readonly 'remove-volumes': { readonly of: 'ended pod' };
  /** The last step of a pod that shall be no more: removes its directories. */
  readonly 'remove-files': { readonly left: 'nothing' };
};
export type StepName = keyof StepArguments;
export type StepOf<K extends StepName> = { readonly do: K } & StepArguments[K];
/** Nothing is done until a moment; then the pod is looked at again. */
type Wait = { readonly do: 'wait'; readonly until: Millis };
export type Action = { [K in StepName]: StepOf<K> }[StepName];
export type Step = Action | Wait;

/**
 * Actions that may take long are under way beside the others, each once at a time, by this name; undefined for those that
 * are done one after the other.
 */
export function besides(step: Action): string | undefined {
  switch (step.do) {
    case 'pull-image':
      return `pull ${step.container} ${step.attempt} ${step.image}`;
    case 'post-start':
    case 'pre-stop':
      return `${step.do} ${step.id}`;
    case 'stop-container':
      // One that shall be over sooner goes beside the one that is under way.
      return `stop ${step.id} ${step.until}`;
    default:
      return undefined;
  }
}

/** Whether an action may have changed what the runtime lists. */
export function touchesRuntime(step: Action): boolean {
  return !['pull-image', 'prepare-volumes', 'remove-volumes', 'post-start', 'pre-stop', 'resize-container'].includes(
    step.do,
  );
}
