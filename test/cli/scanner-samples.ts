/** Files with a token in each form in which secrets leak, and files that look alike, to check rules of secret scanners. */
import { createToken, createTokenId } from '../../lib/tokens/token-format.ts';

type Files = Readonly<Record<string, string>>;

/** Tokens are made at run time: none may stand in the repository. */
export const newToken = (shard = 1): string => createToken(shard, createTokenId());

/** @param next returns the next token, or a text in its place */
export const toForms = (next: () => string): Files => ({
  'env/.env': `ROLLCALL_URL=https://scim.example.com/v2\nROLLCALL_TOKEN=${next()}\n`,
  'json/settings.json': `{\n  "scim": { "token": "${next()}", "retries": 3 }\n}\n`,
  'yaml/values.yaml': `scim:\n  token: ${next()}\n  retries: 3\n`,
  'curl/list-users.sh': `curl -H "Authorization: Bearer ${next()}" https://scim.example.com/v2/Users\n`,
  'url/links.txt': `https://scim.example.com/v2/Users?access_token=${next()}&count=1\n`,
  'markdown/README.md': `# Set-up\n\nPaste \`${next()}\` into the identity provider.\n`,
  'source/help.ts': `export const help = ['Set-up', 'Paste this token:\\n${next()},\\nthen save.'];\n`,
});

const withoutCharacterAt = (token: string, index: number) => token.slice(0, index) + token.slice(index + 1);
const lookAlikes: Readonly<Record<string, (token: string) => string>> = {
  'short-checksum': (token) => token.slice(0, -1),
  'short-secret': (token) => withoutCharacterAt(token, token.length - 10),
  'short-id': (token) => withoutCharacterAt(token, 10),
  'no-shard': (token) => token.replace(/_1_/, '_'),
  'long-checksum': (token) => `${token}0`,
  'other-separator': (token) => token.replaceAll('_', '-'),
  'other-product': (token) => `x${token}`,
  'live-key': (token) => token.replace(/^scim_1_.{12}_/, 'scim_live_'),
};

/** The forms, with a text in place of each token that is not one. */
export const toLookAlikes = (): Files =>
  Object.fromEntries(
    Object.entries(lookAlikes).flatMap(([name, change]) =>
      Object.entries(toForms(() => change(newToken()))).map(([path, text]) => [`${name}/${path}`, text]),
    ),
  );
