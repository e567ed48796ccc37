/** Replaces control characters, so that text from a client or a server cannot steer the terminal. */
export const toTerminalText = (text: string, replacement = '?'): string => text.replace(/\p{Cc}/gu, replacement);
