/** `wait`: until objects have a condition, a value, or are gone. */

import type { KubeObject } from '../../common/model/meta.ts';
import { CliError, type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { findValues, valueText } from '../jsonpath/evaluate.ts';
import { parseRelaxed } from '../jsonpath/parse.ts';
import { say } from '../print/emit.ts';
import { readingPath } from '../print/output.ts';
import { displayName, parseWanted } from '../resources.ts';
import { conditionsOf } from '../rollout-state.ts';
import { choose } from '../select.ts';
import { withSession } from '../session.ts';
import { untilObject } from '../until.ts';
import type { Call } from '../verb.ts';

export type WaitOptions = {
  readonly for: string;
  readonly timeout?: number;
  readonly selector?: string;
  readonly all?: boolean;
};
type Condition = { readonly gone: boolean; holds(object: KubeObject | undefined): boolean };
const defaultTimeout = 30_000;

export async function wait(io: Io, { args, options, globals }: Call<WaitOptions>): Promise<ExitCode> {
  const condition = parseFor(options.for);
  const wanted = parseWanted(args);
  return await withSession(io, globals, async (session) => {
    const deadline = io.clock.now() + (options.timeout ?? defaultTimeout);
    const targets = await choose(session, wanted, options);
    if (targets.length === 0 && !condition.gone) throw new CliError(exitCode.failed, 'no matching resources found');
    for (const { kind, key } of targets) {
      if (!condition.gone) await session.api.get(key);
      const timeout = Math.max(0, deadline - io.clock.now());
      await untilObject(io, session, { kind, key, what: options.for, timeout }, (object) => condition.holds(object));
      await say(io, `${displayName(kind, key.name)} ${condition.gone ? 'deleted' : 'condition met'}`);
    }
    return exitCode.ok;
  });
}

/** Reads `delete`, `condition=Ready[=True]`, `jsonpath='{.status.phase}'[=Running]`. Throws CliError. */
function parseFor(text: string): Condition {
  if (text === 'delete') return { gone: true, holds: (object) => object === undefined };
  const condition = /^condition=([^=]+)(?:=(.*))?$/.exec(text);
  if (condition?.[1] !== undefined) {
    const [, type, status = 'True'] = condition;
    const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
    return {
      gone: false,
      holds: (object) =>
        conditionsOf(object?.status).some((found) => same(found.type, type) && same(found.status, status)),
    };
  }
  const jsonpath = /^jsonpath=(\{.*\}|[^=]+)(?:=(.*))?$/s.exec(text);
  if (jsonpath?.[1] !== undefined) {
    const [, template, wanted] = jsonpath;
    const path = readingPath(() => parseRelaxed(template));
    return {
      gone: false,
      holds: (object) => {
        const values = findValues(path, object ?? {});
        return wanted === undefined ? values.length > 0 : values.some((value) => valueText(value) === wanted);
      },
    };
  }
  throw usageError(`--for=${text}: known are delete, condition=NAME[=VALUE] and jsonpath='{PATH}'[=VALUE]`);
}
