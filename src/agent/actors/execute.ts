/** Does one step: finds its executor by name, with the types of both kept together. */

import type { Action, StepName, StepOf } from '../core/steps.ts';
import { executors, type StepResult, type Work } from './step-executors.ts';

export function execute(step: Action, work: Work): Promise<StepResult> {
  return executeAs(step.do, step, work);
}

function executeAs<K extends StepName>(name: K, step: StepOf<K> | Action, work: Work): Promise<StepResult> {
  return executors[name](step as StepOf<K>, work);
}
