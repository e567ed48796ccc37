import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { helpFor, parseOptions } from '../../lib/local/options.ts';
import { readSettings } from '../../lib/local/settings-file.ts';

describe('the command line', () => {
  test('without options: port 8787, data in .rollcall', () => {
    expect(parseOptions([])).toEqual({ port: 8787, data: '.rollcall', json: false, settings: undefined });
  });
  test('with all of them', () => {
    expect(
      parseOptions(['--port', '0', '--data', 'x', '--json', '--settings', 's.json', '--forward', 'http://x/']),
    ).toEqual({
      port: 0,
      data: 'x',
      json: true,
      settings: 's.json',
      forward: 'http://x/',
    });
    expect(parseOptions(['--memory', '--data', 'x']).data).toBeUndefined();
  });
  test.each([
    [['--port', 'x'], '--port takes a number'],
    [['--port', '65536'], '--port takes a number'],
    [['--port='], '--port takes a number'],
    [['--data', ''], '--data takes'],
    [['--forward', 'nowhere'], '--forward takes an http'],
    [['--forward', 'ftp://x'], '--forward takes an http'],
    [['--prot', '1'], "'--prot'"],
    [['8080'], '8080'],
  ])('%j is refused with a sentence', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
  test('--help lists every option, in any position', () => {
    for (const args of [['--help'], ['--memory', '-h']])
      for (const option of ['--port', '--data', '--memory', '--settings', '--forward', '--json'])
        expect(helpFor(args)).toMatch(new RegExp(`^  ${option} `, 'm'));
    expect(helpFor(['--memory'])).toBeUndefined();
  });
});

describe('a settings file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-settings-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'settings.json');

  test('returns its directories as written', () => {
    const directories = [{ id: 'acme', mode: 'rfc', labels: { plan: 'gold' } }, { id: 'globex' }];
    writeFileSync(file, JSON.stringify({ directories }));
    expect(readSettings(file)).toEqual(directories);
  });
  test('that does not exist is refused', () => {
    expect(() => readSettings(join(folder, 'none'))).toThrow(/^The settings file .*none cannot be used: ENOENT/);
  });
  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'expected object'],
    ['{"directories":[]}', 'directories: '],
    ['{"directories":[{"name":"a"}]}', 'directories.0.id: '],
    ['{"directories":[{"id":"a"}],"directory":1}', '"directory"'],
    ['{"directories":[{"id":"a"},{"id":"b"},{"id":"a"}]}', 'the directory "a" is listed twice'],
  ])('%s is refused', (text, message) => {
    writeFileSync(file, text);
    expect(() => readSettings(file)).toThrow(message);
  });
});
