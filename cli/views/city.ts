import { cityTexts } from '../../messages/city.ts';
import type { Column } from '../output/table.ts';
import type { CityProcess } from '../services/city.ts';

export const cityColumns: readonly Column<CityProcess>[] = [
  { header: cityTexts.process, value: ({ name }) => name },
  {
    header: cityTexts.state,
    value: ({ alive }, reader) => reader.text(alive ? cityTexts.alive : cityTexts.dead),
  },
  { header: { zh: 'PID', en: 'PID' }, value: ({ pid }) => String(pid), align: 'right' },
  { header: cityTexts.log, value: ({ log }) => log },
];
