import { constants, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { isTooSlow, isUnreachable } from '../../books/reports-requests.ts';
import type { HealthChecks } from '../runtime/health.ts';
import {
  formatOf,
  groupAnswer,
  groupListAnswer,
  itemAnswer,
  listAnswer,
  openApiAnswers,
  resourceListAnswer,
} from './answers.ts';
import { REPORTS_GROUP, REPORTS_VERSION } from '../../api/reports/index.ts';
import { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';
import type { ReportResource, Sources } from './resource.ts';
import { reportResources } from './resources.ts';

/** PEM texts. */
export interface ReportsTls {
  readonly cert: string;
  readonly key: string;
  /** The authority of the API server's front proxy. */
  readonly clientCa: string;
}

interface ReportsServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls: ReportsTls;
  /** Common names of the front proxy's certificates. */
  readonly allowedNames: readonly string[];
  readonly sources: Sources;
  /** How long a reader may take for an answer, in ms: who is slower is cut off, and its answer let go. */
  readonly answerMs: number;
  /** /readyz; what it finds goes into the log, not into the answer, since anybody may ask. */
  readonly ready: HealthChecks;
  /** /metrics; they name no person or organisation, nor what one has, since anybody may ask. */
  readonly registry: Registry;
  readonly log: Logger;
}

export interface ReportsServer {
  readonly port: number;
  /** New connections get these keys from now on. @throws Error when key and certificate do not belong together */
  renewTls(tls: ReportsTls): void;
  /** Lets answers under way finish for so long, in ms, then cuts them off. */
  close(limitMs: number): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Who asks, as the API server says. */
interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * Serves `reports.govcloud.dev` to the API server's front proxy and to nobody else: the API server has
 * authenticated the user and RBAC has allowed the request before it is passed on here. /healthz, /readyz and
 * /metrics need no certificate.
 */
export async function startReportsServer(options: ReportsServerOptions): Promise<ReportsServer> {
  const { log, tls, host, port, answerMs } = options;
  let stopping = false;
  const server = createServer(
    { ...secureContext(tls), requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const started = performance.now();
      answer(request, options).then(
        ({ status, body, headers }) => {
          const text = typeof body === 'string' ? body : JSON.stringify(body);
          response.writeHead(status, {
            'Content-Type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
            'Content-Length': Buffer.byteLength(text),
            'Cache-Control': 'no-cache, private',
            ...(stopping ? { Connection: 'close' } : {}),
            ...headers,
          });
          const limit = setTimeout(() => response.destroy(), answerMs);
          response.once('close', () => clearTimeout(limit)).end(text);
          const seen = { path: request.url, user: request.headersDistinct['x-remote-user']?.[0], status };
          log.debug({ ...seen, ms: Math.round(performance.now() - started) }, 'answered');
        },
        (error: unknown) => {
          log.error({ err: error }, 'no answer could be made');
          response.destroy();
        },
      );
    },
  );
  server.on('tlsClientError', (error) => log.debug({ err: error }, 'TLS failed'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    renewTls: (renewed) => server.setSecureContext(secureContext(renewed)),
    close: async (limitMs) => {
      stopping = true;
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      const limit = setTimeout(() => server.closeAllConnections(), limitMs);
      await closed.finally(() => clearTimeout(limit));
    },
  };
}

function secureContext({ cert, key, clientCa }: ReportsTls) {
  // No session is resumed: it would outlive the certificate that it began with, and that certificate's authority.
  return { cert, key, ca: clientCa, secureOptions: constants.SSL_OP_NO_TICKET };
}

async function answer(request: IncomingMessage, options: ReportsServerOptions): Promise<Answer> {
  const { log } = options;
  try {
    return await answerOrThrow(request, options);
  } catch (error) {
    const refusal = refusalOf(error, request, log);
    const { status, retryAfterSeconds } = refusal;
    return {
      status,
      body: refusal.toStatus(REPORTS_GROUP),
      ...(retryAfterSeconds === undefined ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } }),
    };
  }
}

function refusalOf(error: unknown, request: IncomingMessage, log: Logger): Refusal {
  if (error instanceof Refusal) return error;
  if (isUnreachable(error)) {
    log.warn({ err: error, path: request.url }, 'the books cannot be reached');
    return new Refusal('E_REPORT_BOOKS');
  }
  if (isTooSlow(error)) {
    log.warn({ err: error, path: request.url }, 'a report took too long');
    return new Refusal('E_REPORT_TIMEOUT');
  }
  const id = randomUUID();
  log.error({ err: error, path: request.url, request: id }, 'report failed');
  return new Refusal('E_REPORT_FAILED', { request: id });
}

async function answerOrThrow(request: IncomingMessage, options: ReportsServerOptions): Promise<Answer> {
  const [path = '', search = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
  if (path === '/healthz') return { status: 200, body: 'ok\n' };
  if (path === '/readyz') return readiness(options);
  if (path === '/metrics') {
    const { registry } = options;
    return { status: 200, body: await registry.metrics(), headers: { 'Content-Type': registry.contentType } };
  }
  const caller = authenticate(request, options.allowedNames);
  if (request.method !== 'GET') throw new Refusal('E_REPORT_METHOD', { method: request.method ?? '' });
  return { status: 200, body: await report(path, search, request, caller, options) };
}

async function readiness({ ready, log }: ReportsServerOptions): Promise<Answer> {
  const faults = await Promise.all(
    Object.entries(ready).map(async ([name, check]) => {
      try {
        return { name, fault: await check() };
      } catch (error) {
        return { name, fault: String(error) };
      }
    }),
  );
  const bad = faults.filter(({ fault }) => fault !== undefined);
  if (bad.length > 0) log.warn({ faults: bad }, 'not ready');
  const lines = faults.map(({ name, fault }) =>
    fault === undefined ? `[+]${name} ok` : `[-]${name} failed`,
  );
  return {
    status: bad.length === 0 ? 200 : 503,
    body: `${[...lines, bad.length === 0 ? 'ok' : 'failed'].join('\n')}\n`,
  };
}

/** @throws Refusal E_REPORT_UNAUTHENTICATED, E_REPORT_PROXY */
function authenticate(request: IncomingMessage, allowedNames: readonly string[]): Caller {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) throw new Refusal('E_REPORT_UNAUTHENTICATED');
  // A subject with several names gives them as an array, whatever the types say.
  const name: unknown = socket.getPeerCertificate().subject.CN;
  if (typeof name !== 'string' || !allowedNames.includes(name)) {
    throw new Refusal('E_REPORT_PROXY', { name: String(name ?? '') });
  }
  const users = request.headersDistinct['x-remote-user'] ?? [];
  const [user] = users;
  if (!user || users.length > 1) throw new Refusal('E_REPORT_UNAUTHENTICATED');
  return { user, groups: request.headersDistinct['x-remote-group'] ?? [] };
}

async function report(
  path: string,
  search: string,
  request: IncomingMessage,
  caller: Caller,
  { sources, log }: ReportsServerOptions,
): Promise<object> {
  const place = placeOf(path);
  if ('discovery' in place) return place.discovery;
  const { resource, namespace, name } = place;
  const format = formatOf(request.headers.accept);
  const parameters = new Parameters(resource.name, new URLSearchParams(search));
  const { selectedName } = parameters;
  const query = { ...(namespace === undefined ? {} : { namespace }), parameters };
  log.info({ user: caller.user, groups: caller.groups, path: request.url }, 'reading');
  if (name === undefined) {
    const selected = selectedName === undefined ? {} : { name: selectedName };
    return listAnswer(resource, await resource.read(sources, { ...query, ...selected }), format, parameters);
  }
  const item = (await resource.read(sources, { ...query, name })).items.at(-1);
  if (!item) throw new Refusal('E_REPORT_NOT_FOUND', { resource: resource.name, name });
  return itemAnswer(resource, item, format, parameters);
}

type Place =
  | { readonly discovery: object }
  | { readonly resource: ReportResource; readonly namespace?: string; readonly name?: string };

/**
 * What a path names. It is read as the API server read it when RBAC judged it: segment by segment, nothing
 * normalized, and a resource of the whole cluster only outside namespaces. Anything else would let a right on one
 * path read another.
 * @throws Refusal E_REPORT_PATH
 */
function placeOf(path: string): Place {
  const unknown = () => new Refusal('E_REPORT_PATH', { path });
  const openApi = openApiAnswers.get(path);
  if (openApi) return { discovery: openApi };
  const segments = path
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        throw unknown();
      }
    });
  if (segments.some((it) => it === '' || it === '.' || it === '..' || it.includes('/'))) throw unknown();
  const [root, group, version, ...rest] = segments;
  if (root !== 'apis') throw unknown();
  if (group === undefined) return { discovery: groupListAnswer };
  if (group !== REPORTS_GROUP) throw unknown();
  if (version === undefined) return { discovery: groupAnswer };
  if (version !== REPORTS_VERSION) throw unknown();
  if (rest.length === 0) return { discovery: resourceListAnswer };
  const inNamespace = rest[0] === 'namespaces';
  const namespace = inNamespace ? rest[1] : undefined;
  const [plural = '', name, ...more] = inNamespace ? rest.slice(2) : rest;
  const resource = reportResources.get(plural);
  if (!resource || more.length > 0) throw unknown();
  if (resource.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined) {
    throw unknown();
  }
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
