/** The findings of an examination as text. */
import { toTerminalText } from '../common/terminal-text.ts';
import type { Examination, Finding } from '../doctor/examination.ts';
import { counted } from './wording.ts';

const WIDTH = 32;
const marks = { pass: 'ok  ', fail: 'FAIL', skip: 'skip' } as const;
const MAX_LEFT_SHOWN = 20;

const toLine = ({ id, title, source, grade, outcome, saw, milliseconds }: Finding): string => {
  const head = `  ${marks[outcome]}  ${grade.padEnd(6)}  ${id.padEnd(WIDTH)}  ${String(Math.round(milliseconds)).padStart(5)} ms  `;
  if (outcome === 'pass') return `${head}${title}\n`;
  const indent = ' '.repeat(16);
  return `${head}${title}\n${indent}${toTerminalText(saw)}\n${indent}(${source})\n`;
};

const groupOf = ({ id }: Finding): string => id.split('.', 1).join('');

/** Number of failed checks, by grade. */
export const countFailures = ({ findings }: Examination) => {
  const failed = findings.filter(({ outcome }) => outcome === 'fail');
  const must = failed.filter(({ grade }) => grade === 'must').length;
  return { must, should: failed.length - must };
};

/** The summary line. */
const toVerdict = (examination: Examination): string => {
  const { findings, interrupted } = examination;
  const { must, should } = countFailures(examination);
  const passed = findings.filter(({ outcome }) => outcome === 'pass').length;
  const skipped = findings.length - passed - must - should;
  const all = `${counted(findings.length, 'check')}: ${passed} passed, ${must} must and ${should} should failed, ${skipped} skipped`;
  return `${interrupted ? 'Interrupted after ' : ''}${all}`;
};

export const toDoctorText = (examination: Examination): string => {
  const { findings, leftBehind, requests, times } = examination;
  const groups = [...new Set(findings.map(groupOf))];
  const parts = groups.map((group) => {
    const lines = findings.filter((finding) => groupOf(finding) === group).map(toLine);
    return `${group}\n${lines.join('')}`;
  });
  const left =
    leftBehind.length === 0
      ? ''
      : `\nCould not delete:\n${leftBehind
          .slice(0, MAX_LEFT_SHOWN)
          .map((target) => `  ${toTerminalText(target)}\n`)
          .join('')}`;
  const speed = `${counted(requests, 'request')}, p50 ${times.p50} ms, p95 ${times.p95} ms, slowest ${times.max} ms`;
  return `${parts.join('\n')}${left}\n${speed}\n${toVerdict(examination)}\n`;
};
