/** What a handler of a probe or hook asks for, with its names resolved: ports, hosts, variables, headers. */

import type { Container } from '../../../common/model/container.ts';
import type { HTTPGetAction } from '../../../common/model/handler.ts';
import type { LifecycleHandler } from '../../../common/model/lifecycle.ts';
import type { Probe } from '../../../common/model/probe.ts';
import { expand } from '../config/expansion.ts';

type Header = NonNullable<HTTPGetAction['httpHeaders']>[number];
/** The handler of a probe or of a hook: one of the fields is there. */
export type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;
export type HandlerRequest =
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | {
      readonly kind: 'http';
      readonly scheme: 'http' | 'https';
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly headers: readonly Header[];
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'grpc'; readonly host: string; readonly port: number; readonly service: string }
  | { readonly kind: 'sleep'; readonly millis: number }
  | { readonly kind: 'invalid'; readonly message: string };

export type RequestTarget = {
  readonly container: Container;
  /** Of the pod; with hostNetwork the node's. */
  readonly podIps: readonly string[];
  /** Told to HTTP servers, as the kubelet does. */
  readonly purpose: 'probe' | 'lifecycle';
};

/** The version whose behaviour is followed; servers look for the part before the slash. */
const userAgent = { probe: 'kube-probe/1.36', lifecycle: 'kube-lifecycle/1.36' } as const;

export function handlerRequest(handler: Handler, target: RequestTarget): HandlerRequest {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec) return { kind: 'exec', command: commandOf(exec.command ?? [], target.container) };
  if (sleep) return { kind: 'sleep', millis: sleep.seconds * 1000 };
  const action = httpGet ?? tcpSocket ?? grpc;
  if (action === undefined)
    return { kind: 'invalid', message: 'missing handler: none of exec, httpGet, tcpSocket, grpc, sleep' };
  const host = (httpGet ?? tcpSocket)?.host || target.podIps[0];
  if (host === undefined) return { kind: 'invalid', message: 'the pod has no address' };
  const port = portOf(action.port, target.container);
  if (typeof port === 'string') return { kind: 'invalid', message: port };
  if (httpGet === undefined) {
    return grpc ? { kind: 'grpc', host, port, service: grpc.service } : { kind: 'tcp', host, port };
  }
  const scheme = httpGet.scheme === 'HTTPS' ? 'https' : 'http';
  const headers = headersOf(httpGet.httpHeaders ?? [], userAgent[target.purpose]);
  return { kind: 'http', scheme, host, port, path: pathOf(httpGet.path), headers };
}

/** `$(NAME)` stands for what the spec writes out; a variable from elsewhere counts as empty, as with the kubelet. */
function commandOf(command: readonly string[], container: Container): readonly string[] {
  const values = new Map((container.env ?? []).map(({ name, value }) => [name, value ?? '']));
  return command.map((word) => expand(word, (name) => values.get(name)));
}

/** The number, or why there is none. */
function portOf(port: number | string, container: Container): number | string {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port);
  if (named !== undefined) return named.containerPort;
  return /^\d{1,5}$/.test(port)
    ? Number(port)
    : `container ${container.name} has no port named ${JSON.stringify(port)}`;
}

/** What may not stand in a request line is percent-encoded; a fragment is never sent. */
function pathOf(path: string): string {
  const [sent = ''] = path.split('#', 1);
  const encoded = sent.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
}

/** User-Agent and Accept are the kubelet's unless they are given; given empty they are not sent. */
function headersOf(given: readonly Header[], agent: string): readonly Header[] {
  const has = (name: string) => given.some((header) => header.name.toLowerCase() === name);
  const silent = ({ name, value }: Header) => value === '' && ['user-agent', 'accept'].includes(name.toLowerCase());
  return [
    ...(has('user-agent') ? [] : [{ name: 'User-Agent', value: agent }]),
    ...(has('accept') ? [] : [{ name: 'Accept', value: '*/*' }]),
    ...given.filter((header) => !silent(header)),
  ];
}
