import { namespaceOf, codeOf, type Organization } from '../../api/v1alpha1/index.ts';
import { verifyAudit } from '../../books/audit.ts';
import { type Books, migrationState, onSnapshot } from '../../books/database.ts';
import { readAudit, readBalances } from '../../books/reports.ts';
import { readClosedRequests, readRequestHolds, readTime } from '../../books/reports-requests.ts';
import { verifyBooks } from '../../books/verify.ts';
import type { HeldDocument } from '../../domain/approval/ticket.ts';
import { cityDay } from '../../domain/calendar.ts';
import { GovError } from '../../domain/errors.ts';
import { Amount, formatQuantity, RESOURCES, unitOf } from '../../domain/quantity.ts';
import { chainOf, scopePath } from '../../domain/quota/accounts.ts';
import { type AccountKey, type Balance, freeOf } from '../../domain/quota/fit.ts';
import { partsFrom, settingQuotas } from '../../domain/quota/parts.ts';
import { booksFindings } from '../../messages/books.ts';
import { renderBoth } from '../../messages/index.ts';
import type {
  Amounts,
  AuditRecord,
  Balances,
  Capacity,
  ClosedRequest,
  HeldAccount,
  Hold,
  QuotaBalance,
  ReportItem,
  Server,
  Verification,
} from '../../api/reports/index.ts';
import { shownCredentials } from '../vitals.ts';
import { usageadvice } from './advice.ts';
import { invalid, isNumber } from './parameters.ts';
import { cityreports, organizationreports } from './made.ts';
import { Refusal } from './refusal.ts';
import {
  type Column,
  column,
  defineReport,
  named,
  nameColumn,
  type Query,
  type ReportResource,
} from './resource.ts';
import { usage } from './usage.ts';

/** Left over and limit of each resource, then what is granted and held. */
function balanceColumns(): readonly Column<Balances & ReportItem>[] {
  const titles = { vcpu: 'vCPU', memory: 'Memory', ssd: 'SSD', hdd: 'HDD' };
  return RESOURCES.flatMap((resource) => [
    column(`${titles[resource]}-Free`, `可用 / free ${resource}`, (item) => item.free[resource]),
    column(titles[resource], `限额 / limit of ${resource}`, (item) => item.hard[resource]),
    column(`${titles[resource]}-Posted`, `已用 / granted ${resource}`, (item) => item.posted[resource], {
      wide: true,
    }),
    column(`${titles[resource]}-Pending`, `已占 / held ${resource}`, (item) => item.pending[resource], {
      wide: true,
    }),
  ]);
}

const capacity = defineReport('capacity', {
  singular: 'capacity',
  kind: 'Capacity',
  namespaced: false,
  columns: [
    nameColumn,
    column('Zone', '网络区 / zone', (item) => item.zone),
    column('Arch', '处理器架构 / CPU architecture', (item) => item.arch),
    ...balanceColumns(),
  ],
  read: async (sources, query) => {
    const { balances, asOf } = await balancesOf(sources.books, query, ['pool']);
    const { scopes, ...page } = pageOf(byScope(balances), query);
    const items = scopes.map(([{ holder, zone, arch }, scope]): Capacity => {
      return { metadata: { name: holder }, pool: holder, zone, arch, ...balancesByResource(scope) };
    });
    return { items: named(items, query), asOf, ...page };
  },
});

const quotas = defineReport('quotas', {
  singular: 'quotabalance',
  kind: 'QuotaBalance',
  namespaced: true,
  columns: [
    nameColumn,
    column('Zone', '网络区，* 为全部 / zone, * for all', (item) => item.zone),
    column('Arch', '处理器架构，* 为全部 / CPU architecture, * for all', (item) => item.arch),
    ...balanceColumns(),
  ],
  read: async ({ books, registry }, query) => {
    const { balances, asOf, isNow } = await balancesOf(books, query, ['organisation', 'system']);
    const isShown =
      query.namespace === undefined ? () => true : inView(registry.organizations(), query.namespace, asOf);
    const { scopes, ...page } = pageOf(
      byScope(balances).filter(([scope]) => isShown(scope)),
      query,
    );
    // What quotas say is known as it is now, and not as it was.
    const setting = isNow ? settingQuotas(registry.quotas()) : undefined;
    const items = scopes.map(([{ holderKind, holder, zone, arch }, scope]): QuotaBalance => {
      if (holderKind === 'pool') throw new Error(`pool ${holder} among quotas`);
      const namespace = query.namespace ?? namespaceOf(organizationOf(holder));
      const metadata = { name: quotaName({ holderKind, holder, zone, arch }), namespace };
      const balances = balancesByResource(scope);
      const of = setting?.get(scopePath({ holderKind, holder, zone, arch }));
      const said = of ? { soft: of.quota.status?.soft, parts: partsFrom(of, cityDay(asOf)) } : {};
      return { metadata, holderKind, holder, zone, arch, ...balances, ...said };
    });
    return { items: named(items, query), asOf, ...page };
  },
});

/** Whose accounts an organisation sees: its own, its systems', and those of every organisation above it. */
function inView(
  organizations: ReadonlyMap<string, Organization>,
  namespace: string,
  asOf: string,
): (account: Scope) => boolean {
  const code = codeOf(namespace);
  if (code === undefined || !organizations.has(code)) return () => false;
  let above: ReadonlySet<string>;
  try {
    const chain = chainOf(organizations, code, cityDay(asOf));
    above = new Set(chain.map((organization) => organization.metadata.name));
  } catch (error) {
    if (error instanceof GovError) throw new Refusal('E_REPORT_TREE', { detail: error.message });
    throw error;
  }
  return ({ holderKind, holder }) =>
    holderKind === 'organisation' ? above.has(holder) : organizationOf(holder) === code;
}

function organizationOf(holder: string): string {
  return holder.split('/', 1)[0] as string;
}

/** A name that no other account scope has: its parts are DNS labels, which hold no dot. */
function quotaName({ holderKind, holder, zone, arch }: Scope): string {
  const parts = [holderKind, ...holder.split('/')];
  if (zone !== '*') parts.push('zone', zone);
  if (arch !== '*') parts.push('arch', arch);
  return parts.join('.');
}

const holds = defineReport('holds', {
  singular: 'hold',
  kind: 'Hold',
  namespaced: true,
  columns: [
    nameColumn,
    column('Serial', '受理编号 / serial number', (item) => item.serial ?? ''),
    column('Request', '申请 / request', (item) => item.requestName ?? ''),
    column('State', '状态 / state', (item) => item.state),
    column('Generation', '申请的版本 / generation of the request', (item) => item.generation, {
      type: 'integer',
    }),
    column('Expires', '到期 / when a pending hold expires', (item) => item.expiresAt ?? '', { type: 'date' }),
    column('Created', '记账时间 / when it was taken', (item) => item.createdAt, { type: 'date' }),
    column('Ticket', '审批票据 / ticket', (item) => item.ticket, { wide: true }),
  ],
  read: async ({ books }, { namespace, name, parameters }) => {
    if (name !== undefined && !isNumber(name)) return { items: [] };
    const requestUid = parameters.text('requestUid');
    const { states, continueAfter } = parameters;
    const page = await onSnapshot(books, (snapshot) =>
      readRequestHolds(snapshot, {
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { id: name }),
        ...(requestUid === undefined ? {} : { requestUid }),
        ...(states === undefined ? {} : { states }),
        ...(continueAfter === undefined ? {} : { after: continueAfter }),
        limit: parameters.limit,
      }),
    );
    const items = page.items.map((hold): Hold => {
      // Opening stock carries a row of a file instead.
      const { request, quote, spec, placement } = hold.document as unknown as Partial<HeldDocument>;
      const createdAt = hold.recordedAt.toISOString();
      return {
        metadata: {
          name: hold.id,
          ...(request ? { namespace: request.namespace } : {}),
          creationTimestamp: createdAt,
        },
        requestUid: hold.requestUid,
        ...(request ? { requestName: request.name, serial: request.serial } : {}),
        generation: hold.generation,
        attempt: hold.attempt,
        state: hold.state,
        ticket: hold.ticket,
        expiresAt: hold.expiresAt?.toISOString() ?? null,
        createdAt,
        accounts: heldAccounts(hold.lines),
        decisions: hold.decisions,
        document:
          quote && spec
            ? {
                quote: { monthlyFen: quote.monthlyFen },
                spec,
                ...(name === undefined || placement === undefined ? {} : { placement }),
              }
            : {},
      };
    });
    return { items, ...(page.next === undefined ? {} : { next: page.next }) };
  },
});

const auditrecords = defineReport('auditrecords', {
  singular: 'auditrecord',
  kind: 'AuditRecord',
  namespaced: false,
  columns: [
    nameColumn,
    column('At', '时间 / when', (item) => item.at, { type: 'date' }),
    column('Actor', '操作者 / who', (item) => item.actor),
    column('Action', '动作 / what', (item) => item.action),
    column('Subject', '对象 / about which object', (item) => item.subject),
    column('Hash', '链值 / link of the chain', (item) => item.hash, { wide: true }),
  ],
  read: async ({ books }, { name, parameters }) => {
    if (name !== undefined && !isNumber(name)) return { items: [] };
    const wanted = Object.entries({
      actor: parameters.text('actor'),
      action: parameters.text('action'),
      subject: parameters.text('subject'),
      from: parameters.from('from'),
      until: parameters.until('until'),
      after: name === undefined ? parameters.continueAfter : String(BigInt(name) - 1n),
    }).filter(([, value]) => value !== undefined);
    const limit = name === undefined ? parameters.limit : 1;
    const page = await onSnapshot(books, (snapshot) =>
      readAudit(snapshot, {
        ...Object.fromEntries(wanted),
        ...(name === undefined ? { newestFirst: parameters.newestFirst } : {}),
        limit,
      }),
    );
    const items = page.items.map((row): AuditRecord => {
      const at = row.at.toISOString();
      const { seq, actor, action, subject, body, hash } = row;
      const metadata = { name: seq, creationTimestamp: at };
      return { metadata, seq: Number(seq), at, actor, action, subject, body, hash };
    });
    if (name !== undefined) return { items: items.filter((item) => item.metadata.name === name) };
    return { items, ...(page.next === undefined ? {} : { next: page.next }) };
  },
});

const closedrequests = defineReport('closedrequests', {
  singular: 'closedrequest',
  kind: 'ClosedRequest',
  namespaced: true,
  columns: [
    nameColumn,
    column('Serial', '受理编号 / serial number', (item) => item.serial),
    column('Closed', '办结时间 / when it was closed', (item) => item.closedAt, { type: 'date' }),
    column('UID', '唯一标识 / uid', (item) => item.uid, { wide: true }),
  ],
  read: async ({ books }, { namespace, name, parameters }) => {
    const serial = parameters.text('serial');
    const token = parameters.text('continue');
    const page = await onSnapshot(books, (snapshot) =>
      readClosedRequests(snapshot, {
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
        ...(serial === undefined ? {} : { serial }),
        ...(token === undefined ? {} : { after: placeOf(token) }),
        limit: parameters.limit,
      }),
    );
    const items = page.items.map((row): ClosedRequest => {
      const { serial, uid, document } = row;
      const metadata = { name: row.name, namespace: row.namespace, uid };
      return { metadata, serial, uid, document, closedAt: row.closedAt.toISOString() };
    });
    const { next } = page;
    return { items, ...(next ? { next: `${next.closedAt.toISOString()}_${next.uid}` } : {}) };
  },
});

function placeOf(token: string): { closedAt: Date; uid: string } {
  const [, time, uid] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)_(.{1,64})$/.exec(token) ?? [];
  const closedAt = new Date(time ?? '');
  if (uid === undefined || Number.isNaN(closedAt.getTime())) throw invalid('continue', token, 'continue');
  return { closedAt, uid };
}

const verifications = defineReport('verifications', {
  singular: 'verification',
  kind: 'Verification',
  namespaced: false,
  columns: [
    nameColumn,
    column('OK', '是否一致 / whether all agrees', (item) => item.ok, { type: 'boolean' }),
    column('Count', '发现的问题数，或已核对的记录数 / findings, or records that hold', (item) => item.count, {
      type: 'integer',
    }),
    column('First-Bad', '第一处问题 / the first fault', (item) => {
      const finding = item.findings?.[0];
      if (finding) return `${finding.code} ${finding.where}`;
      return item.firstBad ? `${item.firstBad.seq} ${item.firstBad.fault}` : '';
    }),
    column('Checked', '核对时间 / when it was checked', (item) => item.checkedAt, { type: 'date' }),
  ],
  read: async ({ books, verifications: queue, verified: tell }, { name, parameters }) => {
    const { checkpoints } = parameters;
    const checks = {
      books: async () => {
        const findings = await verifyBooks(books);
        const shown = findings.map((finding) => {
          const { code, where, params } = finding;
          return { code, where, params, message: renderBoth(booksFindings[code], { where, ...params }) };
        });
        return { ok: findings.length === 0, count: findings.length, findings: shown };
      },
      audit: async () => {
        const verdict = await verifyAudit(books, checkpoints);
        if (!verdict.ok) {
          const { seq, fault } = verdict;
          return { ok: false, count: Math.max(0, Number(seq) - 1), firstBad: { seq: Number(seq), fault } };
        }
        const { seq, hash } = verdict.head;
        return { ok: true, count: Number(verdict.rows), head: { seq: Number(seq), hash } };
      },
    };
    const items: Verification[] = [];
    for (const checkName of ['books', 'audit'] as const) {
      if (name !== undefined && name !== checkName) continue;
      const passes = checkName === 'audit' ? checkpoints.map(({ seq, hash }) => `${seq}:${hash}`) : [];
      const key = [checkName, ...passes].join(' ');
      const verified = await queue.run(key, async () => {
        const checkedAt = (await readTime(books)).toISOString();
        const outcome = await checks[checkName]();
        tell(checkName, outcome.ok);
        return { ...outcome, checkedAt };
      });
      items.push({ metadata: { name: checkName }, ...verified });
    }
    return { items };
  },
});

const servers = defineReport('servers', {
  singular: 'server',
  kind: 'Server',
  namespaced: false,
  columns: [
    nameColumn,
    column(
      'Credentials-Until',
      '最先到期的令牌或证书的到期时间 / when the first of its tokens and certificates ends',
      (item) => item.credentials.map(({ until }) => until).sort()[0] ?? '',
    ),
    column(
      'Pending',
      '尚未执行的迁移 / migrations that were not run',
      (item) => item.migrations.pending.length,
      {
        type: 'integer',
      },
    ),
  ],
  read: async ({ books, lifetimes }, query) => {
    const [shown, migrations] = await Promise.all([lifetimes(), migrationState(books)]);
    const server: Server = {
      metadata: { name: 'reports' },
      credentials: shownCredentials(shown),
      migrations,
    };
    return { items: named([server], query) };
  },
});

/** All resources of the API, by their name in the path. */
export const reportResources: ReadonlyMap<string, ReportResource> = new Map(
  [
    capacity,
    quotas,
    cityreports,
    organizationreports,
    holds,
    auditrecords,
    closedrequests,
    usage,
    usageadvice,
    servers,
    verifications,
  ].map((it) => [it.name, it]),
);

type Scope = Omit<AccountKey, 'resource'>;

/** Balances, and the moment that they are of, on one snapshot. */
async function balancesOf(
  books: Books,
  { parameters }: Query,
  holderKinds: readonly AccountKey['holderKind'][],
): Promise<{ readonly balances: readonly Balance[]; readonly asOf: string; readonly isNow: boolean }> {
  return onSnapshot(books, async (snapshot) => {
    const now = await readTime(snapshot);
    const past = parameters.pastMoment('asOf', now);
    const balances = await readBalances(snapshot, { holderKinds, ...(past ? { asOf: past } : {}) });
    const asOf = (past ?? now).toISOString();
    return { balances, asOf, isNow: asOf === now.toISOString() };
  });
}

/** What belongs to one account scope, in the order in which the scopes come. */
function byScope<T extends { readonly account: AccountKey }>(list: readonly T[]): [Scope, readonly T[]][] {
  const scopes = new Map<string, [Scope, T[]]>();
  for (const it of list) {
    const { resource, ...scope } = it.account;
    const path = scopePath(scope);
    const known = scopes.get(path);
    if (known) known[1].push(it);
    else scopes.set(path, [scope, [it]]);
  }
  return [...scopes.values()];
}

function balancesByResource(scope: readonly Balance[]): Balances {
  return {
    hard: amountsOf(scope, (balance) => balance.hard),
    posted: amountsOf(scope, (balance) => balance.posted),
    pending: amountsOf(scope, (balance) => balance.pending),
    free: amountsOf(scope, freeOf),
  };
}

/**
 * A page of what balances are shown of, by the path of each account scope. One that is asked for by name is looked for
 * among all.
 */
function pageOf<T>(
  scopes: readonly (readonly [Scope, T])[],
  { name, parameters }: Query,
): { readonly scopes: readonly (readonly [Scope, T])[]; readonly next?: string } {
  if (name !== undefined) return { scopes };
  const after = parameters.text('continue') ?? '';
  if (after !== '' && !/^(organisation|pool|system)\//.test(after))
    throw invalid('continue', after, 'continue');
  const rest = scopes
    .map((it) => ({ it, path: scopePath(it[0]) }))
    .filter(({ path }) => path > after)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const page = rest.slice(0, parameters.limit);
  const last = page.at(-1);
  return {
    scopes: page.map(({ it }) => it),
    ...(rest.length > page.length && last ? { next: last.path } : {}),
  };
}

function heldAccounts(lines: readonly Pick<Balance, 'account' | 'pending' | 'posted'>[]): HeldAccount[] {
  return byScope(lines).map(([scope, ofScope]) => ({
    ...scope,
    pending: amountsOf(ofScope, (line) => line.pending),
    posted: amountsOf(ofScope, (line) => line.posted),
  }));
}

function amountsOf<T extends { readonly account: AccountKey }>(
  scope: readonly T[],
  amountOf: (it: T) => Balance['hard'],
): Amounts {
  const amounts = RESOURCES.map((resource) => {
    const found = scope.find(({ account }) => account.resource === resource);
    const amount = found ? amountOf(found) : Amount.of(unitOf(resource), 0n);
    return [resource, formatQuantity(resource, amount)];
  });
  return Object.fromEntries(amounts) as Amounts;
}
