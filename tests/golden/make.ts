/** `node tests/golden/make.ts && npm run format`: writes the office files of `cases.ts`, each with what must be read from it. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases } from './cases.ts';

const folder = join(import.meta.dirname, 'office');
for (const name of readdirSync(folder)) rmSync(join(folder, name));
const all = await cases();
for (const { file, table, content, expected } of all) {
  writeFileSync(join(folder, file), content);
  writeFileSync(join(folder, `${file}.json`), `${JSON.stringify({ table, ...expected }, null, 2)}\n`);
}
console.log(`${all.length} files`);
