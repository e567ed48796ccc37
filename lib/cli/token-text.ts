/** The URL and token to paste into the identity provider. */
export const toConnectionText = ({ baseUrl, token }: { readonly baseUrl: string; readonly token: string }): string =>
  `\n  URL    ${baseUrl}\n  Token  ${token}\n\nThe token is shown only once.\n`;
