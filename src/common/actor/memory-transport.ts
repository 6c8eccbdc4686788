/**
 * A network in memory, for tests and simulations: bytes cross it as they would cross the wire. A fault decides for
 * each hop how many copies arrive and when, so loss, delay, duplication and partitions are one function.
 */
import { AskError } from './ask.ts';
import type { Body, Delivery, Transport } from './transport.ts';
import type { Clock, Millis } from './types.ts';

type Hop = { readonly from: string; readonly to: string; readonly path: string; readonly type: string };
/** The delay of each copy that arrives: `[0]` at once, `[]` lost, `[0, 20]` twice. */
export type Fault = (hop: Hop) => readonly Millis[];

export type MemoryNetwork = {
  /** One process' connection. `close` ends what it serves and waits for, as a connection that is closed for good. */
  connect(name: string): Transport & { close(): void };
};

type Server = {
  readonly owner: string;
  readonly segments: readonly string[];
  readonly queue: string | undefined;
  readonly types: readonly string[] | undefined;
  readonly handler: (delivery: Delivery) => void;
};
type Match = { readonly server: Server; readonly params: Readonly<Record<string, string>> };
type Waiting = { readonly reject: (error: AskError) => void };

const atOnce: Fault = () => [0];

/** `random` in [0, 1) chooses among the members of a queue group. */
export function createMemoryNetwork(options: {
  readonly clock: Clock;
  readonly random: () => number;
  readonly fault?: Fault;
}): MemoryNetwork {
  const { clock, random, fault = atOnce } = options;
  const servers = new Set<Server>();
  const hop = (about: Hop, arrive: () => void): void => {
    for (const delay of fault(about)) {
      if (delay > 0) clock.timer(delay, arrive);
      else clock.soon(arrive);
    }
  };
  const deliver = (from: string, path: string, type: string, body: Body, reply?: (to: string) => Delivery['reply']) => {
    const found = route(servers, path, type, random);
    for (const { server, params } of found) {
      const answer = reply?.(server.owner);
      hop({ from, to: server.owner, path, type }, () => {
        if (!servers.has(server)) return;
        server.handler({ type, path, params, body: body.slice(), ...(answer === undefined ? {} : { reply: answer }) });
      });
    }
    return found.length > 0;
  };
  return { connect: (name) => createConnection(name) };

  function createConnection(name: string): Transport & { close(): void } {
    const own = new Set<Server>();
    const waiting = new Set<Waiting>();
    const listeners = new Set<() => void>();
    let closed = false;
    const usable = (): void => {
      if (closed) throw new AskError('unreachable', `the connection of ${name} is closed`);
    };
    return {
      send(path, type, body) {
        usable();
        deliver(name, path, type, body);
      },
      async request(path, type, body, within) {
        usable();
        return await new Promise<Body>((resolve, reject) => {
          const settle = <T>(then: (value: T) => void) => {
            return (value: T): void => {
              cancel();
              waiting.delete(entry);
              then(value);
            };
          };
          const entry: Waiting = { reject: settle(reject) };
          const cancel = clock.timer(within, () =>
            entry.reject(new AskError('timeout', `no answer from ${path} within ${within} ms`)),
          );
          waiting.add(entry);
          const answered = settle(resolve);
          const reply = (to: string) => (answer: Body) => {
            hop({ from: to, to: name, path, type }, () => answered(answer.slice()));
          };
          if (!deliver(name, path, type, body, reply)) entry.reject(new AskError('stopped', `nobody serves ${path}`));
        });
      },
      async serve(path, handler, how = {}) {
        usable();
        const server = { owner: name, segments: path.split('/'), queue: how.queue, types: how.types, handler };
        servers.add(server);
        own.add(server);
        return () => {
          servers.delete(server);
          own.delete(server);
        };
      },
      onClosed(listener) {
        if (closed) listener();
        else listeners.add(listener);
        return () => listeners.delete(listener);
      },
      close() {
        if (closed) return;
        closed = true;
        for (const server of own) servers.delete(server);
        for (const entry of [...waiting])
          entry.reject(new AskError('unreachable', `the connection of ${name} is closed`));
        for (const listener of listeners) listener();
      },
    };
  }
}

/** Who gets a message: each server of the path, and one of each queue group. */
function route(servers: Iterable<Server>, path: string, type: string, random: () => number): readonly Match[] {
  const found: Match[] = [];
  const groups = new Map<string, Match[]>();
  for (const server of servers) {
    const params = match(server.segments, path.split('/'));
    if (params === undefined || server.types?.includes(type) === false) continue;
    const group = server.queue === undefined ? undefined : `${server.queue} ${server.segments.join('/')}`;
    if (group === undefined) found.push({ server, params });
    else groups.set(group, [...(groups.get(group) ?? []), { server, params }]);
  }
  for (const members of groups.values())
    found.push(...members.slice(Math.floor(random() * members.length)).slice(0, 1));
  return found;
}

function match(served: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (served.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of served.entries()) {
    const value = segments[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name !== undefined) params[name] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}
