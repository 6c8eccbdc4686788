/** The condition of the Node that says whether the manifests on the device can be used. */

import type { Finding } from '../pod/conditions.ts';

const TYPE = 'StaticPodsReady';
const SHOWN = 3;

/** The first problems in words: the device's log has all of them. */
export function staticPodsFinding(problems: readonly string[]): Finding {
  if (problems.length === 0) {
    return { type: TYPE, status: 'True', reason: 'NoProblems', message: 'every manifest on the device can be used' };
  }
  const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
  const message = `${problems.slice(0, SHOWN).join('; ')}${more}`;
  return { type: TYPE, status: 'False', reason: 'InvalidManifests', message };
}
