import { InvalidArgumentError } from 'commander';
import { type CommandData, defineCommand } from '../command.ts';
import { type Shell, shells, toCompletion } from '../completion.ts';

const parseShell = (text: string): Shell => {
  const shell = shells.find((name) => name === text);
  if (shell === undefined) throw new InvalidArgumentError(`Expected one of ${shells.join(', ')}.`);
  return shell;
};

/** @param others all other commands. @param nouns the words that have commands below them */
export const createCompletion = (
  others: readonly CommandData[],
  nouns: ReadonlyMap<string, { readonly summary: string }>,
): CommandData => {
  const completion = defineCommand({
    path: ['completion'],
    summary: 'print a completion script for a shell',
    description: 'Print a script with which a shell completes commands, options and their values.',
    arguments: { shell: { description: `one of ${shells.join(', ')}`, parse: parseShell } },
    options: {},
    examples: ['scim completion bash', 'source <(scim completion bash)', 'scim completion fish | source'],
    async run({ arguments: { shell }, streams }) {
      streams.out(toCompletion(shell, [...others, completion], nouns));
    },
  });
  return completion;
};
