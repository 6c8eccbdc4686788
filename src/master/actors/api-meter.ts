/** Counts requests to the API. What strangers name is no label: only what the API knows is. */

import type { Millis } from '../../common/actor/types.ts';
import { masterFamilies } from '../../common/metrics/master.ts';
import type { Meter } from '../../common/metrics/meter.ts';
import { kindOf } from '../../common/model/kinds.ts';
import { metricsKindFor } from '../../common/model/metrics-kinds.ts';
import { apiVerbs } from '../../common/wire/subjects.ts';
import type { ApiCall } from '../ports.ts';
import type { Outcome } from './api-requests.ts';

const verbs: readonly string[] = apiVerbs;

export function countRequest(meter: Meter, { verb: asked, resource: path }: ApiCall, code: number, took: Millis): void {
  const verb = verbs.includes(asked) ? asked : 'other';
  const [word = ''] = path.split('/');
  const resource = (kindOf(word) ?? metricsKindFor(word))?.plural ?? 'other';
  meter.count(masterFamilies.requests, { verb, resource, code: String(code) });
  meter.count(masterFamilies.requestTime, { verb }, took / 1000);
}

/** The code of HTTP that an outcome has. */
export function codeOf(outcome: Outcome): number {
  if (outcome.type !== 'refused') return 200;
  const code = 'code' in outcome.status ? outcome.status.code : undefined;
  return typeof code === 'number' ? code : 500;
}
