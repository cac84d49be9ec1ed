/**
 * A preview of a city by Pulumi's Automation API and nothing else, on the state that `capacity` keeps:
 *
 *     node tests/perf/bare-preview.ts STATE-DIR CITY STACK
 *
 * Who it is on the hub, the backend and the passphrase come from the environment. Prints what would change, by action.
 */
import { join } from 'node:path';
import { LocalWorkspace, PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { loadCity } from '../../stacks/city.ts';
import { cityProgram } from '../../stacks/program.ts';
import { ensureEngine } from '../../tools/pulumi/engine.ts';

const [dir = '', city = '', stackName] = process.argv.slice(2);
const { root } = await ensureEngine();
const stack = await LocalWorkspace.selectStack(
  { stackName: 'city', projectName: 'govcloud', program: cityProgram(loadCity(city, stackName)) },
  {
    workDir: join(dir, 'capacity/workspace'),
    pulumiCommand: await PulumiCommand.get({ root, skipVersionCheck: true }),
  },
);
const { changeSummary } = await stack.preview({ refresh: true, color: 'never' });
console.log(JSON.stringify(changeSummary));
