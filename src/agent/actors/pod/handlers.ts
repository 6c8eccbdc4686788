/** Runs one handler of a probe or of a lifecycle hook against a container: exec, httpGet, tcpSocket, grpc or sleep. */

import { pause } from '../../../common/actor/pause.ts';
import type { Clock, Millis } from '../../../common/actor/types.ts';
import { type Handler, handlerRequest, type RequestTarget } from '../../core/probes/handler-request.ts';
import type { CheckResult, Checks } from '../../ports/checks.ts';
import { type Cri, CriError } from '../../ports/cri.ts';

/** `id` is the runtime's. As with the kubelet, any HTTP answer to a hook is a success. */
export type HandlerTarget = RequestTarget & { readonly id: string };
/** As the kubelet. */
const LONGEST_OUTPUT = 10 * 1024;

export type HandlerDeps = {
  readonly cri: Pick<Cri, 'execSync'>;
  readonly checks: Checks;
  readonly clock: Clock;
};
/** `unknown`: it could not be run, which says nothing of the container. */
export type HandlerResult = Omit<CheckResult, 'outcome'> & { readonly outcome: CheckResult['outcome'] | 'unknown' };

/** Resolves after `timeout` (for a command rounded up to seconds) at the latest; never rejects for what the container or the runtime does. */
export async function runHandler(
  handler: Handler,
  target: HandlerTarget,
  { cri, checks, clock }: HandlerDeps,
  timeout: Millis,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const request = handlerRequest(handler, target);
  switch (request.kind) {
    case 'exec':
      return await runCommand(cri, target.id, request.command, timeout);
    case 'http':
      return await checks.http({ ...request, anyStatus: target.purpose === 'lifecycle' }, timeout, signal);
    case 'tcp':
      return await checks.tcp(request, timeout, signal);
    case 'grpc':
      return await checks.grpc(request, timeout, signal);
    case 'sleep':
      await pause(clock, Math.min(request.millis, timeout), signal);
      return { outcome: 'success', output: '' };
    case 'invalid':
      return { outcome: 'unknown', output: request.message };
  }
}

async function runCommand(
  cri: HandlerDeps['cri'],
  id: string,
  command: readonly string[],
  timeout: Millis,
): Promise<HandlerResult> {
  try {
    const { exitCode, stdout, stderr } = await cri.execSync(id, command, Math.max(1, Math.ceil(timeout / 1000)));
    return { outcome: exitCode === 0 ? 'success' : 'failure', output: `${stdout}${stderr}`.slice(0, LONGEST_OUTPUT) };
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    if (error.code !== 'timeout') return { outcome: 'unknown', output: error.message };
    return { outcome: 'failure', output: `command ${JSON.stringify(command.join(' '))} timed out` };
  }
}
