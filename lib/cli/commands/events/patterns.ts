import { findWishes, wishes } from '../../../events/pattern-wishes.ts';
import { CliError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';

export const printPatterns = defineCommand({
  path: ['events', 'patterns'],
  summary: 'print an event pattern for a wish',
  description: 'Print an EventBridge pattern for a wish, or list all wishes.',
  arguments: { wish: { description: 'words that describe the wish, for example leavers', optional: true } },
  options: { json: { description: 'print the pattern alone' } },
  examples: ['scim events patterns', 'scim events patterns leavers --json > pattern.json'],
  async run({ arguments: { wish: text }, options: { json }, streams: { out } }) {
    const found = text === undefined ? [] : findWishes(text);
    if (text !== undefined && found.length === 0)
      throw new CliError(`No pattern for ${text}. Run scim events patterns to list all wishes.`);
    const [first, ...others] = found;
    if (first === undefined) {
      out(json ? `${JSON.stringify(wishes)}\n` : wishes.map(({ wish }) => `${wish}\n`).join(''));
      return;
    }
    const { wish, pattern, note } = first;
    const more = others.length === 0 ? '' : `Similar: ${others.map((other) => other.wish).join('; ')}\n`;
    const page = `${wish}\n${JSON.stringify(pattern, undefined, 2)}\n${note === undefined ? '' : `${note}\n`}${more}`;
    out(json ? `${JSON.stringify(pattern)}\n` : page);
  },
});
