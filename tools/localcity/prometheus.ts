import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { writeWhole } from './files.ts';
import type { Home } from './home.ts';
import { reservePorts } from './ports.ts';
import { answersOk } from './probe.ts';
import { startProcess, type StartOptions } from './process.ts';

/** What Prometheus asks for figures. */
export interface ScrapeTarget {
  readonly job: string;
  /** HOST:PORT */
  readonly address: string;
}

export interface PrometheusSpec {
  /** The program. */
  readonly prometheus: string;
  readonly targets: readonly ScrapeTarget[];
  /** Folders of blocks that it starts with; given to it once, when it has none of its own. */
  readonly history: readonly string[];
  /** More flags, for tests. */
  readonly flags?: readonly string[];
}

/** Ninety days of history are read; the rest is room to notice that they were not. */
const RETENTION = '120d';

/**
 * Starts Prometheus, or goes on with the one that runs.
 * @returns where it answers
 * @throws GovError E_PORT_*, E_PROCESS_*
 */
export async function startPrometheus(
  home: Home,
  { prometheus, targets, history, flags = [] }: PrometheusSpec,
  start: StartOptions,
): Promise<string> {
  const name = 'prometheus';
  const dir = join(home.dir, name);
  const data = join(dir, 'data');
  if (!existsSync(data)) takeOver(history, data);
  const config = join(dir, 'prometheus.yaml');
  const scrape_configs = targets.map(({ job, address }) => ({
    job_name: job,
    honor_labels: true,
    static_configs: [{ targets: [address] }],
  }));
  writeWhole(config, dump({ global: { scrape_interval: '60s' }, scrape_configs }));
  const { prometheus: port } = await reservePorts(home, [name]);
  const url = `http://127.0.0.1:${port}`;
  await startProcess(
    home,
    {
      name,
      command: prometheus,
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        `--storage.tsdb.retention.time=${RETENTION}`,
        // The blocks of the history stay as they are: making one of many would cost more than they do.
        '--storage.tsdb.max-block-duration=1d',
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
        ...flags,
      ],
      env: {},
      ready: (signal) => answersOk(`${url}/-/ready`, signal),
    },
    start,
  );
  return url;
}

/** Blocks are never written to, so a link is as good as a copy. */
function takeOver(history: readonly string[], data: string): void {
  const temporary = `${data}.new`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  for (const folder of history) linkAll(folder, temporary);
  renameSync(temporary, data);
}

function linkAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkAll(source, target);
    else linkOrCopy(source, target);
  }
}

/** The cache may lie on another disk. */
function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    cpSync(source, target);
  }
}
