/** One connection to the cluster for one verb: opened, used, closed; its failures told with what to check. */

import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../common/actor/types.ts';
import { type ApiClient, createApiClient } from '../common/wire/api-client.ts';
import { ApiError, StatusError } from '../common/wire/api-errors.ts';
import { ConnectError, connectNats } from '../common/wire/connect.ts';
import { resolveTarget, type Target } from './config.ts';
import { CliError, exitCode } from './errors.ts';
import type { Io } from './io.ts';
import type { Globals } from './verb.ts';

export type Session = { readonly api: ApiClient; readonly nats: NatsConnection; readonly target: Target };

/** Milliseconds to connect, and for that and the first answer together: a verb that finds nobody fails within 5 s. */
const connectWithin = 3_000;
const answerWithin = 4_000;

/** Connects, does the work and disconnects. Throws CliError for every failure that the user can act on. */
export async function withSession<T>(io: Io, globals: Globals, work: (session: Session) => Promise<T>): Promise<T> {
  const target = await resolveTarget(io, globals);
  const start = io.clock.now();
  const nats = await connect(target, io.clock);
  const timeoutMs = answerWithin - Math.min(connectWithin, io.clock.now() - start);
  try {
    return await work({ nats, target, api: createApiClient(nats, { timeoutMs, clock: io.clock }) });
  } catch (error) {
    throw asCliError(error, target);
  } finally {
    await nats.close();
  }
}

/** Whatever takes the time (looking up a name, the first of several servers), it ends at the limit. */
async function connect(target: Target, clock: Clock): Promise<NatsConnection> {
  const connecting = connectNats({
    servers: target.server,
    name: 'bramble client',
    lifetime: 'short',
    ...(target.creds === undefined ? {} : { creds: target.creds }),
  });
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.timer(connectWithin, () => {
      reject(new ConnectError('timeout', `NATS at ${target.server} does not answer`));
      // One that comes after all is not used.
      connecting.then(
        (nats) => nats.close(),
        () => {},
      );
    });
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    throw error instanceof ConnectError ? cannotConnect(error, target) : error;
  } finally {
    cancel();
  }
}

/** The user's words for what the API's client threw; anything else as it is. */
export function asCliError(error: unknown, target: Target): unknown {
  if (error instanceof StatusError) {
    const { code, reason, message } = error.status;
    const name = reason === undefined ? '' : ` (${reason})`;
    const text = message ?? error.message;
    if (code === 503 || code === 504)
      return new CliError(exitCode.unreachable, `the master cannot answer now: ${text}`, { cause: error });
    return new CliError(code === 404 ? exitCode.notFound : exitCode.failed, `from the master${name}: ${text}`, {
      cause: error,
    });
  }
  if (!(error instanceof ApiError)) return error;
  if (error.code === 'protocol') return new CliError(exitCode.failed, error.message, { cause: error });
  if (error.code === 'closed')
    return new CliError(exitCode.unreachable, `lost the connection to NATS at ${target.server}`, { cause: error });
  const lines = [
    `NATS at ${target.server} answers, but no master does: ${error.message}`,
    'Check:',
    '  on the master:        systemctl status bramble-master, or bramble up for a cluster on this machine',
    `  the address:          ${target.server} is ${target.origin}`,
    '  the credentials:      --creds or BRAMBLE_CREDS must be of the account that the master uses',
    '  a pod on its device:  exec, attach, logs, cp and port-forward need no master with --node NAME',
  ];
  return new CliError(exitCode.unreachable, lines.join('\n'), { cause: error });
}

function cannotConnect(error: ConnectError, target: Target): CliError {
  const lines = [
    error.message,
    'Check:',
    `  the address:          ${target.server} is ${target.origin}; --server, BRAMBLE_SERVER or a context give another`,
    '  is a cluster running: bramble up starts one on this machine; systemctl status bramble-master on a master',
    ...(error.code === 'auth' ? ['  the credentials:      --creds or BRAMBLE_CREDS name the file'] : []),
  ];
  return new CliError(exitCode.unreachable, lines.join('\n'), { cause: error });
}
