/** What stops the local run, said in one sentence to the person who started it. */
export class LocalRunError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalRunError';
  }
}
