/** Commands that destroy something ask first, or are told `--yes`. */
import type { Command } from 'commander';
import * as z from 'zod';
import { CliError } from './cli-error.ts';
import type { Streams } from './command-context.ts';

const Options = z.object({ yes: z.boolean().default(false) });

export const withConfirmation = (command: Command): Command => command.option('--yes', 'do not ask');

/**
 * @param question ends with a question mark
 * @throws CliError: bad usage when there is nobody to ask, failed when the answer is no
 */
export const confirm = async (command: Command, { ask }: Streams, question: string): Promise<void> => {
  if (Options.parse(command.opts()).yes) return;
  if (ask === undefined) throw new CliError(`${question} There is no terminal to ask at: say --yes.`, 2);
  if (!(await ask(question))) throw new CliError('Nothing was done.');
};
/** Whether the command will ask a person, who may want to know more first. */
export const willAsk = (command: Command, { ask }: Streams): boolean =>
  ask !== undefined && !Options.parse(command.opts()).yes;
