/** Plays histories until one breaks: `node tests/simulation/main.ts [FROM] [COUNT]`; exit code 1 when one did. */
import { movesOf, play } from './history.ts';

const [from = 1, count = 1000] = process.argv.slice(2).map(Number);
for (let seed = from; seed < from + count; seed++) {
  const { broken } = await play(movesOf(seed));
  if (broken === undefined) continue;
  console.log(`seed ${seed}: ${broken.split('\n')[0]?.slice(0, 120)}`);
  process.exit(1);
}
console.log(`${count} histories held`);
