/** The surroundings of a command: its output, its environment, and the terminal. */
export type Streams = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the user a yes/no question; undefined without a terminal. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
  /** Whether `err` is a terminal, so that it may show progress. */
  readonly terminal?: boolean;
  /** Resolves when the reader of `out` has caught up. */
  readonly drained?: () => Promise<void>;
};
