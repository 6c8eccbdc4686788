/** Does one step: finds its executor by name, with the types of both kept together. A missing one is a compile error. */

import type { Action, StepName, StepOf } from '../../core/pod/steps.ts';
import { endSteps } from './end-steps.ts';
import { hookSteps } from './hook-steps.ts';
import { startSteps } from './start-steps.ts';
import type { Executors, StepResult, Work } from './step-work.ts';
import { volumeSteps } from './volume-steps.ts';

const executors: Executors<StepName> = { ...volumeSteps, ...startSteps, ...hookSteps, ...endSteps };

export function execute(step: Action, work: Work): Promise<StepResult> {
  return executeAs(step.do, step, work);
}

function executeAs<K extends StepName>(name: K, step: StepOf<K> | Action, work: Work): Promise<StepResult> {
  return executors[name](step as StepOf<K>, work);
}
