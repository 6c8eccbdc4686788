/** A logger that says nothing: for tests, and for programs whose output is their answer. */
import type { Logger } from './types.ts';

const nothing = (): void => {};

export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
