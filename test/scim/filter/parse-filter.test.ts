import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Filter } from '../../../lib/scim/filter/ast.ts';
import { parseFilter } from '../../../lib/scim/filter/parse-filter.ts';
import { printFilter } from '../../../lib/scim/filter/print-filter.ts';
import { limits, ScimError } from '../../../lib/scim/index.ts';
import { filters } from './filters.ts';

const refusal = (text: string): ScimError => {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
};

/** Prints the tree with its nesting in brackets. */
const outline = (filter: Filter): string => {
  if (filter.kind === 'not') return `!(${outline(filter.term)})`;
  if (filter.kind === 'and' || filter.kind === 'or')
    return `(${filter.terms.map(outline).join(filter.kind === 'and' ? ' & ' : ' | ')})`;
  if (filter.kind === 'valuePath') return `${filter.path.names.join('.')}[${outline(filter.filter)}]`;
  return filter.path.names.join('.');
};

test.each([
  'userName eq "bjensen"',
  'name.familyName co "O\'Malley"',
  'userName sw "J"',
  'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
  'title pr',
  'meta.lastModified gt "2011-05-13T04:42:34Z"',
  'meta.lastModified ge "2011-05-13T04:42:34Z"',
  'meta.lastModified lt "2011-05-13T04:42:34Z"',
  'meta.lastModified le "2011-05-13T04:42:34Z"',
  'title pr and userType eq "Employee"',
  'title pr or userType eq "Employee" and active eq true',
  'title pr or userType eq "Intern"',
  'schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"',
  'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
  'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
  'userType eq "Employee" and (emails.type eq "work")',
  'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
  'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
])('s3.4.2.2 figure 2: %s', (text) => {
  expect(printFilter(parseFilter(text))).toBe(text.replace('(emails.type eq "work")', 'emails.type eq "work"'));
});

test.each([
  ['a pr or b pr and c pr', '(a | (b & c))'],
  ['a pr and b pr or c pr', '((a & b) | c)'],
  ['(a pr or b pr) and c pr', '((a | b) & c)'],
  ['not (a pr) and b pr', '(!(a) & b)'],
  ['NOT(a pr or b pr) OR c pr', '(!((a | b)) | c)'],
  ['a pr and b pr and c pr', '(a & b & c)'],
  ['(a pr and b pr) and c pr', '((a & b) & c)'],
  ['a[b pr or not (c pr) and d pr]', 'a[(b | (!(c) & d))]'],
  ['  (  a   pr )  ', 'a'],
  ['a[ b pr ]', 'a[b]'],
])('s3.4.2.2 precedence: %s is %s', (text, expected) => {
  expect(outline(parseFilter(text))).toBe(expected);
});

test.each([
  ['"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00"', 'a"\\/\b\f\n\r\té😀', false],
  ['""', '', false],
  ['"and ) ] or"', 'and ) ] or', false],
  ['12', 12, false],
  ['-0', 0, false],
  ['-1.5e-3', -0.0015, false],
  ['true', true, false],
  ['False', false, true],
  ['null', null, false],
])('s3.4.2.2 compValue %s', (literal, value, looseCase) => {
  expect(parseFilter(`a EQ ${literal}`)).toEqual({
    kind: 'compare',
    path: { urn: undefined, names: ['a'] },
    operator: 'eq',
    value,
    looseCase,
  });
});

test.each([
  ['', 'at character 1: expected an attribute, found the end of the filter.'],
  ['   ', 'at character 4: expected an attribute, found the end of the filter.'],
  ['userName', 'at character 9: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found the end'],
  ['userName xx "a"', 'at character 10: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found xx.'],
  ['userName eq', 'at character 12: expected a value'],
  ['userName eq )', 'at character 13: expected a value (a string in double quotes, a number, true, false or null)'],
  ['userName eq "a', 'at character 13: expected a closing quotation mark for the string that starts here.'],
  ['userName eq "a\\"', 'at character 13: expected a closing quotation mark'],
  ['userName eq "a\\q"', 'at character 15: expected a JSON escape sequence.'],
  ['userName eq "\\u12g4"', 'at character 14: expected a JSON escape sequence.'],
  ['userName eq "\\ud800"', 'at character 13: expected a string without lone surrogates.'],
  ['userName eq "a\nb"', 'at character 15: expected control characters in a string to be escaped.'],
  ['userName eq"a"', 'at character 12: expected a space, found a string.'],
  ['userName eq "a"and id pr', 'at character 16: expected a space, found and.'],
  ['userName pr and(id pr)', 'at character 16: expected a space, found (.'],
  ['userName pr id pr', 'at character 13: expected and, or, or the end of the filter, found id.'],
  ['(userName pr', 'at character 13: expected and, or, or a closing round bracket, found the end'],
  ['not userName pr', 'at character 5: expected an opening round bracket, found userName.'],
  ['emails [type pr]', 'at character 8: expected an operator'],
  ['a[b[c pr]]', 'at character 4: expected an operator, because value paths cannot be nested, found [.'],
  ['a[b pr', 'at character 7: expected and, or, or a closing square bracket'],
  ['a[b pr]x pr', 'at character 8: expected a dot and the name of one sub-attribute, found x.'],
  ['a[b pr].c.d pr', 'at character 8: expected a dot and the name of one sub-attribute, found .c.d.'],
  ['a eq 01', 'at character 6: expected a value'],
  ['a eq 1.', 'at character 6: expected a value'],
  ['a eq .5', 'at character 6: expected a value'],
  ['a eq +1', 'at character 6: expected a value'],
  ['a eq 1e999', 'at character 6: expected a value'],
  ['a eq NaN', 'at character 6: expected a value'],
  ['a\tpr', 'at character 1: expected an attribute'],
  [`${'x'.repeat(60)} ${'y'.repeat(60)} 1`, `found ${'y'.repeat(40)}....`],
])('s3.4.2.2 %j is 400 invalidFilter %s', (text, detail) => {
  const { status, scimType, message } = refusal(text);
  expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidFilter' });
  expect(message).toContain(detail);
});

test('an unquoted value is refused without repeating it', () => {
  const { message } = refusal('password eq hunter2');
  expect(message).toContain('at character 13');
  expect(message).toContain('found a word without double quotes.');
  expect(message).not.toContain('hunter2');
});

test('size, terms and nesting are limited, and the limits themselves are accepted', () => {
  const ofBytes = (bytes: number) => `userName eq "${'x'.repeat(bytes - 14)}"`;
  const ofTerms = (terms: number) => Array(terms).fill('a pr').join(' or ');
  const ofDepth = (depth: number) => `${'('.repeat(depth)}a pr${')'.repeat(depth)}`;
  for (const make of [
    ofBytes(limits.filterBytes),
    ofTerms(limits.filterTerms),
    ofDepth(50),
    Array(60).fill('(a pr)').join(' or '),
  ])
    parseFilter(make);
  expect(refusal(ofBytes(limits.filterBytes + 1)).message).toBe(
    `The filter is longer than ${limits.filterBytes} bytes: shorten it.`,
  );
  expect(refusal(`userName eq "${'é'.repeat(limits.filterBytes / 2)}"`).message).toContain('longer than');
  expect(refusal(ofTerms(limits.filterTerms + 1)).message).toBe(
    `The filter has more than ${limits.filterTerms} terms: use fewer.`,
  );
  expect(refusal(ofDepth(51)).message).toBe('The filter has brackets more than 50 levels deep: simplify it.');
  expect(refusal(`${'not ('.repeat(51)}a pr`).message).toContain('deep');
  expect(refusal(`${'('.repeat(50)}a[b pr]`).message).toContain('deep');
});

test.each([
  ['a string of 100 KB', `a eq "${'x'.repeat(100_000)}"`],
  ['an unterminated string', `a eq "${'x'.repeat(100_000)}`],
  ['newlines', `a eq "${'\n'.repeat(100_000)}"`],
  ['backslashes', `a eq "${'\\'.repeat(100_000)}`],
  ['brackets', '('.repeat(100_000)],
  ['square brackets', 'a['.repeat(50_000)],
  ['spaces', ' '.repeat(100_000)],
  ['dots', `a${'.a'.repeat(50_000)} pr`],
  ['colons', `${'a:'.repeat(50_000)}a pr`],
  ['digits', `a eq ${'1'.repeat(100_000)}x`],
  ['not', 'not'.repeat(30_000)],
])('hostile: %s of any length is refused', (_name, text) => {
  for (const length of [text.length, limits.filterBytes - 2]) {
    const { status, scimType } = refusal(`${text.slice(0, length)} x`);
    expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidFilter' });
  }
});

// Measures CPU time, so that other processes do not count. Retries, because garbage collection and the like add noise; a
// quadratic parser fails every time.
test('time is linear in the length: a text eight times as long takes far less than 64 times as long', {
  retry: 4,
}, () => {
  const best = (text: string): number => {
    const times = Array.from({ length: 15 }, () => {
      const start = process.cpuUsage();
      for (let round = 0; round < 40; round++) refusal(text);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    });
    return Math.min(...times);
  };
  const shapes = [
    (length: number) => `a eq "${'\\n'.repeat(length / 2)}`,
    (length: number) => `a eq ${'1'.repeat(length)}x`,
    (length: number) => `${'a.'.repeat(length / 2)} pr`,
    (length: number) => `a eq "${'x'.repeat(length)}" "`,
  ];
  for (const shape of shapes) expect(best(shape(8000)) / best(shape(1000))).toBeLessThan(32);
});

test('parse(print(ast)) = ast', async () => {
  await fc.assert(
    fc.property(filters, (filter) => {
      expect(parseFilter(printFilter(filter))).toEqual(filter);
    }),
    { numRuns: 1000 },
  );
});

test('the parser throws invalidFilter and nothing else', async () => {
  const fragments = fc.constantFrom(
    ...['userName', 'eq', 'pr', 'and', 'or', 'not', '(', ')', '[', ']', '"', '\\', '.', ':', '$ref', '1', 'true', ' '],
    ...['__proto__', 'constructor', '\u0000', '\ud800', 'é', 'urn:a:b', '"x"', '.value'],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join(' ')),
  );
  await fc.assert(
    fc.property(texts, (text) => {
      try {
        parseFilter(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
        expect(error).toMatchObject({ status: 400, scimType: 'invalidFilter' });
      }
    }),
    { numRuns: 5000 },
  );
});
