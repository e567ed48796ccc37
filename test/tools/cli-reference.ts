/** docs/cli.md, from the data of the commands. */
import { type CommandData, toArgumentName, toFlags } from '../../lib/cli/command.ts';
import { commands, nouns } from '../../lib/cli/command-tree.ts';

const INTRODUCTION = `# The command \`scim\`

Generated from \`lib/cli/commands\` by \`npm run write:cli-docs\`. In the clone, \`npm run -s scim -- ARGUMENTS\`; after
\`npm install --global .\`, \`scim ARGUMENTS\` in any folder. \`scim help COMMAND\` prints the same, \`scim --version\` the version.

Without \`--stack\` or \`--url\` a command uses the local run of the folder, or of \`ROLLCALL_DATA\`. With \`--stack\` it
uses your own AWS credentials, from the environment or \`--profile\`.

| exit code | |
|---|---|
| 0 | done |
| 1 | the operation failed |
| 2 | bad usage, also when only the server could find the fault |

An error is one line on standard error. With \`--json\` it is
\`{"error":{"code":"not_found","message":"There is no directory acme.","status":404}}\`; \`code\` is one of \`usage\`,
\`failed\`, \`unreachable\`, \`invalid_request\`, \`forbidden\`, \`not_found\`, \`conflict\`, \`unavailable\` and \`refused\`, and
\`status\` is the HTTP status if a server refused the request.
`;

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/<(?=[a-z])/g, '&lt;');

const describeOption = ([name, option]: [string, CommandData['options'][string]]) => {
  const facts = [
    ...(option.choices === undefined ? [] : [`one of ${option.choices.join(', ')}`]),
    ...(option.default === undefined ? [] : [`default: ${option.default}`]),
    ...(option.required === true ? ['required'] : []),
  ];
  const about = `${option.description}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
  return `| \`${toFlags(name, option)}\` | ${cell(about)} |`;
};

const describeCommand = (command: CommandData): string => {
  const { path, description, notes, examples } = command;
  const names = Object.entries(command.arguments).map(([name, argument]) => toArgumentName(name, argument));
  const rows = [
    ...Object.entries(command.arguments).map(
      ([name, argument]) => `| \`${toArgumentName(name, argument)}\` | ${cell(argument.description)} |`,
    ),
    ...Object.entries(command.options).map(describeOption),
  ];
  const usage = ['scim', ...path, ...names].join(' ');
  return [
    `### \`${usage}\`\n\n${description}\n`,
    ...(rows.length === 0 ? [] : [`| | |\n|---|---|\n${rows.join('\n')}\n`]),
    ...(notes === undefined ? [] : [`\`\`\`text\n${notes.trimEnd()}\n\`\`\`\n`]),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`,
  ].join('\n');
};

export const toCliReference = (): string => {
  const groups = [...nouns].map(([noun, { description }]) => ({
    heading: `## \`scim ${noun}\`\n\n${description}\n`,
    members: commands.filter(({ path }) => path[0] === noun),
  }));
  const others = { heading: '## Other commands\n', members: commands.filter(({ path }) => path.length === 1) };
  const sections = [...groups, others].map(({ heading, members }) =>
    [heading, ...members.map(describeCommand)].join('\n'),
  );
  return [INTRODUCTION, ...sections].join('\n');
};
