/** Opens a process's one connection to NATS. */

import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';

/**
 * - `unreachable`: nobody listens there, or no route leads there
 * - `timeout`: no answer in time
 * - `auth`: the server does not accept the credentials, or they cannot be read
 * - `refused`: the server speaks, but does not let this client in
 */
export type ConnectErrorCode = 'unreachable' | 'timeout' | 'auth' | 'refused';

export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code: ConnectErrorCode;

  constructor(code: ConnectErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type ConnectOptions = {
  /** `nats://host:port`, several with commas. */
  readonly servers: string;
  /** Shown in the server's list of connections. */
  readonly name: string;
  /** Path of a credentials file. */
  readonly creds?: string;
  /** `short`: fails within 5 s and never reconnects (the client). `long`: waits for the server and reconnects for ever (daemons). */
  readonly lifetime: 'short' | 'long';
  /** One inbox prefix a user, so that nobody reads another's replies. */
  readonly inboxPrefix?: string;
};

const connectMillis = 4_000;
const FIRST_PAUSE = 500;
const SPREAD = 1_500;
/** An idle link is nearly silent: a dead one is noticed after two missed pings. */
const pingMillis = 120_000;

/** Rejects with ConnectError. With `tls://` a server without TLS is refused; with `nats://` the server decides. */
export async function connectNats(options: ConnectOptions): Promise<NatsConnection> {
  const long = options.lifetime === 'long';
  const servers = options.servers.split(',').map((server) => server.trim());
  const choice = choosing();
  try {
    return await connect({
      servers,
      ...(servers.some((server) => server.startsWith('tls://')) ? { tls: choice.tls } : {}),
      name: options.name,
      ...(options.creds === undefined ? {} : { authenticator: credentials(options.creds) }),
      ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
      timeout: connectMillis,
      reconnect: long,
      waitOnFirstConnect: long,
      maxReconnectAttempts: -1,
      // The library waits by the wall clock: put back by a day, it would wait for a day. So it does not wait at all, and its
      // choice of a server, which may ask for a delay, does.
      reconnectDelayHandler: () => Number.NEGATIVE_INFINITY,
      reconnectToServer: choice.next,
      pingInterval: pingMillis,
      maxPingOut: 2,
      ignoreAuthErrorAbort: long,
      // Two stack traces for each request would be a twentieth of what a busy master does.
      noAsyncTraces: true,
    });
  } catch (error) {
    throw error instanceof ConnectError ? error : asConnectError(error, options.servers);
  }
}

type Chooser = NonNullable<NodeConnectionOptions['reconnectToServer']>;
type Tls = NonNullable<NodeConnectionOptions['tls']> & { readonly host: string };

/**
 * The server whose turn it is: at once when it was never tried, else after a pause that keeps a fleet from coming all at once.
 * The library checks a certificate for the name of a server, but where there is only an address for the name localhost: so TLS
 * is told the address of the one that was chosen.
 */
function choosing(): { readonly next: Chooser; readonly tls: Tls } {
  let host = '';
  const tls: Tls = {
    get host() {
      return host;
    },
  };
  const next: Chooser = ([server]) => {
    if (server === undefined) return null;
    host = server.hostname;
    return { server, delay: server.lastConnect === 0 ? 0 : FIRST_PAUSE + randomInt(SPREAD) };
  };
  return { next, tls };
}

function credentials(path: string): ReturnType<typeof credsAuthenticator> {
  try {
    return credsAuthenticator(readFileSync(path));
  } catch (error) {
    throw new ConnectError('auth', `the credentials file ${path} cannot be read`, { cause: error });
  }
}

function asConnectError(error: unknown, servers: string): ConnectError {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return new ConnectError('auth', `NATS at ${servers} does not accept the credentials: ${reason}`, { cause: error });
  }
  if (error instanceof errors.TimeoutError) {
    return new ConnectError('timeout', `NATS at ${servers} does not answer`, { cause: error });
  }
  if (error instanceof errors.ConnectionError || /ECONN|ENOTFOUND|EHOST|ENET|EAI_/.test(reason)) {
    return new ConnectError('unreachable', `NATS at ${servers} cannot be reached: ${reason}`, { cause: error });
  }
  return new ConnectError('refused', `NATS at ${servers} refused: ${reason}`, { cause: error });
}
