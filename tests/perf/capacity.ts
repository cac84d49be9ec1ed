import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Hub } from '../../cli/hub/hub.ts';
import { withCapacity } from '../../cli/services/capacity.ts';
import { kubeconfigText } from '../../kube/config.ts';
import { ensureEngine } from '../../tools/pulumi/engine.ts';
import { installPlugin } from '../../tools/pulumi/plugin/install.ts';
import { PerfCity } from './city.ts';
import { type Command, outputOf, timesInTurn } from './commands.ts';
import { type Aim, figureOf, median, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const ROOT = join(import.meta.dirname, '../..');
const SHANWEI = join(ROOT, 'stacks/shanwei');
/** The one that stands, and the one that is looked at. */
const [STANDING, NEXT] = ['2020', '2025'];
const PERSON = 'cloud-engineer';
/** Previews of each in one run. */
const ROUNDS = 3;
const AIM: Aim = { of: 'ratio', atMost: 1.1 };

/**
 * `govcloud capacity preview` of the step from the city of Shanwei as it stands to the next stack, against a bare preview
 * of the same program on the same state through Pulumi's Automation API: with the plan comes whom it hits, what stays
 * free and which requests it would unblock. Both run from the sources, with the stand-in for Pulumi's plugin.
 */
export const capacity: Suite = ({ runs, say }) =>
  withScratch(async ({ dir }) => {
    await ensureEngine();
    say('capacity: starting the city');
    const city = await PerfCity.start(dir, SHANWEI);
    const state = join(dir, 'as-code');
    try {
      installPlugin(join(state, 'plugins'));
      const options = {
        dir: state,
        city: SHANWEI,
        stack: STANDING,
        now: new Date().toISOString(),
        progress: () => {},
        signal: new AbortController().signal,
      };
      say('capacity: the engine takes the city over');
      await withCapacity(new Hub(city.hub.client, undefined), options, async (it) => {
        const declared = await it.city();
        await it.up(declared, await it.preview(declared));
      });
      const { client } = await city.person(PERSON);
      const kubeconfig = join(dir, 'bare.kubeconfig');
      writeFileSync(kubeconfig, await kubeconfigText(client.access), { mode: 0o600 });
      const as = ['--kubeconfig', city.kubeconfig, '--context', PERSON];
      const what = ['--dir', state, '--city', SHANWEI, '--stack', NEXT];
      const govcloud: Command = {
        file: process.execPath,
        args: [join(ROOT, 'bin/govcloud'), 'capacity', 'preview', ...what, ...as],
        env: { NO_COLOR: '1' },
      };
      const bare: Command = {
        file: process.execPath,
        args: [join(import.meta.dirname, 'bare-preview.ts'), state, SHANWEI, NEXT],
        env: {
          KUBECONFIG: kubeconfig,
          PATH: [join(state, 'plugins'), process.env['PATH']].join(delimiter),
          PULUMI_BACKEND_URL: `file://${join(state, 'capacity/state')}`,
          PULUMI_CONFIG_PASSPHRASE_FILE: join(state, 'capacity/passphrase'),
          PULUMI_SKIP_UPDATE_CHECK: 'true',
          PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
          NODE_COMPILE_CACHE: join(dir, 'compiled'),
        },
      };
      // Fills the caches of both, and shows that both find the same step.
      if (!(await outputOf(govcloud)).includes('extranet-arm64')) throw new Error('the plan lacks a pool');
      const { update } = JSON.parse(await outputOf(bare)) as { update?: number };
      if (!update) throw new Error('the bare preview finds nothing to do');
      const measured: Run[] = [];
      for (let run = 1; run <= runs; run++) {
        const [floors = [], values = []] = await timesInTurn([bare, govcloud], ROUNDS);
        const [value, floor] = [median(values), median(floors)];
        measured.push({ value, floor });
        say(`capacity: run ${run} of ${runs}: ${value.toFixed(0)} ms, bare ${floor.toFixed(0)} ms`);
      }
      const name = `govcloud capacity preview, from ${STANDING} to ${NEXT}`;
      return [figureOf({ name, floor: 'pulumi preview of the same', unit: 'ms', aim: AIM }, measured)];
    } finally {
      city.close();
    }
  });
