/** The `source` of every event. In a module of its own, so that the stream function does without the definitions. */
export const EVENT_SOURCE = 'rollcall';
