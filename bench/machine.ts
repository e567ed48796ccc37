/** The machine that a bench ran on, without which its times are meaningless. */
import { cpus, loadavg } from 'node:os';

export type Machine = {
  readonly node: string;
  readonly cpus: number;
  readonly model: string;
  /** Load average of the last minute. If it exceeds the number of cores, times include waiting. */
  readonly load: number;
};

/** Reads the current state; call it before the bench starts, to exclude its own load. */
export const readMachine = (): Machine => ({
  node: process.version,
  cpus: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  load: loadavg()[0] ?? 0,
});

/** For example `v20.20.2, 2 cores of AMD EPYC, load 0.3 before`. */
export const toMachineText = ({ node, cpus: cores, model, load }: Machine): string =>
  `${node}, ${cores} cores of ${model.replace(/ \d+-Core Processor/, '')}, load ${load.toFixed(1)} before`;
