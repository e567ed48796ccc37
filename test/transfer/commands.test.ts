import { describe, expect, test } from 'vitest';
import { runInside } from '../cli/run-scim.ts';

describe('wrong usage of export, import and events is exit code 2 and a one-line error', () => {
  test.each([
    ['export', /Pass a directory id/],
    ['export A', /1 to 40 characters/],
    ['export acme --token t --url http://127.0.0.1:9', /cannot be used with --token/],
    ['export --token t', /requires --url with the http or https base URL/],
    ['export --token t --url ftp://host', /requires --url with the http or https base URL/],
    ['import acme', /Missing required argument 'file'/],
    ['import acme file --keep', /Unknown option '--keep'/],
    ['import acme file --url ftp://host', /Expected an http or https URL/],
    ['events', /expected one of .*tail/],
    ['events tail --type user', /user\.created/],
    ['events tail --count 0', /whole number from 1/],
    ['events tail --directory A', /1 to 40 characters/],
  ])('scim %s', async (args, text) => {
    const ran = await runInside(args.split(' '));
    expect(ran).toEqual({ code: 2, out: '', err: expect.stringMatching(text) });
    expect(ran.err).toMatch(/^error: [^\n]+\n$/);
  });
});

test.each(['export', 'import', 'events tail'])('the help of scim %s has an example', async (command) => {
  const { code, out, err } = await runInside([...command.split(' '), '--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`\nExamples:\n  $ scim ${command}`);
});
