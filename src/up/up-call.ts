/** How `bramble up` and `bramble down` are called: the same settings, as root, from a program that knows its own file. */

import { type UpSettings, upSettings } from '../common/model/config/up-settings.ts';
import { loadSettings } from '../common/process/load-settings.ts';
import { UserError } from '../common/process/program.ts';

/** `entry` is the file that node was started with. */
export type UpCall = { readonly settings: UpSettings; readonly entry: string };

/** Undefined when only something was to be printed. Rejects with SettingsError, and with UserError for somebody else than root. */
export async function upCall(
  verb: 'up' | 'down',
  summary: string,
  argv: readonly string[],
): Promise<UpCall | undefined> {
  const settings = await loadSettings({
    program: `bramble ${verb}`,
    summary,
    schema: upSettings,
    defaultFile: '/etc/bramble/up.yaml',
    argv,
    env: process.env,
  });
  if (settings === undefined) return undefined;
  if (process.getuid?.() !== 0) {
    throw new UserError(`\`bramble ${verb}\` starts and ends containers and needs root: try \`sudo bramble ${verb}\``);
  }
  const entry = process.argv[1];
  if (entry === undefined) throw new Error('the program does not know its own file');
  return { settings, entry };
}
