/** The outcomes of a check that does not pass. */

/** The server violates the check. The message describes its behavior. */
export class CheckFailed extends Error {}

/** The check could not be carried out. The message gives the reason. */
export class CheckSkipped extends Error {}
