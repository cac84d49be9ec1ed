import { load } from 'js-yaml';
import type { Logger } from 'pino';
import { resourceOf } from '../../api/kind.ts';
import { UsageFinding } from '../../api/v1alpha1/index.ts';
import type { PeriodUse } from '../../books/usage.ts';
import { policyOn } from '../../domain/calendar.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { decideFindings, findingNames } from '../../domain/usage/findings.ts';
import {
  evidenceDays,
  judgeAllocation,
  parseUsagePolicies,
  type UsagePolicy,
} from '../../domain/usage/policy.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { BooksOfTerm } from '../adapters/books.ts';
import type { Hub } from '../adapters/hub.ts';
import { calendarOf, WORKING_DAYS } from '../calendar.ts';
import { USAGE_POLICY, usagePolicyText } from './policy.ts';

const FINDINGS = resourceOf(UsageFinding);

interface JudgeOptions {
  readonly hub: Pick<Hub, 'client' | 'allocations' | 'findings' | 'items' | 'systems' | 'configuration'>;
  readonly books: Pick<BooksOfTerm, 'use'>;
  readonly log: Logger;
}

/**
 * Raises what the use of grants says against them, and ends what it says no more, from the books alone: once for each day
 * and policy, and again when they have more of the use. It writes findings and nothing else.
 */
export class UsageJudge {
  private readonly options: JudgeOptions;
  /** The day and the text of the policy that everything was judged by. */
  private judged: string | undefined;

  constructor(options: JudgeOptions) {
    this.options = options;
  }

  /**
   * Judges by the use of the days before a day, unless that was done.
   * @param isNews whether more of that use is in the books than when it was
   * @throws GovError E_USAGE_POLICY
   */
  async judge(day: string, isNews: boolean, signal: AbortSignal): Promise<void> {
    const { hub, log } = this.options;
    const text = usagePolicyText(hub.configuration.get(USAGE_POLICY));
    const key = `${day} ${text}`;
    if (this.judged === key && !isNews) return;
    this.judged = undefined;
    const policy = text === undefined ? undefined : policyFor(text, day);
    let written = 0;
    let isWhole = true;
    if (policy?.findings) {
      for await (const use of this.grants(policy, day)) {
        for (const finding of this.findingsOf(use, policy, day)) {
          signal.throwIfAborted();
          if (await this.write(finding)) written += 1;
          else isWhole = false;
        }
      }
      log.info({ day, written }, 'use is judged');
    }
    // What somebody else wrote meanwhile is looked at again.
    if (isWhole) this.judged = key;
  }

  /** The use of each allocation in the policy's days. */
  private async *grants(policy: UsagePolicy, day: string): AsyncGenerator<readonly PeriodUse[], void, void> {
    let after: string | undefined;
    do {
      const page = await this.options.books.use({
        ...evidenceDays(policy, day),
        ...(after === undefined ? {} : { after }),
      });
      yield* Map.groupBy(page.items, ({ metered }) => metered.uid).values();
      after = page.next;
    } while (after !== undefined);
  }

  private findingsOf(use: readonly PeriodUse[], policy: UsagePolicy, day: string): readonly UsageFinding[] {
    const { hub } = this.options;
    const allocation = hub.allocations.byUid(use[0]?.metered.uid ?? '');
    if (!allocation) return [];
    const { metadata, spec } = allocation;
    return decideFindings({
      allocation,
      use,
      judgement: judgeAllocation(use, allocation, policy, day, hub.items.get(spec.item)?.spec),
      standing: findingNames(metadata.name).flatMap(
        (name) => hub.findings.get(`${metadata.namespace}/${name}`) ?? [],
      ),
      contact: hub.systems.get(`${metadata.namespace}/${spec.system}`)?.spec.contact,
      policy,
      calendar: calendarOf(hub.configuration.get(WORKING_DAYS)),
      day,
    });
  }

  /** @returns false when somebody else wrote first */
  private async write(finding: UsageFinding): Promise<boolean> {
    const { client } = this.options.hub;
    try {
      if (finding.metadata.uid === undefined) await client.create(FINDINGS, finding);
      else await client.update(FINDINGS, finding);
      return true;
    } catch (error) {
      if (isKubeError(error, 'E_API_EXISTS') || isKubeError(error, 'E_API_CONFLICT')) return false;
      throw error;
    }
  }
}

function policyFor(text: string, day: string): UsagePolicy | undefined {
  try {
    return policyOn(parseUsagePolicies(load(text)), day);
  } catch (error) {
    throw new GovError(reason('E_USAGE_POLICY', { detail: (error as Error).message }));
  }
}
