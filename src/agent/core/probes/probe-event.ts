/** What is said of a probe's result as an Event of the pod, in the kubelet's words. */

import type { ProbeKind } from './probe.ts';

type Result = { readonly outcome: 'success' | 'warning' | 'failure' | 'unknown'; readonly output: string };

/** Undefined when there is nothing to say. */
export function probeEvent(
  kind: ProbeKind,
  { outcome, output }: Result,
): { readonly reason: 'Unhealthy' | 'ProbeWarning'; readonly message: string } | undefined {
  const subject = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe`;
  switch (outcome) {
    case 'success':
      return undefined;
    case 'warning':
      return { reason: 'ProbeWarning', message: `${subject} warning: ${output}` };
    case 'failure':
      return { reason: 'Unhealthy', message: `${subject} failed: ${output}` };
    case 'unknown':
      return { reason: 'Unhealthy', message: `${subject} errored and resulted in unknown state: ${output}` };
  }
}
