/** On what a bench ran: without that, its times say nothing. */
import { cpus, loadavg } from 'node:os';

export type Machine = {
  readonly node: string;
  readonly cpus: number;
  readonly model: string;
  /** Processes that wanted a core, on average of a minute: more than cores, and times are partly waiting. */
  readonly load: number;
};

/** As it is now, which is best asked before anything begins. */
export const readMachine = (): Machine => ({
  node: process.version,
  cpus: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  load: loadavg()[0] ?? 0,
});

/** For example `v20.20.2, 2 cores of AMD EPYC, load 0.3 before`. */
export const toMachineText = ({ node, cpus: cores, model, load }: Machine): string =>
  `${node}, ${cores} cores of ${model.replace(/ \d+-Core Processor/, '')}, load ${load.toFixed(1)} before`;
