/** How the client ends: exit codes, and the one error whose message is for the user. */

/** Exit codes, documented in docs/cli.md. Like kubectl's where scripts rely on it: 0 is success, 1 a failure. */
export const exitCode = {
  ok: 0,
  /** Refused by the master, or the awaited thing failed. */
  failed: 1,
  /** Wrong flags, or a manifest that cannot be used: nothing was sent. */
  usage: 2,
  /** No answer from NATS or from the master. */
  unreachable: 3,
  /** A named object does not exist. */
  notFound: 4,
  /** The limit that `--timeout` gave has passed, as timeout(1) ends. */
  timedOut: 124,
  /** Ended by Ctrl-C. */
  interrupted: 130,
  /** Ended by SIGTERM or SIGHUP. */
  terminated: 143,
  /** The reader of our output has gone, as after SIGPIPE. */
  brokenPipe: 141,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Ends the verb: the message is printed after `error: ` without a stack, and the code is the process's. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A mistake in flags or arguments. */
export const usageError = (message: string): CliError => new CliError(exitCode.usage, message);
