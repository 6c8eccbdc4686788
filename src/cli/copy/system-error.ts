/** Errors that the operating system gave. */

export function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
