/** An actor system: the root of the actors of one process, and its doors to the wire. */
import { Cell } from './cell.ts';
import type { Branch } from './children.ts';
import { Dispatcher } from './dispatcher.ts';
import { expose } from './expose.ts';
import type { Watchable } from './local-ref.ts';
import { RemoteRef } from './remote-ref.ts';
import type { Runtime } from './runtime.ts';
import type { Transport } from './transport.ts';
import type { ActorSystem, Address, Clock, ExitReason, Logger, Message, Millis } from './types.ts';

export type SystemOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  /** In [0, 1): jitter for restarts. */
  readonly random: () => number;
  /** Without one, `remote` and `expose` are refused. */
  readonly transport?: Transport;
  /** For logs. */
  readonly name?: string;
  /** How long a handler or a `stopped` hook may go on after it was told to stop, before it is abandoned. Default 10 s. */
  readonly stopWithin?: Millis;
};

type DeadLetter = { readonly to: Address; readonly msg: Message; readonly why: string };

/**
 * Starts a system without actors. Its root has no name ("/api" is the path of an actor that the system spawned) and is
 * never restarted: a failure that reaches it ends the system, which `ended` tells.
 */
export function createSystem(options: SystemOptions): ActorSystem {
  const { clock, log, random, transport, name = 'system' } = options;
  const listeners: ((letter: DeadLetter) => void)[] = [];
  let resolveEnded: (why: ExitReason) => void;
  const ended = new Promise<ExitReason>((resolve) => {
    resolveEnded = resolve;
  });
  const deadLetter = (to: Address, msg: Message, why: string): void => {
    log.debug({ system: name, actor: to.path, type: msg.type, why }, 'dead letter');
    for (const listener of listeners) {
      try {
        listener({ to, msg, why });
      } catch (err) {
        // A listener's failure is its own: the actor whose message this was goes on.
        log.error({ system: name, err }, 'dead letter listener failed');
      }
    }
  };
  const runtime: Runtime = {
    clock,
    log,
    random,
    dispatcher: new Dispatcher(clock),
    stopWithin: options.stopWithin ?? 10_000,
    deadLetter,
    find: (path) => find(root, path),
  };
  const root: Cell<never> = new Cell<never>(
    runtime,
    { childEnded: (_path, why) => resolveEnded(why), childFailed: () => {} },
    '',
    () => ({ on: {} }),
    { restart: 'never' },
  );
  const wired = (): Transport => {
    if (transport === undefined) throw new Error(`${name} has no transport: nothing is remote or exposed`);
    return transport;
  };
  return {
    clock,
    log,
    ended,
    spawn: (child, behavior, spawnOptions) => root.spawn(child, behavior, spawnOptions),
    stop: (child, why) => root.stopChild(child, why ?? { kind: 'shutdown' }),
    remote: (path, wire) => new RemoteRef({ path, wire, transport: wired(), deadLetter }),
    expose: (ref, wire, how) => expose({ ref, wire, transport: wired(), deadLetter }, how),
    deadLetters: (listener) => {
      listeners.push(listener);
    },
    shutdown: () => root.stop({ kind: 'shutdown' }),
  };
}

function find(root: Branch, path: string): Watchable | undefined {
  let branch: Branch | undefined = root;
  for (const name of path.split('/').slice(1)) branch = branch?.child(name);
  return branch?.ref;
}
