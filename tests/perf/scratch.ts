import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome } from '../../tools/localcity/home.ts';
import { postgresFoldersOutside } from '../../tools/localcity/postgres.ts';
import { killAll, stopAll } from '../../tools/localcity/process.ts';

/** A folder for one suite's servers, on a disk that keeps what it is told to: benchmarks run with fsync. */
export interface Scratch {
  readonly dir: string;
  /** Ends every process that was started in the folder and deletes every file. */
  remove(): Promise<void>;
}

/** Runs work with a scratch folder, of which nothing is left afterwards, however it ends. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = openScratch();
  try {
    return await work(scratch);
  } finally {
    await scratch.remove();
  }
}

function openScratch(): Scratch {
  const dir = mkdtempSync(join(tmpdir(), 'govcloud-bench-'));
  // The database's user passes through when we are root.
  chmodSync(dir, 0o711);
  const lastMoment = () => {
    killAll(dir);
    // What was killed may still be writing for a moment.
    rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', lastMoment);
  return {
    dir,
    remove: async () => {
      if (existsSync(join(dir, 'state.json'))) {
        const home = openHome(dir);
        await stopAll(home);
        const outside = postgresFoldersOutside(home);
        home.close();
        for (const folder of outside) rmSync(folder, { recursive: true, force: true });
      }
      process.off('exit', lastMoment);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
