import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
export const ALERTS_DIR = join(ROOT, 'deploy/alerts');

const twoLanguages = z
  .string()
  .regex(/^[^/]*\p{Script=Han}[^/]* \/ [^\p{Script=Han}]+$/u, 'not of the form 中文 / English');

const alertRule = z.strictObject({
  alert: z.string().regex(/^Govcloud[A-Z][A-Za-z]+$/),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: twoLanguages, description: twoLanguages }),
});
export type AlertRule = z.output<typeof alertRule>;

const rulesFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), interval: z.string(), rules: z.array(alertRule) })),
});

/** The alert rules in their order. @throws z.ZodError that names what is not as ours are */
export function alertRules(): readonly AlertRule[] {
  const file = readFileSync(join(ALERTS_DIR, 'govcloud.yaml'), 'utf8');
  return rulesFile.parse(load(file)).groups.flatMap(({ rules }) => rules);
}

const WORDS = new Set(['and', 'or', 'unless', 'by', 'on', 'without', 'ignoring', 'bool', 'offset']);

/** The names of the time series that an expression asks for. */
export function seriesIn(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|on|without|ignoring)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/(?<![\w:])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])/g)].map(
    ([, name = '']) => name,
  );
  return [...new Set(names.filter((name) => !WORDS.has(name)))];
}
