/** Answers a list: in parts, between which others get their turn. */

import type { Kind } from '../../common/model/kind.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { listPartBytes } from '../../common/wire/api-protocol.ts';

/**
 * Sends `<Kind>List` parts; the one with remainingItemCount 0 is the last. Each item is made JSON only when its turn
 * has come, so that a long list takes neither time nor memory in one piece. `pause` lets others run.
 */
export async function sendList(
  kind: Kind,
  objects: readonly KubeObject[],
  revision: number,
  send: (json: string) => void,
  pause: () => Promise<void>,
): Promise<void> {
  let items: string[] = [];
  let size = 0;
  let sent = 0;
  const flush = (): void => {
    sent += items.length;
    const metadata = { resourceVersion: String(revision), remainingItemCount: objects.length - sent };
    const head = JSON.stringify({ kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata });
    send(`${head.slice(0, -1)},"items":[${items.join(',')}]}`);
    items = [];
    size = 0;
  };
  for (const object of objects) {
    const json = JSON.stringify(object);
    const bytes = Buffer.byteLength(json);
    if (items.length > 0 && size + bytes > listPartBytes) {
      flush();
      await pause();
    }
    items.push(json);
    size += bytes;
  }
  flush();
}
