import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { listProcesses } from '../../tools/localcity/process.ts';

const EVERY_MS = 1_000;

/**
 * Memory of some of a city's processes, each with its children, in MiB: what they have for themselves and their share of
 * what they share (PSS). Known on Linux alone; elsewhere nothing is measured.
 */
export class MemoryWatch {
  private readonly dir: string;
  private readonly names: readonly string[];
  private readonly peak = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param dir the city's folder */
  constructor(dir: string, names: readonly string[]) {
    this.dir = dir;
    this.names = names;
  }

  measure(): ReadonlyMap<string, number> {
    const measured = new Map<string, number>();
    if (!existsSync('/proc/self/smaps_rollup')) return measured;
    const children = Map.groupBy(processes(), ({ parent }) => parent);
    for (const { name, pid } of listProcesses(this.dir)) {
      if (!this.names.includes(name)) continue;
      const all = [pid, ...(children.get(pid) ?? []).map((it) => it.pid)];
      measured.set(name, all.reduce((sum, it) => sum + kibibytesOf(it), 0) / 1024);
    }
    return measured;
  }

  start(): void {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** @returns the largest that was seen of each */
  stop(): ReadonlyMap<string, number> {
    clearInterval(this.timer);
    this.look();
    return this.peak;
  }

  private look(): void {
    for (const [name, value] of this.measure())
      this.peak.set(name, Math.max(value, this.peak.get(name) ?? 0));
  }
}

function processes(): { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc')
    .filter((it) => /^\d+$/.test(it))
    .flatMap((it) => {
      // After the name, which may hold anything, in parentheses: state and parent.
      const parent = /.*\) \S+ (\d+)/s.exec(read(`/proc/${it}/stat`))?.[1];
      return parent === undefined ? [] : [{ pid: Number(it), parent: Number(parent) }];
    });
}

function kibibytesOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Empty when the process is gone meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code)))
      return '';
    throw error;
  }
}
