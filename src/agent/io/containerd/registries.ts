/** Asks for registries with nothing but a connection, and writes what an owned containerd is told about them. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Registries } from '../../ports/registries.ts';
import { hostsFiles, type RegistryHosts, registryAddresses } from './registry-hosts.ts';

const WITHIN = 3_000;

/** `proxy`: the address of a proxy that the runtime goes through, as HTTPS_PROXY has it. */
export function createRegistries(hosts: RegistryHosts, proxy?: string): Registries {
  return {
    async reachable(host) {
      const addresses = [...registryAddresses(host, hosts), ...(proxy === undefined ? [] : [proxy])];
      const attempts = addresses.map(async (address) => {
        if (!(await answers(address))) throw new Error(`${address} does not answer`);
      });
      return await Promise.any(attempts).then(
        () => true,
        () => false,
      );
    },
  };
}

/** Whether somebody takes a connection there. */
function answers(address: string): Promise<boolean> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) return Promise.resolve(false);
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(WITHIN, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Writes the files that containerd reads at each pull (`config_path`); what was there before goes. */
export async function writeRegistryHosts(dir: string, hosts: RegistryHosts): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o755 });
  for (const [host, content] of hostsFiles(hosts)) {
    await mkdir(join(dir, host));
    await writeFile(join(dir, host, 'hosts.toml'), content);
  }
}
