/** The API of the master that a simulation is run against. */

import { UserError } from '../common/process/program.ts';
import { type ApiClient, createApiClient } from '../common/wire/api-client.ts';
import { ApiError, StatusError } from '../common/wire/api-errors.ts';
import { ConnectError, connectNats } from '../common/wire/connect.ts';

/** Asks the master on a connection of its own; what stands in the way is told as the user's error. */
export async function withApi<T>(server: string, ask: (api: ApiClient) => Promise<T>): Promise<T> {
  try {
    const nc = await connectNats({ servers: server, name: 'sim', lifetime: 'short' });
    try {
      return await ask(createApiClient(nc, { timeoutMs: 30_000 }));
    } finally {
      await nc.close();
    }
  } catch (error) {
    if (error instanceof ConnectError || error instanceof ApiError || error instanceof StatusError) {
      throw new UserError(error.message, { cause: error });
    }
    throw error;
  }
}
