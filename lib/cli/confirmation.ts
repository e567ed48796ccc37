/** Destructive commands ask for confirmation unless `--yes` is given. */
import type { Command } from 'commander';
import * as z from 'zod';
import { CliError } from './cli-error.ts';
import type { Streams } from './command-context.ts';

const Options = z.object({ yes: z.boolean().default(false) });

export const withConfirmation = (command: Command): Command => command.option('--yes', 'skip the confirmation prompt');

/**
 * Asks the user to confirm.
 * @param question ends with a question mark
 * @throws CliError: bad usage without a terminal, failed when the answer is no
 */
export const confirm = async (command: Command, { ask }: Streams, question: string): Promise<void> => {
  if (Options.parse(command.opts()).yes) return;
  if (ask === undefined) throw new CliError(`${question} Pass --yes to confirm without a terminal.`, 2);
  if (!(await ask(question))) throw new CliError('Canceled. Nothing was changed.');
};

/** Whether the command will prompt a user, who may want more details first. */
export const willAsk = (command: Command, { ask }: Streams): boolean =>
  ask !== undefined && !Options.parse(command.opts()).yes;
