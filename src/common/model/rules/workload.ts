/** Rules and dependent defaults of Deployments and ReplicaSets. */
import { deepEqual } from '../../lib/deep.ts';
import type { Deployment, DeploymentStrategy } from '../deployment.ts';
import type { Kind } from '../kind.ts';
import type { LabelSelector } from '../meta.ts';
import type { PodTemplateSpec } from '../pod-spec.ts';
import type { ReplicaSet } from '../replica-set.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, notSupported } from './cause.ts';
import { annotationCauses, labelCauses, selectorCauses } from './meta.ts';
import { podSpecCauses } from './pod.ts';
import { withPodSpecDefaults } from './pod-defaults.ts';

type WorkloadSpec = { selector: LabelSelector; template: PodTemplateSpec };

const withTemplateDefaults = (template: PodTemplateSpec): PodTemplateSpec => ({
  ...template,
  spec: withPodSpecDefaults(template.spec),
});

function workloadCauses({ selector, template }: WorkloadSpec, kindName: string): StatusCause[] {
  const { metadata, spec } = template;
  return [
    ...selectorCauses(selector, metadata.labels, kindName),
    ...labelCauses('spec.template.metadata.labels', metadata.labels),
    ...annotationCauses('spec.template.metadata.annotations', metadata.annotations),
    ...podSpecCauses(spec, 'spec.template.spec'),
    ...(spec.restartPolicy === 'Always'
      ? []
      : [notSupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always'])]),
    ...(spec.activeDeadlineSeconds === undefined
      ? []
      : [
          forbiddenField(
            'spec.template.spec.activeDeadlineSeconds',
            'activeDeadlineSeconds in ReplicaSet is not Supported',
          ),
        ]),
  ];
}

const selectorChange = (next: LabelSelector, stored: LabelSelector): StatusCause[] =>
  deepEqual(next, stored) ? [] : [invalidValue('spec.selector', next, 'field is immutable')];

const isZero = (amount: number | string): boolean => Number.parseInt(`${amount}`, 10) === 0;

function strategyCauses({ type, rollingUpdate }: DeploymentStrategy): StatusCause[] {
  const at = 'spec.strategy.rollingUpdate';
  if (!rollingUpdate) return [];
  if (type === 'Recreate') {
    return [forbiddenField(at, "may not be specified when strategy `type` is 'Recreate'")];
  }
  const { maxSurge, maxUnavailable } = rollingUpdate;
  if (isZero(maxSurge) && isZero(maxUnavailable)) {
    return [invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')];
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    return [invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%')];
  }
  return [];
}

export const deploymentRules: Pick<Kind<Deployment>, 'defaults' | 'validate' | 'validateUpdate'> = {
  defaults(deployment) {
    const { spec } = deployment;
    const { type, rollingUpdate } = spec.strategy;
    const limits = rollingUpdate ?? { maxSurge: '25%', maxUnavailable: '25%' };
    return {
      ...deployment,
      spec: {
        ...spec,
        template: withTemplateDefaults(spec.template),
        strategy: type === 'RollingUpdate' ? { ...spec.strategy, rollingUpdate: limits } : spec.strategy,
      },
    };
  },
  validate({ spec }) {
    const { progressDeadlineSeconds, minReadySeconds } = spec;
    return [
      ...workloadCauses(spec, 'deployment'),
      ...strategyCauses(spec.strategy),
      ...(progressDeadlineSeconds <= minReadySeconds
        ? [
            invalidValue(
              'spec.progressDeadlineSeconds',
              progressDeadlineSeconds,
              'must be greater than minReadySeconds',
            ),
          ]
        : []),
    ];
  },
  validateUpdate: (next, stored) => selectorChange(next.spec.selector, stored.spec.selector),
};

export const replicaSetRules: Pick<Kind<ReplicaSet>, 'defaults' | 'validate' | 'validateUpdate'> = {
  defaults: (set) => ({ ...set, spec: { ...set.spec, template: withTemplateDefaults(set.spec.template) } }),
  validate: ({ spec }) => workloadCauses(spec, 'replicaset'),
  validateUpdate: (next, stored) => selectorChange(next.spec.selector, stored.spec.selector),
};
