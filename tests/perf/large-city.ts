import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { namespaceOf, type StepName } from '../../api/v1alpha1/index.ts';
import { SMALL_CITY } from './city.ts';

/** An organisation of the large city that asks for something, and who decides on that. */
export interface Asker {
  readonly namespace: string;
  /** Id of the person who asks. */
  readonly requester: string;
  readonly place: { readonly system: string; readonly project: string; readonly mlps: number };
  readonly reviewers: readonly (readonly [step: StepName, person: string])[];
}

const CITY = '441500';
const LIMITS = { vcpu: '100000', memory: '400Ti', ssd: '1000Ti', hdd: '1000Ti' };
const INITIAL = ['initial', 'initial-reviewer'] as const;
const TECHNICAL = ['technical', 'technical-reviewer'] as const;
const APPROVAL = ['approval', 'approver'] as const;

/**
 * Writes the small city with so many departments more, each with a system, a project, a quota and a person of its own.
 * Every second one passes the large flow, the others the small one.
 */
export function writeLargeCity(dir: string, departments: number): readonly Asker[] {
  cpSync(SMALL_CITY, dir, { recursive: true });
  const askers = Array.from({ length: departments }, (_, index): Asker & { code: string } => {
    const id = String(index + 1).padStart(2, '0');
    const code = `${CITY}-d${id}`;
    const mlps = index % 2 === 0 ? 3 : 2;
    return {
      code,
      namespace: namespaceOf(code),
      requester: `d${id}-ops`,
      place: { system: 'xitong', project: 'xiangmu', mlps },
      reviewers: mlps === 3 ? [INITIAL, TECHNICAL, APPROVAL] : [INITIAL, APPROVAL],
    };
  });
  const add = (file: string, kind: string, of: (asker: (typeof askers)[number]) => object) =>
    appendFileSync(
      join(dir, file),
      askers.map((it) => `---\n${dump({ apiVersion: 'govcloud.dev/v1alpha1', kind, ...of(it) })}`).join(''),
    );
  add('organizations/all.yaml', 'Organization', ({ code }) => ({
    metadata: { name: code },
    spec: {
      name: { zh: `局${code}`, en: `Bureau ${code}` },
      type: 'department',
      parents: [{ code: CITY, from: '2019-01-01' }],
      budgetUnit: true,
    },
  }));
  add('quotas.yaml', 'Quota', ({ code }) => ({
    metadata: { name: code, namespace: namespaceOf(CITY) },
    spec: { child: { organization: code }, limits: LIMITS, basis: '测试' },
  }));
  add('systems/all.yaml', 'InformationSystem', ({ namespace, place }) => ({
    metadata: { name: place.system, namespace },
    spec: {
      name: { zh: '系统', en: 'System' },
      classified: false,
      level: 'city',
      mlps: { level: place.mlps },
      dataClass: 'internal',
      targetUsers: 1000,
      platform: {},
      disasterRecoveryGrade: 2,
      hosting: 'city-cloud',
      contact: { person: '联系人', phone: '0660-0000000' },
    },
  }));
  add('projects.yaml', 'Project', ({ namespace, place }) => ({
    metadata: { name: place.project, namespace },
    spec: {
      title: { zh: '项目', en: 'Project' },
      approvalNumber: '测试',
      funding: 'city-finance',
      budgetFen: 200_000_000,
      from: '2021-01-01',
      systems: [place.system],
    },
  }));
  const people = askers.map(({ code, requester }) => ({
    id: requester,
    name: { zh: requester, en: requester },
    title: { zh: '信息科', en: 'Bureau ops' },
    bindings: [{ role: 'govcloud-department-ops', at: { organizations: [code] } }],
  }));
  // The file ends in its list of people.
  appendFileSync(join(dir, 'people.yaml'), dump(people, { indent: 2 }).replaceAll(/^/gm, '  ').trimEnd());
  return askers;
}
