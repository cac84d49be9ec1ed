import { string } from '@oclif/core/flags';
import { cityTexts } from '../../messages/city.ts';
import { GovCommand } from '../base.ts';
import { lang } from '../flags.ts';
import { up } from '../services/city.ts';

export default class Up extends GovCommand {
  static override flags = { dir: string({ default: '.govcloud' }), 'hub-kubeconfig': string({}), lang };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.stderr.write(`${this.reader.text(cityTexts.interrupted)}\n`);
        stop.abort(new DOMException('interrupted', 'AbortError'));
      });
    }
    const started = performance.now();
    const say = (line: string) =>
      process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)}  ${line}\n`);
    const city = await up(
      flags.dir,
      flags['hub-kubeconfig'],
      (message, params) => say(this.reader.text(message, params)),
      stop.signal,
    );
    if (city.readOnly) say(this.reader.text(cityTexts.readOnly));
    const people = city.city.people.map(({ id }) => id).join(' ');
    process.stdout.write(
      `${this.reader.text(cityTexts.running, { kubeconfig: city.kubeconfig, people, dir: city.dir })}\n`,
    );
  }
}
