/** What marks our events on the bus. In a module of its own, so that functions do without the definitions of the types. */

/** The `source` of every event. */
export const EVENT_SOURCE = 'rollcall';
/** Of the names of our replays: those that somebody starts in the console are none of ours. */
export const REPLAY_PREFIX = 'rollcall-';
