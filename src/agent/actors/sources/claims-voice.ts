/** What is said of the pods that sources want: which static pods there are, and once of each pod that another one shadows. */

import type { Logger } from '../../../common/actor/types.ts';
import { podNameOf } from '../../core/pod/pod-labels.ts';
import type { PodEvent } from '../link/pod-events.ts';
import type { StaticPods } from './mirrors.ts';
import type { Claim } from './wanted-set.ts';

export type ClaimsVoiceDeps = {
  readonly mirrors: { tell(message: StaticPods): boolean };
  readonly events: { tell(message: PodEvent): boolean };
};

export function claimsVoice(deps: ClaimsVoiceDeps, log: Logger) {
  let shadowed: ReadonlySet<string> = new Set();
  return {
    /** `complete`: every source of static pods has said all that it wants. */
    claims(claims: readonly Claim[], complete: boolean): void {
      const statics = claims.filter(({ source, shadowedBy }) => source !== 'master' && shadowedBy === undefined);
      deps.mirrors.tell({ type: 'static-pods', pods: statics.map(({ pod }) => pod), complete });
      const others = claims.filter(({ shadowedBy }) => shadowedBy !== undefined);
      for (const { source, pod, shadowedBy } of others) {
        const name = podNameOf(pod);
        if (shadowed.has(name.uid)) continue;
        const full = `${name.namespace}/${name.name}`;
        const message = `the pod of ${source} is not run: one of ${shadowedBy} has its name, ${full}`;
        log.warn({ uid: name.uid }, message);
        deps.events.tell({ type: 'event', kind: 'Warning', pod: name, reason: 'DuplicatePodName', message });
      }
      shadowed = new Set(others.map(({ pod }) => podNameOf(pod).uid));
    },
  };
}
