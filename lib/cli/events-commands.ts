/** `scim events ...` */
import type { Command } from 'commander';
import type { Streams } from './command-context.ts';
import { addDeliveryCommands } from './event-delivery-commands.ts';

export function addEventsCommands(program: Command, streams: Streams): void {
  const events = program.command('events').description('Lifecycle events, as subscribers receive them.');
  addDeliveryCommands(events, streams);
}
