import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';

const GOVCLOUD = join(import.meta.dirname, '../../bin/govcloud');
const COMMAND_LIMIT_MS = 120_000;
const POLL_MS = 300;

/** A row of story.json. */
export interface Row {
  readonly step: string;
  readonly as: string;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

/** What a command did. */
export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What must be true of an outcome, in words and as a check that gives what was got: `undefined` where it holds. */
export interface Expectation {
  readonly words: string;
  readonly exit?: number;
  /** Gives what is wrong, or undefined. */
  readonly check?: (outcome: Outcome) => string | undefined;
}

/** The first row that was not as expected. */
export class StoryFailed extends Error {
  override readonly name = 'StoryFailed';
  readonly row: Row;

  constructor(row: Row) {
    super(
      `${row.step} as ${row.as}: govcloud ${row.argv.join(' ')}: expected ${row.expected}, got ${row.got}`,
    );
    this.row = row;
  }
}

/** Plays commands as people of the city, and writes down each with what was expected and what came. */
export class Story {
  readonly rows: Row[] = [];
  private readonly kubeconfig: string;
  private readonly file: string;
  private readonly told: (row: Row) => void;

  constructor(kubeconfig: string, file: string, told: (row: Row) => void) {
    this.kubeconfig = kubeconfig;
    this.file = file;
    this.told = told;
  }

  /** Runs a command once. @throws StoryFailed when the outcome is not as expected */
  async run(step: string, as: string, argv: readonly string[], expectation: Expectation): Promise<Outcome> {
    const outcome = await this.govcloud(as, argv);
    this.note(step, as, argv, expectation, outcome);
    return outcome;
  }

  /** Runs a command again and again until the outcome is as expected. @throws StoryFailed after the limit */
  async until(
    step: string,
    as: string,
    argv: readonly string[],
    expectation: Expectation,
    limitMs = 120_000,
  ): Promise<Outcome> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const outcome = await this.govcloud(as, argv);
      if (wrongOf(expectation, outcome) === undefined || performance.now() > deadline) {
        this.note(step, as, argv, expectation, outcome);
        return outcome;
      }
      await delay(POLL_MS);
    }
  }

  /** Sends a JSON Patch straight to the API server, as somebody would who goes around the CLI. */
  async patch(
    step: string,
    as: string,
    target: {
      readonly plural: string;
      readonly namespace: string;
      readonly name: string;
      readonly subresource: string;
    },
    operations: readonly { op: 'add' | 'replace'; path: string; value: unknown }[],
    expectation: Expectation,
  ): Promise<void> {
    const client = new KubeClient(await loadAccess({ kubeconfig: this.kubeconfig, context: as }));
    const { plural, namespace, name, subresource } = target;
    const resource = { group: 'govcloud.dev', version: 'v1alpha1', plural, namespaced: true };
    let outcome: Outcome;
    try {
      await client.jsonPatch(resource, { namespace, name }, operations, { subresource });
      outcome = { exit: 0, stdout: 'accepted', stderr: '' };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      outcome = { exit: 3, stdout: '', stderr: error.message };
    } finally {
      client.close();
    }
    const argv = [
      '(api)',
      'patch',
      `${plural}/${subresource}`,
      '-n',
      namespace,
      name,
      JSON.stringify(operations),
    ];
    this.note(step, as, argv, expectation, outcome);
  }

  private note(
    step: string,
    as: string,
    argv: readonly string[],
    expectation: Expectation,
    outcome: Outcome,
  ): void {
    const wrong = wrongOf(expectation, outcome);
    const said = (outcome.exit === 0 ? outcome.stdout : outcome.stderr).trim().split('\n')[0] ?? '';
    const row: Row = {
      step,
      as,
      argv,
      exit: outcome.exit,
      expected: expectation.words,
      got: wrong ?? (expectation.check ? expectation.words : said.slice(0, 200)),
      ok: wrong === undefined,
    };
    this.rows.push(row);
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, `${JSON.stringify(this.rows, null, 2)}\n`);
    this.told(row);
    if (!row.ok) throw new StoryFailed(row);
  }

  private govcloud(as: string, argv: readonly string[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(GOVCLOUD, ['--context', as, ...argv], {
        env: { ...process.env, KUBECONFIG: this.kubeconfig, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: COMMAND_LIMIT_MS,
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', reject);
      child.once('close', (code) => resolve({ exit: code ?? -1, stdout, stderr }));
    });
  }
}

function wrongOf({ exit = 0, check }: Expectation, outcome: Outcome): string | undefined {
  if (outcome.exit !== exit) {
    return `exit ${outcome.exit} instead of ${exit}: ${(outcome.stderr || outcome.stdout).trim().slice(0, 600)}`;
  }
  return check?.(outcome);
}

/** Expects JSON on stdout of which something holds. */
export function json(words: string, holds: (value: never) => boolean, exit = 0): Expectation {
  return {
    words,
    exit,
    check: ({ stdout }) => {
      let value: unknown;
      try {
        value = JSON.parse(stdout);
      } catch {
        return `not JSON: ${stdout.slice(0, 200)}`;
      }
      return holds(value as never) ? undefined : `not so: ${JSON.stringify(value).slice(0, 600)}`;
    },
  };
}

/** Expects an exit code, and words in what was said. */
export function says(exit: number, ...texts: readonly string[]): Expectation {
  return {
    words: `exit ${exit}${texts.length > 0 ? `, says ${texts.join(', ')}` : ''}`,
    exit,
    check: ({ stdout, stderr }) => {
      const missing = texts.filter((text) => !`${stdout}${stderr}`.includes(text));
      return missing.length === 0
        ? undefined
        : `does not say ${missing.join(', ')}: ${`${stdout}${stderr}`.slice(0, 600)}`;
    },
  };
}
