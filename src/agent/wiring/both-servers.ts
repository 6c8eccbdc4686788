/** Streams of two origins for the same handlers. */

import type { StreamServer } from '../ports/stream-server.ts';

/** What is served, both serve: one in the cluster, one on the device. */
export function bothServers(one: StreamServer, other: StreamServer): StreamServer {
  return {
    serve(...service) {
      const stops = [one.serve(...service), other.serve(...service)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
