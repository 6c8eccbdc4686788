/** The client beside a fake master, for a whole test file: started before its tests, ended after them whatever happens. */

import type { TestFn } from 'ava';
import { type FakeMaster, startFakeMaster } from './fake-master.ts';
import { type Client, createClient } from './run-client.ts';

/** Both are there once the tests run. */
export type ClientRig = { readonly master: FakeMaster; readonly client: Client };

export function clientRig(test: TestFn): ClientRig {
  const rig: { master?: FakeMaster; client?: Client } = {};
  test.before(async () => {
    rig.master = await startFakeMaster();
    rig.client = await createClient(rig.master.url);
  });
  test.after.always(async () => {
    await rig.client?.remove();
    await rig.master?.stop();
  });
  return rig as ClientRig;
}
