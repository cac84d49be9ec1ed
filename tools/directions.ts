/**
 * Proves that the linter holds the import directions: in a copy of its configuration, each forbidden import that is
 * planted must be found, and the allowed ones beside it must not. The directions themselves are in .oxlintrc.json.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** folder: what a file in it may import, and what it may not. */
const PLANTED: Readonly<Record<string, { allowed: readonly string[]; forbidden: readonly string[] }>> = {
  api: { allowed: ['zod'], forbidden: ['../domain/x.ts', '../messages/x.ts', '../operator/x.ts'] },
  messages: { allowed: ['../api/x.ts'], forbidden: ['../domain/x.ts', '../cli/x.ts'] },
  kube: { allowed: ['node:https'], forbidden: ['../domain/x.ts', '../books/x.ts', '../operator/x.ts'] },
  domain: {
    allowed: ['../api/x.ts', '../messages/x.ts', 'node:crypto'],
    forbidden: [
      '../books/x.ts',
      '../kube/x.ts',
      '../operator/x.ts',
      '../cli/x.ts',
      'node:fs',
      'kysely',
      'pg',
    ],
  },
  books: {
    allowed: ['../domain/x.ts', 'kysely'],
    forbidden: ['../operator/x.ts', '../kube/x.ts', '../cli/x.ts'],
  },
  operator: {
    allowed: ['../books/x.ts', '../kube/x.ts', '../policies/x.ts'],
    forbidden: ['../cli/x.ts', '../tools/x.ts', '../stacks/x.ts'],
  },
  cli: {
    allowed: ['../domain/x.ts', '../kube/x.ts', '../tools/x.ts'],
    forbidden: ['../operator/x.ts', '../books/x.ts'],
  },
  stacks: { allowed: ['../api/x.ts'], forbidden: ['../operator/x.ts', '../cli/x.ts', '../books/x.ts'] },
};

const dir = mkdtempSync(join(tmpdir(), 'govcloud-directions-'));
const problems: string[] = [];
try {
  cpSync(join(ROOT, '.oxlintrc.json'), join(dir, '.oxlintrc.json'));
  for (const [folder, { allowed, forbidden }] of Object.entries(PLANTED)) {
    mkdirSync(join(dir, folder));
    const lines = (imports: readonly string[]) =>
      imports.map((it, index) => `import * as i${index} from '${it}';\nconsole.log(i${index});\n`).join('');
    writeFileSync(join(dir, folder, 'allowed.ts'), lines(allowed));
    for (const [index, it] of forbidden.entries())
      writeFileSync(join(dir, folder, `forbidden${index}.ts`), lines([it]));
  }
  const { stdout } = spawnSync('oxlint', ['-f', 'json', '.'], { cwd: dir, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  const found = new Set(
    diagnostics
      .filter(({ code }) => code.includes('no-restricted-imports'))
      .map(({ filename }) => filename.replaceAll('\\', '/')),
  );
  for (const [folder, { forbidden }] of Object.entries(PLANTED)) {
    if (found.has(`${folder}/allowed.ts`)) problems.push(`${folder}: an allowed import is refused`);
    for (const [index, it] of forbidden.entries()) {
      if (!found.has(`${folder}/forbidden${index}.ts`))
        problems.push(`${folder}: the import of ${it} is not refused`);
    }
  }
} finally {
  rmSync(dir, { recursive: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
