/** What went wrong, for the person at the terminal: one line, and the exit code. */
export class CliError extends Error {
  readonly exitCode: 1 | 2;
  /** @param exitCode 1: the operation failed; 2: it was asked for wrongly */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
