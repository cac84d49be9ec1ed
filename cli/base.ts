import { Command } from '@oclif/core/command';
import { wantedLanguage } from './argv.ts';
import { type Hub, openHub } from './hub/hub.ts';
import { type Format, Printer } from './output/printer.ts';
import { Reader } from './output/reader.ts';

/** The parsed values of `hubFlags`. */
export interface HubFlagValues {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly namespace?: string | undefined;
  readonly as?: string | undefined;
  readonly 'request-timeout'?: number | undefined;
  readonly output: Format;
  readonly 'all-namespaces'?: boolean | undefined;
  readonly selector?: string | undefined;
  readonly 'no-headers'?: boolean | undefined;
}

/**
 * A command: it parses flags, calls one service and gives the result to a view. Errors are left to `main`, which
 * tells them and sets the exit code.
 */
export abstract class GovCommand extends Command {
  protected readonly reader = new Reader(wantedLanguage(this.argv, process.env), new Date().toISOString());

  protected override async catch(error: Error): Promise<void> {
    throw error;
  }

  protected printer(flags: { readonly output: Format; readonly 'no-headers'?: boolean | undefined }): Printer {
    return new Printer(this.reader, flags.output, !flags['no-headers']);
  }

  protected hub(flags: HubFlagValues): Promise<Hub> {
    return openHub(
      {
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        namespace: flags.namespace,
        allNamespaces: flags['all-namespaces'],
        as: flags.as,
        selector: flags.selector,
        timeoutMs: flags['request-timeout'],
      },
      (warning) => process.stderr.write(`${warning}\n`),
    );
  }
}
