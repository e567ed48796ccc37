/** The two ways in which a check does not pass. */

/** The server is not as it should be; the message says what was seen. */
export class CheckFailed extends Error {}

/** It could not be found out; the message says why. */
export class CheckSkipped extends Error {}
