/** Probes and hooks as `describe` shows them, in kubectl's form. Pure. */

import type { Container } from '../../common/model/container.ts';
import type { HTTPGetAction, TCPSocketAction } from '../../common/model/handler.ts';
import type { LifecycleHandler } from '../../common/model/lifecycle.ts';
import type { Probe } from '../../common/model/probe.ts';
import { block, type Fields, maybe } from './fields.ts';

/** The lines about a container's probes and hooks. */
export function healthFields({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): Fields {
  return [
    ...(livenessProbe ? ([['Liveness', probeText(livenessProbe)]] as Fields) : []),
    ...(readinessProbe ? ([['Readiness', probeText(readinessProbe)]] as Fields) : []),
    ...(startupProbe ? ([['Startup', probeText(startupProbe)]] as Fields) : []),
    ...block('Lifecycle', [
      ...maybe('Post Start', lifecycle?.postStart && hookText(lifecycle.postStart)),
      ...maybe('Pre Stop', lifecycle?.preStop && hookText(lifecycle.preStop)),
      ...maybe('Stop Signal', lifecycle?.stopSignal),
    ]),
  ];
}

/** `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3` */
function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = probe;
  const times = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s`;
  const grace =
    probe.terminationGracePeriodSeconds === undefined ? '' : ` grace=${probe.terminationGracePeriodSeconds}s`;
  const numbers = `${times} #success=${successThreshold} #failure=${failureThreshold}${grace}`;
  const { grpc } = probe;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service} ${numbers}`;
  return `${handlerText(probe)} ${numbers}`;
}

const hookText = (hook: LifecycleHandler): string => (hook.sleep ? `sleep ${hook.sleep.seconds}s` : handlerText(hook));

function handlerText({
  exec,
  httpGet,
  tcpSocket,
}: {
  readonly exec?: { readonly command: readonly string[] } | undefined;
  readonly httpGet?: HTTPGetAction | undefined;
  readonly tcpSocket?: TCPSocketAction | undefined;
}): string {
  if (exec) return `exec [${exec.command.join(' ')}]`;
  if (httpGet) {
    const { scheme, host = '', port, path } = httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path.startsWith('/') ? '' : '/'}${path}`;
  }
  return tcpSocket ? `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}` : 'unknown';
}
