/** Rules of PodDisruptionBudgets: one of the two numbers, and a selector that means something. */
import type { Kind } from '../kind.ts';
import type { PodDisruptionBudget } from '../pod-disruption-budget.ts';
import { invalidValue } from './cause.ts';
import { labelSelectorCauses } from './meta.ts';

export const podDisruptionBudgetRules: Pick<Kind<PodDisruptionBudget>, 'validate'> = {
  validate({ spec }) {
    const { minAvailable, maxUnavailable, selector } = spec;
    return [
      ...(minAvailable !== undefined && maxUnavailable !== undefined
        ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
        : []),
      ...Object.entries({ minAvailable, maxUnavailable }).flatMap(([field, amount]) =>
        typeof amount === 'string' && Number.parseInt(amount, 10) > 100
          ? [invalidValue(`spec.${field}`, amount, 'must not be greater than 100%')]
          : [],
      ),
      ...(selector === undefined ? [] : labelSelectorCauses(selector, 'spec.selector')),
    ];
  },
};
