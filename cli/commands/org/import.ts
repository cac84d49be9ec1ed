import { string as argument } from '@oclif/core/args';
import { importFlags } from '../../flags.ts';
import { ImportCommand, importData } from '../../import.ts';
import { Printer } from '../../output/printer.ts';
import { declareOrganizations } from '../../services/declared.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class OrgImport extends ImportCommand {
  static override args = { file: argument({ required: true }) };
  static override flags = importFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(OrgImport);
    const content = await this.readFile(args.file, flags.result);
    const outcome = await declareOrganizations(await this.hub(flags), args.file, content);
    const { items, results } = outcome;
    await this.printImport(flags, args.file, content, outcome, async (printer) => {
      if (!printer.forPeople) return printer.data(importData(outcome));
      // People want what the city’s folder holds: YAML, one document an organisation.
      const yaml = new Printer(this.reader, 'yaml');
      for (const item of items) await yaml.data(item, true);
      printer.note(cliTexts.organizationsDeclared, {
        created: items.length,
        same: results.size - items.length,
      });
    });
  }
}
