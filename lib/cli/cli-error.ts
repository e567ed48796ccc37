/** An error for the user: a one-line message and the exit code. */
export class CliError extends Error {
  readonly exitCode: 1 | 2;
  /** @param exitCode 1: the operation failed; 2: bad usage */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
