/** A transport whose connection may come later: until then nobody is reachable, and nothing waits for it. */

import { AskError } from '../actor/ask.ts';
import type { Transport } from '../actor/transport.ts';

/** `connected` must not reject: who connects tries again for as long as it is worth it. */
export function lateTransport(connected: Promise<Transport>): Transport {
  let transport: Transport | undefined;
  void connected.then((found) => {
    transport = found;
  });
  const present = (): Transport => {
    if (transport === undefined) throw new AskError('unreachable', 'not connected to NATS yet');
    return transport;
  };
  return {
    send: (path, type, body) => present().send(path, type, body),
    request: async (path, type, body, within) => await present().request(path, type, body, within),
    serve: async (path, handler, options) => await (await connected).serve(path, handler, options),
    onClosed(listener) {
      let stop = (): void => {};
      let listening = true;
      void connected.then((found) => {
        if (listening) stop = found.onClosed(listener);
      });
      return () => {
        listening = false;
        stop();
      };
    },
  };
}
