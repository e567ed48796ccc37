/** Stops the local run. The message, one sentence, is all that the developer sees. */
export class LocalRunError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalRunError';
  }
}
