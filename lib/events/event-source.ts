/** Identifies Rollcall's events on the bus. A separate module, so that functions need not load the event types. */

/** The `source` of every event. */
export const EVENT_SOURCE = 'rollcall';
/** Name prefix of replays started by Rollcall, as opposed to those started in the console. */
export const REPLAY_PREFIX = 'rollcall-';

/** The message of the log line for each record that is moved to the failure bucket; the stack counts these lines. */
export const MOVED_RECORD = 'A record was moved to the failure bucket.';
