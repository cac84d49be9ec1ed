import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { CliError } from '../errors.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const LIMIT_MS = 120_000;

/**
 * Chromium: the one that GOVCLOUD_CHROMIUM names, else the first on the path.
 * @throws CliError E_CHROMIUM
 */
export function chromiumPath(env: NodeJS.ProcessEnv): string {
  const named = env['GOVCLOUD_CHROMIUM'];
  if (named) {
    if (existsSync(named)) return named;
    throw new CliError('E_CHROMIUM', { detail: `GOVCLOUD_CHROMIUM=${named}` });
  }
  for (const dir of (env['PATH'] ?? '').split(delimiter)) {
    const found = NAMES.map((name) => join(dir, name)).find((path) => dir !== '' && existsSync(path));
    if (found !== undefined) return found;
  }
  throw new CliError('E_CHROMIUM', { detail: NAMES.join(', ') });
}

/** Flags with which Chromium shows a page of ours: without a window, and asking nobody anything. */
export function chromiumFlags(profile: string): string[] {
  return [
    '--headless',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    `--user-data-dir=${profile}`,
    // Chromium's sandbox refuses to run as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

/** A page as PDF, printed by Chromium. @throws CliError E_CHROMIUM, E_CHROMIUM_FAILED */
export async function pdfOf(page: string, env: NodeJS.ProcessEnv): Promise<Uint8Array> {
  const chromium = chromiumPath(env);
  const dir = mkdtempSync(join(tmpdir(), 'govcloud-report-'));
  try {
    const [source, target] = [join(dir, 'report.html'), join(dir, 'report.pdf')];
    writeFileSync(source, page, { mode: 0o600 });
    const args = [
      ...chromiumFlags(join(dir, 'profile')),
      '--no-pdf-header-footer',
      `--print-to-pdf=${target}`,
      pathToFileURL(source).href,
    ];
    const child = spawn(chromium, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [said, code] = await Promise.race([Promise.all([text(child.stderr), ended]), failed]);
    if (code !== 0 || !existsSync(target)) {
      throw new CliError('E_CHROMIUM_FAILED', { chromium, detail: said.trim().split('\n').at(-1) ?? '' });
    }
    return readFileSync(target);
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
