/** `bramble agent`: reads the settings and does what the words after it say. */

import { agentSettings } from '../common/model/config/agent-settings.ts';
import { deviceVerbs } from '../common/process/device-verbs.ts';
import { loadSettings, SettingsError } from '../common/process/load-settings.ts';
import type { Program } from '../common/process/program.ts';
import { maintenance } from './maintenance.ts';
import { run } from './run.ts';

/** `bramble agent` runs until it is told to stop; pods go on. */
export const main: Program = async (argv, stop) => {
  const [word = ''] = argv;
  const action = Object.hasOwn(maintenance, word) ? maintenance[word] : undefined;
  if (action === undefined && /^[^-]/.test(word)) {
    const known = [...deviceVerbs, ...Object.keys(maintenance)];
    throw new SettingsError(`unknown verb ${JSON.stringify(word)} of bramble agent; known are ${known.join(', ')}`);
  }
  const settings = await loadSettings({
    program: 'bramble agent',
    summary:
      `Run the pods of this device (or, once: ${Object.keys(maintenance).join(', ')}).\n` +
      `The agent that runs is asked by: bramble agent ${deviceVerbs.join('|')} (--help)`,
    schema: agentSettings,
    defaultFile: '/etc/bramble/agent.yaml',
    argv: action === undefined ? argv : argv.slice(1),
    env: process.env,
  });
  if (settings === undefined) return 0;
  if (action === undefined) return await run(settings, Math.random, stop);
  await action(settings);
  return 0;
};
