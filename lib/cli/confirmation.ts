/** Destructive commands ask for confirmation unless `--yes` is given. */
import { CliError } from './cli-error.ts';
import type { OptionsOf } from './command.ts';
import type { Streams } from './streams.ts';

export const confirmationOption = { yes: { description: 'skip the confirmation prompt' } } as const;
type Confirmation = OptionsOf<typeof confirmationOption>;

/**
 * Asks the user to confirm.
 * @param question ends with a question mark
 * @throws CliError: bad usage without a terminal, failed when the answer is no
 */
export const confirm = async ({ yes }: Confirmation, { ask }: Streams, question: string): Promise<void> => {
  if (yes) return;
  if (ask === undefined) throw new CliError(`${question} Pass --yes to confirm without a terminal.`, 2);
  if (!(await ask(question))) throw new CliError('Canceled. Nothing was changed.');
};

/** Whether the command will prompt a user, who may want more details first. */
export const willAsk = ({ yes }: Confirmation, { ask }: Streams): boolean => ask !== undefined && !yes;
