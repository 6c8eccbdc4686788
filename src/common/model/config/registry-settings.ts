/** Settings of the registries that an owned containerd pulls from. */

import { hostList, path, registryMirrors } from './fields.ts';

/** Where images come from, for the containerd that an agent owns. */
export const registrySettings = {
  registryMirrors: registryMirrors
    .default('')
    .describe('Mirrors, asked before the registry: docker.io=http://host:5000,…'),
  insecureRegistries: hostList.default('').describe('Registries over plain HTTP or with any certificate: host:port,…'),
  registryCA: path.optional().describe('Certificates (PEM) of the authority that mirrors and registries are signed by'),
};
