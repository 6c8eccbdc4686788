/** Colours for states, on a terminal and unless NO_COLOR says otherwise (https://no-color.org). */

import type { Io } from '../io.ts';
import type { Paint } from './table.ts';

const good = /^(Running|Ready|Active|Completed|Succeeded|Normal)$/;
const bad = /(Error|BackOff|Fail|NotReady|Unknown|Evicted|OOMKilled|Warning|Invalid)/;
const busy = /(Pending|Creating|Terminating|Init|SchedulingDisabled)/;

/** Paints the columns STATUS and TYPE; undefined where no colour is wanted. */
export function statusPaint(io: Io): Paint | undefined {
  if (!io.stdout.isTTY || io.env['NO_COLOR'] || io.env['TERM'] === 'dumb') return undefined;
  return (header, cell) => {
    const colour = header === 'STATUS' || header === 'TYPE' ? colourOf(cell.trim()) : undefined;
    return colour === undefined ? cell : `\u001b[${colour}m${cell}\u001b[0m`;
  };
}

function colourOf(state: string): number | undefined {
  if (bad.test(state)) return 31;
  if (busy.test(state)) return 33;
  return good.test(state) ? 32 : undefined;
}
