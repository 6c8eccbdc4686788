/** The logs of containers on the device: read, rotated, and held in a storm. */

import { join } from 'node:path';
import { realClock } from '../../common/actor/clock.ts';
import { toBytes } from '../../common/lib/quantity.ts';
import type { AgentSettings } from '../../common/model/config/agent-settings.ts';
import type { AgentDeps } from '../actors/agent-deps.ts';
import { createLogFiles } from '../io/logs/log-files.ts';
import { createLogs } from '../io/logs/logs.ts';
import { createLogDiversion } from '../io/storms/log-diversion.ts';

export function containerLogs(settings: AgentSettings): Pick<AgentDeps, 'logs' | 'logRotation' | 'logStorms'> {
  return {
    logs: createLogs(realClock),
    logRotation: {
      files: createLogFiles(join(settings.dataDir, 'logs')),
      limits: {
        maxBytes: toBytes(settings.containerLogMaxSize),
        maxFiles: settings.containerLogMaxFiles,
        totalBytes: toBytes(settings.containerLogMaxTotalSize),
      },
    },
    logStorms: {
      diversion: createLogDiversion(join(settings.runDir, 'agent', 'log-storms')),
      rate: {
        bytesPerSecond: toBytes(settings.containerLogMaxRate),
        burstBytes: toBytes(settings.containerLogBurst),
      },
    },
  };
}
