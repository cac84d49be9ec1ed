import type { Allocation, Handover } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { acceptanceForm } from '../../messages/acceptance-form.ts';
import { approvalForm } from '../../messages/approval-form.ts';
import { actions, handovers, labels, texts } from '../../messages/cli-views.ts';
import type { Message, MessageParams } from '../../messages/index.ts';
import { cityTime, printedYuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import type { Acceptance } from '../services/acceptance.ts';
import { amounts, person } from '../views/common.ts';
import {
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

/** What is looked at when something is delivered, of an allocation’s conditions. */
const CHECKS = ['MemberReachable', 'Ready', 'InSync', 'Delivered'] as const;

/**
 * The acceptance form (验收单) of what was delivered: what was asked for and given, its trial, what was checked, and a box for
 * each of both sides.
 */
export function acceptancePage(acceptance: Acceptance, reader: Reader): string {
  const { allocation, request } = acceptance;
  const { metadata, spec, status } = allocation;
  const said = (message: Message, params: MessageParams = {}) => reader.text(message, params);
  const head = [
    spec.basis ?? said(approvalForm.serial, { serial: spec.request.serial }),
    ...(status?.state === undefined ? [] : [reader.state(status.state)]),
    said(acceptanceForm.revision, { revision: spec.contentRevision }),
    said(approvalForm.printed, { time: cityTime(reader.now) }),
  ].join(' · ');
  const remarks = [
    ...(spec.adopted ? [said(acceptanceForm.stock)] : request ? [] : [said(acceptanceForm.requestUnseen)]),
    said(acceptanceForm.source),
  ].map((it) => html`<li>${it}</li>`);
  const body = html`<main><h1>${said(acceptanceForm.title)}</h1><p class="sub">${head}</p>
${fieldTable(whose(acceptance, reader), [[reader.text(labels.reason), request?.spec.reason]])}
<h2>${said(acceptanceForm.given)}</h2>${givenPart(acceptance, reader)}
${outputsPart(allocation, reader)}
<h2>${said(acceptanceForm.trial)}</h2>${trialPart(allocation, reader)}
${checksPart(allocation, reader)}
${opinionsPart(acceptance, reader)}
<ul class="remarks">${remarks}</ul></main>`;
  return pageOf(reader, `${said(acceptanceForm.title)} ${metadata.name}`, body, FORM_STYLE);
}

function whose(acceptance: Acceptance, reader: Reader): readonly Field[] {
  const { allocation, system, project, request } = acceptance;
  const { metadata, spec } = allocation;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const { applicant, action } = request?.spec ?? {};
  return [
    [reader.text(acceptanceForm.unit), unitOf(acceptance, reader)],
    [reader.text(approvalForm.person), applicant?.person],
    [reader.text(approvalForm.phone), applicant?.phone],
    [label('system'), system ? `${reader.title(system.spec.name)} (${spec.system})` : spec.system],
    [label('project'), project ? `${reader.title(project.spec.title)} (${spec.project})` : spec.project],
    [label('approvalNumber'), project?.spec.approvalNumber],
    [label('action'), action && reader.text(actions[action])],
    [label('allocation'), metadata.name],
    [label('monthly'), printedYuan(spec.monthlyFen, reader.language)],
  ];
}

function unitOf({ allocation, organization, request }: Acceptance, reader: Reader): string {
  const name = organization && reader.title(organization.spec.name);
  return name ?? request?.spec.applicant.unit ?? allocation.spec.organization;
}

/** What was asked for beside what is there. */
function givenPart({ allocation, item, request, line }: Acceptance, reader: Reader): Markup {
  const { spec, status } = allocation;
  const count = (quantity: number) => `${quantity} ${item ? reader.title(item.spec.unit) : ''}`.trim();
  const service = (name: string) =>
    item && name === spec.item ? `${reader.title(item.spec.title)} (${name})` : name;
  const until = (day: string | undefined) => day ?? reader.text(texts.noTerm);
  const asked = request?.spec;
  const rows: readonly (readonly [Message, string | undefined, string | undefined])[] = [
    [labels.item, line && service(line.item), service(spec.item)],
    [acceptanceForm.itemVersion, undefined, spec.itemVersion],
    [
      acceptanceForm.size,
      line && specification(line.parameters, item, reader),
      specification(spec.parameters, item, reader),
    ],
    [acceptanceForm.quantity, line && count(line.quantity), count(spec.quantity)],
    [labels.total, undefined, amounts(spec.consumes, reader)],
    [
      labels.place,
      asked && [asked.zone, asked.arch ?? reader.text(texts.anyArch)].join(' / '),
      [spec.zone, spec.arch].join(' / '),
    ],
    [labels.pool, undefined, spec.pool],
    [
      labels.cluster,
      undefined,
      [spec.cluster, status?.namespace].filter((it) => it !== undefined).join(' / '),
    ],
    [labels.term, asked?.until, `${spec.from} → ${until(spec.until)}`],
  ];
  return listTable(
    ['', reader.text(acceptanceForm.asked), reader.text(acceptanceForm.delivered)],
    rows.map(([label, wanted, given]) => [reader.text(label), wanted ?? '–', given ?? '–']),
  );
}

/** Addresses and users; passwords are nowhere in a status. */
function outputsPart({ status }: Allocation, reader: Reader): Markup | string {
  const outputs = status?.outputs ?? [];
  const hint =
    status?.credentialsSecret === undefined ? '' : html`<p>${reader.text(acceptanceForm.credentials)}</p>`;
  if (outputs.length === 0) return hint;
  const rows = outputs.map(({ title, value }): Field => [reader.pick(title), value]);
  return html`<h2>${reader.text(acceptanceForm.outputs)}</h2>${fieldTable([], rows)}${hint}`;
}

function trialPart({ status }: Allocation, reader: Reader): Markup {
  return fieldTable(
    status?.trialUntil === undefined
      ? [[reader.text(acceptanceForm.trial), reader.text(acceptanceForm.noTrial)]]
      : [
          [reader.text(acceptanceForm.trialFrom), dayOf(deliveredAt(status))],
          [reader.text(acceptanceForm.trialUntil), status.trialUntil],
        ],
  );
}

function checksPart({ status }: Allocation, reader: Reader): Markup | string {
  const rows = CHECKS.flatMap((type) => {
    const it = status?.conditions?.find((condition) => condition.type === type);
    if (!it) return [];
    return [
      [
        reader.text(acceptanceForm[type]),
        reader.text(acceptanceForm[it.status]),
        reader.pick(it.message),
        cityTime(it.lastTransitionTime),
      ],
    ];
  });
  if (rows.length === 0) return '';
  const heads = [acceptanceForm.check, acceptanceForm.result, acceptanceForm.note, acceptanceForm.since];
  return html`<h2>${reader.text(acceptanceForm.checks)}</h2>${listTable(
    heads.map((it) => reader.text(it)),
    rows,
  )}`;
}

/** The box of whoever gave it, and the box of whoever is to accept it: what the system has is filled in, the rest is signed. */
function opinionsPart(acceptance: Acceptance, reader: Reader): Markup {
  const { spec, status } = acceptance.allocation;
  const given = lastOf(acceptance.allocation, 'deliver');
  const at = deliveredAt(status);
  const by = (it: Handover, unit: string, date: string): readonly (readonly [Message, string])[] => [
    [approvalForm.comment, it.comment ?? '–'],
    [approvalForm.unit, unit],
    [acceptanceForm.person, person(it.by)],
    [approvalForm.date, date],
  ];
  const operators = given
    ? opinionList(
        [[acceptanceForm.evidence, given.evidence ?? '–'], ...by(given, '', at ? cityTime(at) : '')],
        reader,
      )
    : html`${spec.adopted || !at ? '' : html`<p>${reader.text(acceptanceForm.byItself, { time: cityTime(at) })}</p>`}${stampPlace(reader, acceptanceForm.person)}`;
  const verdict = verdictOf(acceptance.allocation);
  const accepted = status?.acceptedAt === undefined ? '' : cityTime(status.acceptedAt);
  const units = verdict
    ? opinionList(
        [
          [approvalForm.verdict, reader.text(handovers[verdict.action])],
          ...by(verdict, unitOf(acceptance, reader), verdict.action === 'accept' ? accepted : ''),
        ],
        reader,
      )
    : stampPlace(reader, acceptanceForm.person);
  return html`<h2>${reader.text(acceptanceForm.opinions)}</h2>
<div class="opinion"><h3>${reader.text(acceptanceForm.operatorOpinion)}</h3>${operators}</div>
<div class="opinion"><h3>${reader.text(acceptanceForm.unitOpinion)}</h3>${units}</div>`;
}

/** Whether it was accepted or refused is what the operator says; who did so is what they wrote. */
function verdictOf(allocation: Allocation): Handover | undefined {
  const { reason } = allocation.status?.conditions?.find(({ type }) => type === 'Accepted') ?? {};
  if (reason !== 'Accepted' && reason !== 'Refused') return undefined;
  return lastOf(allocation, reason === 'Accepted' ? 'accept' : 'refuse');
}

function lastOf({ status }: Allocation, action: Handover['action']): Handover | undefined {
  return status?.handovers?.findLast((it) => it.action === action);
}

function deliveredAt(status: Allocation['status']): string | undefined {
  return status?.conditions?.find(({ type, status: is }) => type === 'Delivered' && is === 'True')
    ?.lastTransitionTime;
}

function dayOf(instant: string | undefined): string | undefined {
  return instant === undefined ? undefined : cityDay(instant);
}
