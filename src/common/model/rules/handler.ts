/** Rules for what probes and hooks do. */
import type { ContainerPort } from '../container.ts';
import type { ExecAction, GRPCAction, HTTPGetAction, SleepAction, TCPSocketAction } from '../handler.ts';
import { notPortName } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, required, unknownName } from './cause.ts';

type Handlers = {
  readonly exec?: ExecAction | undefined;
  readonly httpGet?: HTTPGetAction | undefined;
  readonly tcpSocket?: TCPSocketAction | undefined;
  readonly grpc?: GRPCAction | undefined;
  readonly sleep?: SleepAction | undefined;
};
/** The container and the pod that a handler belongs to. */
export type HandlerPlace = { readonly ports: readonly ContainerPort[]; readonly graceSeconds: number };

const headerName = /^[-A-Za-z0-9]+$/;

/** What is wrong with a handler: exactly one of `types`, with a port that the container has. */
export function handlerCauses(
  handlers: Handlers,
  types: readonly (keyof Handlers)[],
  at: string,
  { ports, graceSeconds }: HandlerPlace,
): StatusCause[] {
  const [first, ...more] = types.filter((type) => handlers[type] !== undefined);
  if (first === undefined) return [required(at, 'must specify a handler type')];
  const causes = more.map((type) => forbiddenField(`${at}.${type}`, 'may not specify more than 1 handler type'));
  const { exec, httpGet, tcpSocket, grpc, sleep } = handlers;
  if (exec?.command.length === 0) causes.push(required(`${at}.exec.command`));
  if (httpGet) causes.push(...httpCauses(httpGet, `${at}.httpGet`, ports));
  if (tcpSocket) causes.push(...portCauses(tcpSocket.port, `${at}.tcpSocket.port`, ports));
  if (grpc) causes.push(...portCauses(grpc.port, `${at}.grpc.port`, ports));
  if (sleep && sleep.seconds > graceSeconds) {
    const why = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
    causes.push(invalidValue(`${at}.sleep`, sleep.seconds, why));
  }
  return causes;
}

function httpCauses({ path, port, httpHeaders = [] }: HTTPGetAction, at: string, ports: readonly ContainerPort[]) {
  const causes = path === '' ? [required(`${at}.path`)] : [];
  causes.push(...portCauses(port, `${at}.port`, ports));
  for (const { name } of httpHeaders) {
    if (headerName.test(name)) continue;
    const why = "a valid HTTP header must consist of alphanumeric characters or '-' (for example 'X-Header-Name')";
    causes.push(invalidValue(`${at}.httpHeaders`, name, why));
  }
  return causes;
}

/** Unlike Kubernetes, a name that no port has is refused at once: every check of it would fail. */
function portCauses(port: number | string, at: string, ports: readonly ContainerPort[]): StatusCause[] {
  if (typeof port === 'number') {
    return port >= 1 && port <= 65535 ? [] : [invalidValue(at, port, 'must be between 1 and 65535, inclusive')];
  }
  const why = notPortName(port);
  if (why !== undefined) return [invalidValue(at, port, why)];
  return ports.some(({ name }) => name === port) ? [] : [unknownName(at, port)];
}
