import { Command } from '@oclif/core/command';
import type { KubeObject } from '../kube/types.ts';
import { cliTexts } from '../messages/cli.ts';
import type { Message, MessageParams } from '../messages/index.ts';
import { wantedLanguage } from './argv.ts';
import { CliError, tell } from './errors.ts';
import { type Hub, openHub } from './hub/hub.ts';
import type { KindRef } from './hub/kinds.ts';
import { type Format, Printer } from './output/printer.ts';
import { Reader } from './output/reader.ts';
import { type Column, oneLine } from './output/table.ts';
import { terminalAsk } from './prompt.ts';
import { watchObjects } from './services/objects.ts';

/** The parsed values of `hubFlags` and of the flags of lists. */
export interface HubFlagValues {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly namespace?: string | undefined;
  readonly as?: string | undefined;
  readonly 'request-timeout'?: number | undefined;
  readonly output: Format;
  readonly json?: boolean | undefined;
  readonly 'all-namespaces'?: boolean | undefined;
  readonly selector?: string | undefined;
  readonly 'no-headers'?: boolean | undefined;
  readonly watch?: boolean | undefined;
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

  protected printer(flags: Pick<HubFlagValues, 'output' | 'json' | 'no-headers'>): Printer {
    return new Printer(this.reader, flags.json ? 'json' : flags.output, !flags['no-headers']);
  }

  protected hub(flags: Omit<HubFlagValues, 'output'>): Promise<Hub> {
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
      (warning) => process.stderr.write(`${oneLine(warning)}\n`),
    );
  }

  /**
   * Lists objects of a kind, and with `-w` goes on with their changes.
   * @param keep whether to show one: as it stands at first, or as it has changed
   */
  protected async printObjects<T extends KubeObject>(
    flags: HubFlagValues,
    kind: KindRef,
    columns:
      | readonly Column<T>[]
      | { readonly here: readonly Column<T>[]; readonly everywhere: readonly Column<T>[] },
    none: Message,
    keep: (object: T, changed: boolean) => boolean = () => true,
  ): Promise<void> {
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const shown =
      'here' in columns ? (hub.namespace === undefined ? columns.everywhere : columns.here) : columns;
    if (!flags.watch) {
      const rows = (await hub.list<T>(kind, hub.selector)).filter((it) => keep(it, false));
      return printer.list({ rows, columns: shown, none });
    }
    const lists = await hub.lists<T>(kind, hub.selector);
    const changes = changedObjects(
      watchObjects<T>(hub, kind, lists, { onBroken: this.tellBroken(printer) }),
      (it) => keep(it, true),
    );
    await printer.follow(
      lists.flatMap(({ items }) => items).filter((it) => keep(it, false)),
      shown,
      changes,
    );
  }

  /** Says on stderr that a watch lost its server. */
  protected tellBroken(printer: Printer): (error: Error) => Promise<void> {
    return async (error) => {
      const { reasons } = await tell(error, this.reader.language);
      printer.note(cliTexts.watchBroken, { problem: reasons[0]?.message ?? error.message });
    };
  }

  /** Asks whether to do what cannot be undone. @throws CliError E_CONFIRM when nobody can answer, E_DECLINED */
  protected confirm(action: Message, name: string, yes: boolean): Promise<void> {
    return this.askFirst(yes, new CliError('E_CONFIRM', { action }), cliTexts.confirm, { action, name });
  }

  /** Asks whether to do what was shown. @throws CliError E_CONFIRM_CHANGE when nobody can answer, E_DECLINED */
  protected confirmChange(action: Message, name: string, yes: boolean): Promise<void> {
    return this.askFirst(yes, new CliError('E_CONFIRM_CHANGE'), cliTexts.confirmChange, { action, name });
  }

  private async askFirst(yes: boolean, silent: CliError, question: Message, params: MessageParams) {
    if (yes) return;
    const ask = terminalAsk();
    if (!ask) throw silent;
    const answer = await ask(this.reader.text(question, params));
    if (!/^(y|yes|是)$/i.test(answer)) throw new CliError('E_DECLINED');
  }
}

async function* changedObjects<T extends KubeObject>(
  changes: AsyncIterable<{ readonly object: T }>,
  keep: (object: T) => boolean,
): AsyncGenerator<T, void, void> {
  for await (const { object } of changes) if (keep(object)) yield object;
}
