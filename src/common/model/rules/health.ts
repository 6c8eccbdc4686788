/** Rules for the probes and hooks of a container. */
import type { Container } from '../container.ts';
import { type Lifecycle, lifecycleHandlers } from '../lifecycle.ts';
import { type Probe, probeHandlers } from '../probe.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue } from './cause.ts';
import { type HandlerPlace, handlerCauses } from './handler.ts';

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** What is wrong with the probes and hooks of a container that runs on beside others. */
export function healthCauses(container: Container, at: string, graceSeconds: number): StatusCause[] {
  const place = { ports: container.ports ?? [], graceSeconds };
  return [
    ...lifecycleCauses(container.lifecycle, `${at}.lifecycle`, place),
    ...probes.flatMap((name) => {
      const probe = container[name];
      return probe ? probeCauses(probe, `${at}.${name}`, name === 'readinessProbe', place) : [];
    }),
  ];
}

/** An init container that runs to its end is neither probed nor hooked. */
export function noHealthCauses(container: Container, at: string): StatusCause[] {
  return (['lifecycle', ...probes] as const)
    .filter((field) => container[field] !== undefined)
    .map((field) =>
      forbiddenField(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}

function probeCauses(probe: Probe, at: string, readiness: boolean, place: HandlerPlace): StatusCause[] {
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe;
  const causes = handlerCauses(probe, probeHandlers, at, place);
  if (grace !== undefined && readiness) {
    causes.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  } else if (grace !== undefined && grace <= 0) {
    causes.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (!readiness && successThreshold !== 1) {
    causes.push(invalidValue(`${at}.successThreshold`, successThreshold, 'must be 1'));
  }
  return causes;
}

function lifecycleCauses(lifecycle: Lifecycle | undefined, at: string, place: HandlerPlace): StatusCause[] {
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    const handler = lifecycle?.[hook];
    return handler ? handlerCauses(handler, lifecycleHandlers, `${at}.${hook}`, place) : [];
  });
}
