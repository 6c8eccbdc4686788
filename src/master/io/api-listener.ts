/** The API's subjects on a NATS connection, and the answer to `bramble.api.version`. Only the leader listens. */

import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { apiSubjects, untoken, versionSubject } from '../../common/wire/subjects.ts';
import type { ApiCall, ApiListener } from '../ports.ts';

/** `version` is the master's, `name` tells masters apart. */
export function createNatsApiListener(
  nc: NatsConnection,
  about: { readonly version: string; readonly name: string },
): ApiListener {
  return {
    async listen(serve) {
      const requests = nc.subscribe(apiSubjects, {
        callback: (error, message) => {
          if (error === null) serve(callOf(message));
        },
      });
      const versions = nc.subscribe(versionSubject, {
        callback: (error, message) => {
          if (error === null) message.respond(JSON.stringify({ ...about, nats: nc.info?.version ?? 'unknown' }));
        },
      });
      // The server knows of both before anybody is told that the API is served.
      await nc.flush();
      return async () => {
        if (nc.isClosed()) return;
        await Promise.all([requests.drain(), versions.drain()]);
      };
    },
  };
}

function callOf(message: Msg): ApiCall {
  const [, , verb = '', resource = '', namespaceToken = '-', nameToken = '-'] = message.subject.split('.');
  const namespace = untoken(namespaceToken);
  const name = untoken(nameToken);
  return {
    verb,
    resource,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    body: message.data,
    answer: (json) => {
      message.respond(json);
    },
  };
}
