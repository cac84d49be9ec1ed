import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { RESOURCES } from '../../domain/quantity.ts';
import { resourceNames } from '../../messages/books.ts';
import { columns, labels, texts } from '../../messages/cli-views.ts';
import { stepMessages, waitMessages } from '../../messages/states.ts';
import { actions, verdicts } from '../../messages/cli-views.ts';
import { age, cityTime, percent, quantity, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import type { Effect, QuoteAnswer } from '../services/quote.ts';
import type { Movers, Why } from '../services/why.ts';
import {
  dueText,
  ageColumn,
  amountColumn,
  amounts,
  assumptionField,
  nameColumn,
  namespaceColumn,
  parameters,
  person,
  section,
} from './common.ts';
import { isOver } from '../../domain/allocation/over.ts';

type Request = ResourceRequest;

export const requestColumns: readonly Column<Request>[] = [
  { header: columns.serial, value: ({ status }) => status?.serial ?? '-' },
  nameColumn(),
  { header: columns.unit, value: ({ spec }) => spec.applicant.unit },
  { header: columns.system, value: ({ spec }) => spec.system },
  { header: columns.action, value: ({ spec }, reader) => reader.text(actions[spec.action]) },
  { header: columns.state, value: (it, reader) => stateOf(it, reader) },
  { header: columns.waitsFor, value: ({ status }, reader) => reader.pick(status?.waitsFor) },
  {
    header: columns.due,
    value: ({ status }, reader) => dueText(status?.due, reader, status?.conditions) ?? '-',
  },
  ageColumn(),
  amountColumn<Request>('vcpu', ({ status }) => status?.quote?.total, { wide: true }),
  amountColumn<Request>('memory', ({ status }) => status?.quote?.total, { wide: true }),
  amountColumn<Request>('ssd', ({ status }) => status?.quote?.total, { wide: true }),
  amountColumn<Request>('hdd', ({ status }) => status?.quote?.total, { wide: true }),
  {
    header: columns.monthly,
    value: ({ status }, { language }) => (status?.quote ? yuan(status.quote.monthlyFen, language) : '-'),
    align: 'right',
    wide: true,
  },
  { header: columns.requester, value: ({ spec }) => person(spec.requester), wide: true },
];

export const requestColumnsEverywhere: readonly Column<Request>[] = [namespaceColumn(), ...requestColumns];

/** What a quota is to be raised by, which one, and from when. */
function raiseText(
  { limits, zone, arch, from }: NonNullable<Request['spec']['quota']>,
  reader: Reader,
): string {
  const place =
    zone === undefined && arch === undefined
      ? reader.text(texts.everywhere)
      : `${zone ?? '*'}/${arch ?? '*'}`;
  return [amounts(limits, reader), `(${place})`, ...(from === undefined ? [] : [`${from} →`])].join(' ');
}

/** A request that no operator has looked at yet is still what its author made it. */
function stateOf({ spec, status }: Request, reader: Reader): string {
  return reader.state(status?.state ?? (spec.submission === 0 ? 'Draft' : 'Submitted'));
}

export function requestPage(request: Request, reader: Reader): readonly string[] {
  const { metadata, spec, status } = request;
  const { applicant } = spec;
  const account = applicant.account === undefined ? '' : ` (${person(applicant.account)})`;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  return [
    ...fields([
      [label('serial'), status?.serial],
      [label('name'), metadata.name],
      [label('namespace'), metadata.namespace],
      [label('action'), reader.text(actions[spec.action])],
      [label('state'), stateOf(request, reader)],
      [label('waitsFor'), status?.waitsFor === undefined ? undefined : reader.pick(status.waitsFor)],
      [label('due'), dueText(status?.due, reader, status?.conditions)],
      [label('system'), `${spec.system} (${reader.text(texts.mlps, { level: spec.mlps })})`],
      [label('project'), spec.project],
      [label('recoveryOf'), spec.recoveryOf?.join(', ')],
      [label('apartFrom'), spec.apartFrom?.join(', ')],
      [label('target'), targetText(spec)],
      [label('place'), [spec.zone, spec.arch ?? reader.text(texts.anyArch)].join(' / ')],
      [label('quotaRaise'), spec.quota && raiseText(spec.quota, reader)],
      [label('until'), spec.until],
      [label('reason'), spec.reason],
      [label('attachment'), spec.attachment && `${spec.attachment.name}  SM3 ${spec.attachment.sm3}`],
      [label('applicant'), `${applicant.unit} ${applicant.person}${account} ${applicant.phone}`],
      [label('unitReviewer'), applicant.reviewer],
      [label('requester'), person(spec.requester)],
      [label('submission'), spec.submission === 0 ? undefined : String(spec.submission)],
      [label('created'), cityTime(metadata.creationTimestamp)],
      assumptionField(request, reader),
    ]),
    ...section(label('lines'), table(lineColumns, linesOf(request), reader).lines),
    ...(status?.quote ? quoteLines(status.quote, reader) : []),
    ...section(label('warnings'), reasonLines(status?.quote?.warnings ?? [], reader)),
    ...section(label('decisions'), decisionLines(request, reader)),
    ...section(label('reasons'), reasonLines(status?.reasons ?? [], reader)),
    ...section(label('allocations'), status?.allocations ?? []),
    ...(metadata.deletionTimestamp === undefined ? [] : ['', reader.text(texts.deleting)]),
  ];
}

interface LineRow {
  readonly line: Request['spec']['lines'][number];
  readonly quoted: NonNullable<NonNullable<Request['status']>['quote']>['lines'][number] | undefined;
}

function linesOf({ spec, status }: Request): LineRow[] {
  return spec.lines.map((line) => ({
    line,
    quoted: status?.quote?.lines.find(({ name }) => name === line.name),
  }));
}

const lineColumns: readonly Column<LineRow>[] = [
  { header: columns.line, value: ({ line }) => line.name },
  { header: columns.item, value: ({ line }) => line.item },
  { header: columns.quantity, value: ({ line }) => String(line.quantity), align: 'right' },
  { header: columns.parameters, value: ({ line }) => parameters(line.parameters) },
  {
    header: columns.monthly,
    value: ({ quoted }, { language }) => (quoted ? yuan(quoted.monthlyFen, language) : '-'),
    align: 'right',
  },
];

type Quote = NonNullable<NonNullable<Request['status']>['quote']>;

function quoteLines(quote: Quote, reader: Reader): string[] {
  const steps = quote.steps.map(({ name, approvals }) => {
    const step = reader.text(stepMessages[name]);
    return approvals === 1 ? step : `${step} ×${approvals}`;
  });
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const same = JSON.stringify(quote.change) === JSON.stringify(quote.total);
  return section(
    label('quote'),
    fields([
      [label('monthly'), yuan(quote.monthlyFen, reader.language)],
      [label('pool'), quote.pool && `${quote.pool} (${quote.zone} / ${quote.arch})`],
      [label('total'), amounts(quote.total, reader)],
      [label('change'), same ? undefined : amounts(quote.change, reader)],
      [label('flow'), `${quote.flow}: ${steps.join(' → ')}`],
      ...poolFields(quote.pools, reader),
    ]),
  );
}

/** Every pool with what was said of it. */
function poolFields(pools: Quote['pools'], reader: Reader): (readonly [string, string])[] {
  return pools.map(({ pool, chosen, reasons, score }) => [
    `${reader.text(labels.pool)} ${pool}`,
    reasons.length === 0
      ? fitText(chosen, score, reader)
      : reasons.map(({ message }) => reader.pick(message)).join('\n'),
  ]);
}

function fitText(chosen: boolean, score: Quote['pools'][number]['score'], reader: Reader): string {
  const verdict = chosen ? texts.poolChosen : texts.poolFits;
  const scarcest = RESOURCES.find((it) => it === score?.scarcest);
  if (!score || scarcest === undefined) return reader.text(verdict);
  return reader.text(texts.poolScore, {
    verdict,
    score: percent(score.basisPoints),
    scarcest: resourceNames[scarcest],
  });
}

function decisionLines({ status }: Request, reader: Reader): string[] {
  const { decisions = [], review } = status ?? {};
  return decisions.map((it, place) => {
    const to = it.returnTo === undefined ? '' : ` → ${reader.text(stepMessages[it.returnTo])}`;
    const counts = it.ticket === review?.ticket && !review.uncounted?.includes(place);
    const stale = counts ? '' : ` (${reader.text(texts.void)})`;
    const comment = it.comment ? `: ${it.comment}` : '';
    const by = [it.reviewer, ...(it.onBehalfOf === undefined ? [] : [it.onBehalfOf])].map(person);
    const who =
      by.length === 1
        ? by[0]
        : reader.text(texts.onBehalfOf, { standin: by[0] ?? '', reviewer: by[1] ?? '' });
    return `${reader.text(stepMessages[it.step])}  ${who}  ${reader.text(verdicts[it.verdict])}${to}${stale}${comment}`;
  });
}

export function reasonLines(
  reasons: readonly {
    readonly code: string;
    readonly message: string;
    readonly where?: string | undefined;
  }[],
  reader: Reader,
): string[] {
  return reasons.map(({ code, message, where }) => {
    const place = where === undefined ? '' : ` [${where}]`;
    return `${code}${place} ${reader.pick(message)}`;
  });
}

export const effectColumns: readonly Column<Effect>[] = [
  {
    header: columns.account,
    value: ({ holderKind, holder }, reader) => `${reader.text(texts[holderKind])} ${holder}`,
  },
  { header: columns.place, value: ({ zone, arch }) => `${zone}/${arch}` },
  { header: columns.resource, value: ({ resource }, reader) => reader.text(columns[resource]) },
  { header: columns.asked, value: ({ resource, asked }) => quantity(resource, asked), align: 'right' },
  {
    header: columns.freeBefore,
    value: ({ resource, freeBefore }) => quantity(resource, freeBefore),
    align: 'right',
  },
  {
    header: columns.freeAfter,
    value: ({ resource, freeAfter }) => quantity(resource, freeAfter),
    align: 'right',
  },
  { header: columns.hard, value: ({ resource, hard }) => quantity(resource, hard), align: 'right' },
];

/** A dry run: what the request would cost, where it would stand, what it would leave of each quota, or why not. */
export function quotePage(answer: QuoteAnswer, reader: Reader): readonly string[] {
  const { request, ok, quote, reasons, pools, effects } = answer;
  return [
    reader.text(ok ? texts.wouldFit : texts.wouldNotFit),
    ...section(
      reader.text(labels.lines),
      table(lineColumns, linesOf({ ...request, status: { quote } }), reader).lines,
    ),
    ...(quote ? quoteLines(quote, reader) : []),
    ...section(
      reader.text(labels.effects),
      effects.length === 0 ? [] : table(effectColumns, effects, reader).lines,
    ),
    ...section(reader.text(labels.warnings), reasonLines(quote?.warnings ?? [], reader)),
    ...section(reader.text(labels.reasons), reasonLines(reasons, reader)),
    ...(quote ? [] : section(reader.text(labels.pools), fields(poolFields(pools, reader)))),
  ];
}

export function whyPage({ request, allocations, since, movers }: Why, reader: Reader): readonly string[] {
  const { status, spec, metadata } = request;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const { review } = status ?? {};
  const isVoid = (ticket: string, place: number) =>
    ticket === review?.ticket && review.uncounted?.includes(place) === true;
  const passed = (status?.decisions ?? []).filter(
    ({ ticket, verdict }, place) =>
      ticket === review?.ticket && verdict === 'approve' && !isVoid(ticket, place),
  );
  const returned = (status?.decisions ?? []).findLast(
    ({ ticket, verdict }, place) => verdict !== 'approve' && !isVoid(ticket, place),
  );
  return [
    ...fields([
      [label('request'), [status?.serial, metadata.name].filter((it) => it !== undefined).join('  ')],
      [label('asks'), asksOf(request, reader)],
      [label('state'), stateOf(request, reader)],
      [label('since'), since === undefined ? undefined : `${cityTime(since)} (${age(since, reader.now)})`],
      [label('waitsFor'), reader.pick(status?.waitsFor ?? reader.text(waitMessages.requester))],
      [label('movers'), moversText(movers, reader)],
      [label('nextStep'), nextSteps(request, allocations, movers).join('\n')],
      [label('due'), dueText(status?.due, reader, status?.conditions)],
      [
        label('passed'),
        passed
          .map(({ step, reviewer }) => `${reader.text(stepMessages[step])} (${person(reviewer)})`)
          .join(' → '),
      ],
      [
        label('returned'),
        status?.phase === 'Returned' || status?.phase === 'Rejected'
          ? returned &&
            `${reader.text(stepMessages[returned.step])} ${person(returned.reviewer)}: ${returned.comment ?? ''}`
          : undefined,
      ],
      [
        label('hold'),
        status?.hold && reader.text(texts.holdUntil, { time: cityTime(status.hold.expiresAt) }),
      ],
      [label('until'), spec.until],
    ]),
    ...section(label('reasons'), reasonLines(status?.reasons ?? [], reader)),
    ...allocations.flatMap((it) =>
      section(
        `${label('allocation')} ${it.metadata.name}  ${reader.state(it.status?.state)}`,
        (it.status?.conditions ?? [])
          .filter(({ type, status: value }) => value !== 'True' || type === 'Ready')
          .map(({ type, message }) => `${type}: ${reader.pick(message)}`),
      ),
    ),
  ];
}

/** The allocation that a request names, and the revision; of a transfer with who hands it over. */
export function targetText({ target }: Request['spec']): string | undefined {
  return target && `${pathOfTarget(target)} @ ${target.revision}`;
}

function pathOfTarget({ allocation, organization }: NonNullable<Request['spec']['target']>): string {
  return organization === undefined ? allocation : `${organization}/${allocation}`;
}

function asksOf({ spec, status }: Request, reader: Reader): string {
  const what = spec.quota
    ? raiseText(spec.quota, reader)
    : spec.target
      ? pathOfTarget(spec.target)
      : spec.lines.map(({ item, quantity: count }) => `${item}×${count}`).join(', ');
  const total = status?.quote
    ? `; ${amounts(status.quote.total, reader)}; ${yuan(status.quote.monthlyFen, reader.language)}`
    : '';
  return `${reader.text(actions[spec.action])} ${what} (${spec.system})${total}`;
}

function moversText(movers: Movers, reader: Reader): string {
  switch (movers.kind) {
    case 'nobody':
      return reader.text(waitMessages.nobody);
    case 'operator':
      return reader.text(texts.operatorMoves);
    case 'person':
      return person(movers.name);
    default:
      return movers.accounts.length > 0
        ? movers.accounts.map(person).join(', ')
        : reader.text(texts.rolesMove, { roles: movers.roles.join(', ') });
  }
}

/** The commands with which whoever can move it would do so. */
function nextSteps(request: Request, allocations: Why['allocations'], movers: Movers): string[] {
  const name = request.status?.serial ?? request.metadata.name;
  const waiting = (state: string) =>
    allocations.filter(({ status }) => status?.state === state).map(({ metadata }) => metadata.name);
  switch (movers.kind) {
    case 'person':
      if (request.status?.state === 'PendingAcceptance') {
        return waiting('PendingAcceptance').map((it) => `govcloud allocation accept ${it}`);
      }
      return request.spec.submission === 0
        ? [`govcloud request submit ${name}`]
        : [
            `govcloud request edit ${name}`,
            `govcloud request submit ${name}`,
            `govcloud request withdraw ${name}`,
          ];
    case 'reviewers':
      return [`govcloud review approve|return|reject ${name}`];
    case 'deliver':
      return allocations
        .filter(
          ({ spec, status }) =>
            status?.conditions?.some(({ reason }) => reason === 'WorkOrderOpen') ||
            (spec.fulfilment === 'manual' && status?.state === 'PendingProvisioning'),
        )
        .map(({ metadata }) => `govcloud allocation deliver ${metadata.name} --evidence FILE`);
    case 'erase':
      return allocations.map(({ metadata }) => `govcloud allocation erase ${metadata.name} --comment "…"`);
    case 'nobody':
      return ['Rejected', 'Withdrawn'].includes(request.status?.phase ?? '')
        ? ['govcloud request create']
        : allocations
            .filter((it) => !it.spec.released && !isOver(it))
            .map(({ metadata }) => `govcloud request resize|renew|release ${metadata.name}`);
    default:
      return [];
  }
}

/** One line of a watch: when, what state, whom it waits for. */
export function watchLine(request: Request, reader: Reader): string {
  const { status, metadata } = request;
  const time = cityTime(new Date().toISOString());
  const waits = status?.waitsFor === undefined ? '' : `→ ${reader.pick(status.waitsFor)}`;
  return [time, status?.serial ?? metadata.name, stateOf(request, reader), waits].join('  ').trimEnd();
}
