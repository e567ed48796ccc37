/** Installs a client from PyPI, with the versions that its folder pins. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.ts';

const sources = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/rollcall-clients/', import.meta.url));

/** The command of a driver, or why it cannot run on this machine. */
export type Installed =
  | { readonly command: string; readonly args: readonly string[]; readonly environment?: Record<string, string> }
  | { readonly skipped: string };

const lastLine = (text: string) => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';

/** Calls `install` unless `stamp` was written for the same pins. @returns why the installation failed */
const once = async (folder: string, pins: string, install: () => Promise<string | undefined>) => {
  const stamp = `${folder}/pins`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === pins) return undefined;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const failure = await install();
  if (failure === undefined) writeFileSync(stamp, pins);
  return failure;
};

/** Interpreters of pyenv, of which only the selected one is on the path. */
const pyenvPythons = () => {
  const versions = join(homedir(), '.pyenv', 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions).map((version) => join(versions, version, 'bin', 'python3'));
};
const findPython = async (leastMinor: number) => {
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', ...pyenvPythons()]) {
    const { code, out } = await runProgram(name, ['-c', 'import sys; print(sys.executable, sys.version_info[1])']);
    const [path = '', minor = '0'] = out.trim().split(' ');
    if (code === 0 && Number(minor) >= leastMinor) return path;
  }
  return undefined;
};

/** @param leastMinor the minor version of Python 3 that the client needs */
export const install = async (name: string, leastMinor = 11): Promise<Installed> => {
  const folder = `${cache}${name}`;
  const requirements = `${sources}${name}/requirements.txt`;
  const python = `${folder}/bin/python`;
  const failure = await once(folder, readFileSync(requirements, 'utf8'), async () => {
    const base = await findPython(leastMinor);
    if (base === undefined) return `needs Python 3.${leastMinor}`;
    const made = await runProgram(base, ['-m', 'venv', folder]);
    if (made.code !== 0) return `needs Python with venv: ${lastLine(made.err)}`;
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    const { code, err } = await runProgram(python, args);
    return code === 0 ? undefined : `PyPI: ${lastLine(err)}`;
  });
  if (failure !== undefined) return { skipped: failure };
  const environment = { PYTHONPATH: sources, PYTHONDONTWRITEBYTECODE: '1' };
  return { command: python, args: [`${sources}${name}/driver.py`], environment };
};
