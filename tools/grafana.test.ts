import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operatorMetrics, reportsMetrics } from './metrics.ts';

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(
  readFileSync(join(import.meta.dirname, '../deploy/grafana/govcloud.json'), 'utf8'),
) as Dashboard;
const metrics = new Map([...operatorMetrics(), ...reportsMetrics()].map((it) => [it.name, it]));
const queries = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query)),
];

test('every query of the Grafana dashboard asks for metrics and labels that there are', () => {
  const used = queries.flatMap((query) =>
    [...query.matchAll(/(govcloud_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', labels = '']) => ({
      name: name.replace(/_(bucket|sum|count)$/, ''),
      labels: [...labels.matchAll(/(\w+)\s*[=!]~?"/g)].map(([, label = '']) => label),
    })),
  );
  expect(used.length).toBeGreaterThan(12);
  for (const { name, labels } of used) {
    const metric = metrics.get(name);
    expect([name, metric === undefined]).toEqual([name, false]);
    for (const label of labels) expect(metric?.labelNames, name).toContain(label);
  }
  for (const query of queries) {
    const known = new Set([...metrics.values()].flatMap(({ labelNames }) => labelNames)).add('le');
    for (const [, by = ''] of query.matchAll(/by \(([^)]*)\)/g)) {
      for (const label of by.split(/,\s*/)) expect([query, known.has(label)]).toEqual([query, true]);
    }
  }
});

test('its panels are named in both languages and do not lie on one another', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(title).toMatch(/^\P{ASCII}|^vCPU .* \/ /u);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x},${y}`)).toBe(false);
        taken.add(`${x},${y}`);
      }
    }
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  }
});
