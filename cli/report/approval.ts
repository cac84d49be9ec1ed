import type { HeldAccount, HeldDecision } from '../../api/reports/index.ts';
import { RESOURCES } from '../../domain/quantity.ts';
import { approvalForm } from '../../messages/approval-form.ts';
import { actions, columns, fundings, labels, texts, verdicts } from '../../messages/cli-views.ts';
import type { Message, MessageParams } from '../../messages/index.ts';
import { stepMessages } from '../../messages/states.ts';
import { cityTime, printedYuan, quantity } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import type { Column } from '../output/table.ts';
import type { Approval } from '../services/requests/approval.ts';
import { amounts, person } from '../views/common.ts';
import { effectColumns, targetText } from '../views/requests.ts';
import {
  columnsTable,
  type Field,
  fieldTable,
  FORM_STYLE,
  listTable,
  opinionList,
  specification,
  stampPlace,
} from './form.ts';
import { pageOf } from './html.ts';
import { html, type Markup } from './markup.ts';

/** A step by its name in the city’s words. */
function stepText(step: string, reader: Reader): string {
  return Object.hasOwn(stepMessages, step)
    ? reader.text(stepMessages[step as keyof typeof stepMessages])
    : step;
}

/** The approval form (审批表) of a request: who asks for what, money, quotas, and a box for the opinion of each step. */
export function approvalPage(approval: Approval, reader: Reader): string {
  const { request, decisions } = approval;
  const { spec, status } = request;
  const said = (message: Message, params: MessageParams = {}) => reader.text(message, params);
  const head = [
    status?.serial === undefined
      ? request.metadata.name
      : said(approvalForm.serial, { serial: status.serial }),
    spec.submission === 0
      ? said(approvalForm.draft)
      : said(approvalForm.submission, { count: spec.submission }),
    ...(status?.state === undefined ? [] : [reader.state(status.state)]),
    said(approvalForm.printed, { time: cityTime(reader.now) }),
  ].join(' · ');
  const remarks = [
    ...(decisions === undefined ? [said(approvalForm.booksSilent)] : []),
    said(approvalForm.source),
  ].map((it) => html`<li>${it}</li>`);
  const body = html`<main><h1>${said(approvalForm.title)}</h1><p class="sub">${head}</p>
${fieldTable(whoAndWhat(approval, reader), [[reader.text(labels.reason), spec.reason]])}
${linesPart(approval, reader)}
${moneyPart(approval, reader)}
${quotaPart(approval, reader)}
${opinionsPart(approval, reader)}
<ul class="remarks">${remarks}</ul></main>`;
  return pageOf(
    reader,
    `${said(approvalForm.title)} ${status?.serial ?? request.metadata.name}`,
    body,
    FORM_STYLE,
  );
}

function whoAndWhat({ request, system, project }: Approval, reader: Reader): readonly Field[] {
  const { spec } = request;
  const { applicant } = spec;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const account = applicant.account === undefined ? '' : ` (${person(applicant.account)})`;
  const name = system ? `${reader.title(system.spec.name)} (${spec.system})` : spec.system;
  return [
    [label('applicant'), applicant.unit],
    [label('unitReviewer'), applicant.reviewer],
    [reader.text(approvalForm.person), `${applicant.person}${account}`],
    [reader.text(approvalForm.phone), applicant.phone],
    [label('requester'), person(spec.requester)],
    [label('action'), reader.text(actions[spec.action])],
    [label('system'), `${name} ${reader.text(texts.mlps, { level: spec.mlps })}`],
    [label('project'), project ? `${reader.title(project.spec.title)} (${spec.project})` : spec.project],
    [label('approvalNumber'), project?.spec.approvalNumber],
    [label('funding'), project && reader.text(fundings[project.spec.funding])],
    [label('place'), [spec.zone, spec.arch ?? reader.text(texts.anyArch)].join(' / ')],
    [label('until'), spec.until],
    [label('target'), targetText(spec)],
  ];
}

function linesPart({ request, items }: Approval, reader: Reader): Markup | string {
  const { spec, status } = request;
  if (spec.lines.length === 0) return '';
  const rows = spec.lines.map((line) => {
    const item = items.find(({ metadata }) => metadata.name === line.item);
    const quoted = status?.quote?.lines.find(({ name }) => name === line.name);
    return [
      item ? `${reader.title(item.spec.title)} (${line.item})` : line.item,
      specification(line.parameters, item, reader),
      `${line.quantity} ${item ? reader.title(item.spec.unit) : ''}`.trim(),
      quoted ? printedYuan(quoted.monthlyFen, reader.language) : '–',
    ];
  });
  const heads = [columns.item, columns.parameters, columns.quantity, columns.monthly];
  return html`<h2>${reader.text(approvalForm.lines)}</h2>${listTable(
    heads.map((it) => reader.text(it)),
    rows,
  )}`;
}

function moneyPart({ request, money }: Approval, reader: Reader): Markup | string {
  const quote = request.status?.quote;
  if (!quote && !money) return '';
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const fen = (value: bigint) => printedYuan(value, reader.language);
  const left = money && money.budget.minus(money.committed).minus(money.pending).minus(money.asked);
  const over = left?.isNegative() ? ` ${reader.text(texts.overBudget)}` : '';
  return html`<h2>${reader.text(approvalForm.money)}</h2>${fieldTable([
    [label('monthly'), quote && fen(BigInt(quote.monthlyFen))],
    [label('total'), quote && amounts(quote.total, reader)],
    [label('pool'), quote?.pool && `${quote.pool} (${quote.zone} / ${quote.arch})`],
    [label('thisRequest'), money && fen(money.asked.value)],
    [label('budget'), money && fen(money.budget.value)],
    [label('committed'), money && fen(money.committed.value)],
    [label('underWay'), money && fen(money.pending.value)],
    [label('leftOfBudget'), left && fen(left.value) + over],
  ])}`;
}

function quotaPart({ effects, held }: Approval, reader: Reader): Markup | string {
  if (effects.length > 0)
    return html`<h2>${reader.text(approvalForm.quota)}</h2>${columnsTable(effectColumns, effects, reader)}`;
  const rows = held.flatMap((account) =>
    RESOURCES.flatMap((resource) =>
      account.pending[resource] === '0' && account.posted[resource] === '0' ? [] : [{ account, resource }],
    ),
  );
  if (rows.length === 0) return '';
  return html`<h2>${reader.text(approvalForm.held)}</h2>${columnsTable(heldColumns, rows, reader)}`;
}

interface HeldRow {
  readonly account: HeldAccount;
  readonly resource: (typeof RESOURCES)[number];
}

const heldColumns: readonly Column<HeldRow>[] = [
  {
    header: columns.account,
    value: ({ account }, reader) => `${reader.text(texts[account.holderKind])} ${account.holder}`,
  },
  { header: columns.place, value: ({ account }) => `${account.zone}/${account.arch}` },
  { header: columns.resource, value: ({ resource }, reader) => reader.text(columns[resource]) },
  {
    header: columns.pending,
    value: ({ account, resource }) => quantity(resource, account.pending[resource]),
    align: 'right',
  },
  {
    header: columns.posted,
    value: ({ account, resource }) => quantity(resource, account.posted[resource]),
    align: 'right',
  },
];

/** The unit’s own box, then one a step: what counts of the present ticket, and room for a stamp. */
function opinionsPart({ request, decisions = [] }: Approval, reader: Reader): Markup {
  const { spec, status } = request;
  const { attachment } = spec;
  const { ticket, uncounted = [] } = status?.review ?? {};
  const present = decisions.filter((it) => it.ticket === ticket && !uncounted.includes(it.position));
  const counted = new Set(present.map(({ position }) => position));
  const others = decisions.filter((it) => !it.carried && !counted.has(it.position));
  const own = html`<div class="opinion"><h3>${reader.text(approvalForm.unitOpinion)}</h3>
${attachment ? html`<p>${reader.text(approvalForm.stampedForm, { name: attachment.name, digest: attachment.sm3 })}</p>` : ''}
${stampPlace(reader)}</div>`;
  const steps = status?.quote?.steps ?? [];
  const boxes = steps.map(({ name, approvals }) => {
    const here = present.filter(({ step }) => step === name).map((it) => opinion(it, reader));
    const needed = approvals > 1 ? ` · ${reader.text(approvalForm.needed, { count: approvals })}` : '';
    const heading = reader.text(approvalForm.opinion, { step: stepText(name, reader) });
    return html`<div class="opinion"><h3>${heading}${needed}</h3>${here.length > 0 ? here : stampPlace(reader)}</div>`;
  });
  const apart = others.map((it) => opinion(it, reader, true));
  return html`<h2>${reader.text(approvalForm.opinions)}</h2>${own}
${steps.length === 0 ? html`<p class="none">${reader.text(approvalForm.noFlow)}</p>` : boxes}
${apart.length === 0 ? '' : html`<div class="opinion"><h3>${reader.text(approvalForm.uncounted)}</h3>${apart}</div>`}`;
}

function opinion(it: HeldDecision, reader: Reader, named = false): Markup {
  const { step, verdict, comment, reviewer, onBehalfOf, decidedAt, returnTo, carried } = it;
  const who =
    onBehalfOf === undefined
      ? person(reviewer)
      : reader.text(texts.onBehalfOf, { standin: person(reviewer), reviewer: person(onBehalfOf) });
  const to =
    returnTo === undefined
      ? ''
      : ` ${reader.text(approvalForm.returnedTo, { step: stepText(returnTo, reader) })}`;
  const fields: readonly (readonly [Message, string])[] = [
    [
      approvalForm.verdict,
      [
        ...(named ? [stepText(step, reader)] : []),
        `${reader.text(verdicts[verdict as keyof typeof verdicts])}${to}`,
        ...(carried ? [`(${reader.text(approvalForm.carried)})`] : []),
      ].join(' '),
    ],
    [approvalForm.comment, comment || '–'],
    [approvalForm.unit, ''],
    [approvalForm.reviewer, who],
    [approvalForm.date, cityTime(decidedAt)],
  ];
  return opinionList(fields, reader);
}
