/** On what a bench ran: without that, its times say nothing. */
import { cpus, loadavg } from 'node:os';

export type Machine = { readonly node: string; readonly cpus: number; readonly model: string };

export const machine = (): Machine => ({
  node: process.version,
  cpus: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
});

/** For example `v20.20.2, 2 cores of AMD EPYC`. */
export const toMachineText = ({ node, cpus: cores, model }: Machine): string =>
  `${node}, ${cores} cores of ${model.replace(/ \d+-Core Processor/, '')}`;

export const cores = (): number => cpus().length;
/** Processes that want a core, on average of the last minute: more than cores, and times are partly waiting. */
export const load = (): number => loadavg()[0] ?? 0;
