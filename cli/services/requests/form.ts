import type {
  Allocation,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  ResourceRequest,
} from '../../../api/v1alpha1/index.ts';
import type { FormReading } from '../../../domain/office/request.ts';
import { errorMessages } from '../../../messages/errors.ts';
import { renderBoth } from '../../../messages/index.ts';
import { accountOf } from '../../accounts.ts';
import { CliError, RefusedError } from '../../errors.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { isWorkbook, readSheet } from '../sheet.ts';
import { newRequest } from './draft.ts';
import { namedLines } from './lines.ts';

/** A request as its form says it, and what of the form was not read. */
export interface FormDraft extends Pick<FormReading, 'skipped' | 'unread'> {
  readonly request: ResourceRequest;
}

/** Whether a file is a unit’s form and no manifest: a workbook, or a table by its name. */
export function isForm(file: string, content: Buffer): boolean {
  return isWorkbook(content) || /\.(?:csv|xlsx?|et)$/i.test(file);
}

/**
 * The request that a unit’s form asks for, in the namespace of the unit that it names. Nothing is sent.
 * @param namespaceFlag what `-n` says; undefined: nothing
 * @throws RefusedError with every bad cell, CliError E_MANIFEST_NAMESPACE, E_IMPORT_FORM, E_IMPORT_SIZE, E_IMPORT_ENCODING
 */
export async function draftOfForm(
  hub: Hub,
  file: string,
  content: Buffer,
  submit: boolean,
  namespaceFlag: string | undefined,
): Promise<FormDraft> {
  const { sheet } = await readSheet(file, content);
  const [{ namespaceOf }, { organizationOfForm, readRequestForm }, { stockLookup }] = await Promise.all([
    import('../../../api/v1alpha1/index.ts'),
    import('../../../domain/office/request.ts'),
    import('../../../domain/office/stock.ts'),
  ]);
  const [organizations, items, clusters, requester] = await Promise.all([
    hub.list<Organization>(kinds.organizations),
    hub.list<CatalogItem>(kinds.catalogItems),
    hub.list<MemberCluster>(kinds.memberClusters),
    hub.whoAmI(),
  ]);
  const names = stockLookup([], items, clusters, organizations);
  const code = organizationOfForm(sheet, names.organizations);
  const namespace = code === undefined ? undefined : namespaceOf(code);
  if (namespaceFlag !== undefined && namespace !== undefined && namespace !== namespaceFlag)
    throw new CliError('E_MANIFEST_NAMESPACE', { given: namespace, namespace: namespaceFlag });
  const here = hub.in(namespace);
  const [systems, projects, allocations] =
    namespace === undefined
      ? [[], [], []]
      : await Promise.all([
          here.list<InformationSystem>(kinds.informationSystems),
          here.list<Project>(kinds.projects),
          here.list<Allocation>(kinds.allocations),
        ]);
  const had = allocations.flatMap(({ metadata, spec }) =>
    spec.released ? [] : [{ name: metadata.name, serial: spec.request.serial, system: spec.system }],
  );
  const lookup = {
    ...stockLookup(systems, items, clusters, organizations),
    projects,
    allocations: had,
    xinchuang: new Set(systems.flatMap(({ metadata, spec }) => (spec.xinchuang ? metadata.name : []))),
  };
  const { form, problems, skipped, unread } = readRequestForm(sheet, lookup);
  const system = systems.find(({ metadata }) => metadata.name === form?.system);
  if (!form || !system || namespace === undefined) {
    throw new RefusedError(
      problems.map(({ code: fault, params, where }) => ({
        code: fault,
        message: renderBoth(errorMessages[fault], params),
        where,
      })),
    );
  }
  const { unit, person, phone, reviewer, account, arch, project, zone, until, reason } = form;
  const { recoveryOf, apartFrom } = form;
  const request = newRequest(namespace, {
    requester,
    applicant: {
      unit,
      person,
      phone,
      reviewer,
      ...(account === undefined ? {} : { account: accountOf(account) }),
    },
    action: 'Provision',
    system: form.system,
    mlps: system.spec.mlps.level,
    project,
    zone,
    ...(arch === undefined ? {} : { arch }),
    ...(recoveryOf.length === 0 ? {} : { recoveryOf: [...recoveryOf] }),
    ...(apartFrom.length === 0 ? {} : { apartFrom: [...apartFrom] }),
    lines: namedLines(form.lines),
    until,
    reason,
    submission: submit ? 1 : 0,
  });
  return { request, skipped, unread };
}
