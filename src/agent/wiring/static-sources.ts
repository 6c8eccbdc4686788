/** Where static pods come from: a directory, a URL, the device's own socket. */

import { join } from 'node:path';
import { realClock } from '../../common/actor/clock.ts';
import type { Logger } from '../../common/actor/types.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import type { AgentDeps } from '../actors/agent-deps.ts';
import { createKeptFile } from '../io/kept/kept-file.ts';
import { createManifestDir } from '../io/sources/manifest-dir.ts';
import { createManifestUrl } from '../io/sources/manifest-url.ts';
import { headersOf } from '../settings/http-headers.ts';

type StaticSources = Pick<AgentDeps, 'manifestDir' | 'manifestUrl' | 'readDocuments' | 'makeStaticPod' | 'localPods'>;

/** YAML and the rules of pods are loaded with the first manifest: most devices have none. */
export function staticSources(settings: AgentSettings, log: Logger): StaticSources {
  return {
    manifestDir: createManifestDir(settings.staticPodPath, realClock, log),
    manifestUrl: urlOf(settings),
    readDocuments: async (...manifest) =>
      (await import('../../common/manifest/documents.ts')).readDocuments(...manifest),
    makeStaticPod: async (...pod) => (await import('../core/sources/static-pod.ts')).staticPod(...pod),
    localPods: createKeptFile(join(settings.dataDir, 'static', 'local')),
  };
}

/** The URL of static pods and the file of its last answer, where there is one. */
function urlOf({ staticPodUrl, staticPodUrlHeader, dataDir }: AgentSettings): AgentDeps['manifestUrl'] {
  if (staticPodUrl === undefined) return undefined;
  return {
    url: createManifestUrl(staticPodUrl, headersOf(staticPodUrlHeader, '--static-pod-url-header')),
    file: createKeptFile(join(dataDir, 'static', 'http')),
  };
}
