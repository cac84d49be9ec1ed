import { join } from 'node:path';
import { runtime } from '@pulumi/pulumi';
import { expect, it } from 'vitest';
import { loadCity, type Manifest } from './city.ts';
import { cityProgram } from './program.ts';

const CITY = join(import.meta.dirname, '../tests/support/small-city');

/** What a program registers with the engine, by Pulumi's own means for tests of programs. */
async function registered(): Promise<{ objects: Manifest[]; components: string[]; others: string[] }> {
  const objects: Manifest[] = [];
  const components: string[] = [];
  const others: string[] = [];
  await runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      if (type.startsWith('kubernetes:')) objects.push(inputs as Manifest);
      else if (type.startsWith('govcloud:')) components.push(`${type.split(':').at(-1)}/${name}`);
      else others.push(JSON.stringify({ type, inputs }));
      return { id: name, state: inputs };
    },
    call: () => ({}),
  });
  await runtime.runInPulumiStack(cityProgram(loadCity(CITY)));
  await runtime.disconnect();
  return { objects, components, others };
}

const byId = (it: Manifest) => `${it.kind}/${it.metadata.namespace ?? ''}/${it.metadata.name}`;

it('declares every object of the city once, as its manifest has it, and no credential', async () => {
  const { objects, components, others } = await registered();
  const { manifests } = loadCity(CITY);
  const sorted = (list: readonly Manifest[]) => list.toSorted((a, b) => (byId(a) < byId(b) ? -1 : 1));
  expect(sorted(objects)).toEqual(sorted(manifests));
  expect(components).toEqual(
    expect.arrayContaining(['Zone/extranet', 'Organization/441500', 'Catalogue/catalogue', 'Flows/flows']),
  );
  expect(others.join()).not.toMatch(/kubeconfig|token|PRIVATE/);
});
