import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import type { ClusterAccess, TlsMaterial } from './config.ts';
import { KubeClientError, KubeError } from './errors.ts';
import { pathOfSegments } from './paths.ts';
import type {
  KubeList,
  KubeObject,
  KubeStatus,
  ListPage,
  ObjectName,
  ResourceRef,
  Stored,
  WatchEvent,
} from './types.ts';

export interface ClientOptions {
  /** Longest wait for an answer, retries included, in ms; 0 waits for ever. A watch has its own limits. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  /** Longest answer, or line of a watch, that is read, in bytes. */
  readonly maxAnswerBytes?: number;
  /** Most connections at a time; what is asked beyond them waits for one. */
  readonly maxConnections?: number;
  /** Is told each warning that a server sends with an answer. */
  readonly onWarning?: (text: string) => void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface WriteOptions extends RequestOptions {
  /** The server checks and answers as if it had written. */
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly subresource?: string | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields over that another manager holds; without it that is a conflict. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends RequestOptions {
  /** Deletes only the object with this uid. */
  readonly uid?: string | undefined;
  /** Deletes only this version. */
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly dryRun?: boolean | undefined;
}

interface Selection {
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends Selection, RequestOptions {
  /** Objects per page; the whole list is read all the same. */
  readonly pageSize?: number | undefined;
}

export interface WatchOptions extends Selection {
  /** Changes after this version. */
  readonly resourceVersion: string;
  /** When the server is to end the watch. */
  readonly timeoutSeconds?: number | undefined;
  /** A connection on which nothing came for so long is dead; servers send a bookmark each minute. */
  readonly idleTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RawOptions extends RequestOptions {
  readonly method?: Method;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** A list is a parameter that is given several times. */
type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_PAGE_SIZE = 500;
const MAX_RETRIES = 5;
/** A string of V8 holds about as many characters. */
const MAX_ANSWER_BYTES = 2 ** 29 - 32;
/** The socket's own probes, so that a peer that vanished is noticed even between bookmarks. */
const KEEP_ALIVE_MS = 15_000;
/** Shorter than any server keeps an idle connection (an API server 90 s), so that it is never closed at the moment of its use. */
const IDLE_MS = 30_000;

/**
 * A client of one API server, for any resource: raw JSON over HTTP, nothing dropped, nothing added.
 * Every method throws `KubeError` for what the server refuses and `KubeClientError` for what does not reach it;
 * an aborted signal throws an AbortError. What is read is as it was asked for, else it is E_API_ANSWER. Requests that change nothing when repeated are repeated while the
 * server asks to come back later (429, or 5xx with Retry-After). Writes are validated strictly: an unknown or
 * double field is an error.
 */
export class KubeClient {
  readonly access: ClusterAccess;
  private readonly options: ClientOptions;
  private readonly kinds = new Map<string, ReadonlyMap<string, ResourceRef>>();
  private agent: { readonly tls: TlsMaterial; readonly http: HttpAgent } | undefined;

  constructor(access: ClusterAccess, options: ClientOptions = {}) {
    this.access = access;
    this.options = options;
  }

  async get<T extends KubeObject = KubeObject>(
    resource: ResourceRef,
    object: ObjectName,
    options: RequestOptions = {},
  ): Promise<Stored<T>> {
    return this.object(resource, object, pathOf(resource, object), options);
  }

  private async object<T extends KubeObject>(
    resource: ResourceRef,
    object: ObjectName,
    path: string,
    options: RequestOptions,
  ): Promise<Stored<T>> {
    const answer = await this.json<Partial<Stored<T>> | null>({ method: 'GET', path }, options);
    const { name, namespace, uid, resourceVersion } = answer?.metadata ?? {};
    const isAsked = name === object.name && (!resource.namespaced || namespace === object.namespace);
    // A delete that names neither would be of whatever stands there by then.
    if (isAsked && isText(uid) && isText(resourceVersion)) return answer as Stored<T>;
    throw this.wrongAnswer(`${path} is not the object of that name`);
  }

  /** The whole list, read page by page, as of one version. */
  async list<T extends KubeObject = KubeObject>(
    resource: ResourceRef,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    try {
      return await this.listPaged<T>(resource, options, options.pageSize ?? DEFAULT_PAGE_SIZE);
    } catch (error) {
      // The version of the first page is compacted away: only one whole answer can be consistent now.
      if (error instanceof KubeError && error.status === 410) return this.listPaged<T>(resource, options, 0);
      throw error;
    }
  }

  /** One page of a list; `metadata.continue` names the next one, if any. */
  async page<T extends KubeObject = KubeObject>(
    resource: ResourceRef,
    options: ListOptions & { readonly continue?: string | undefined } = {},
  ): Promise<ListPage<T>> {
    const query = {
      ...selectionQuery(options),
      limit: options.pageSize || undefined,
      continue: options.continue,
    };
    const path = pathOf(resource, options);
    const answer = await this.json<Partial<ListPage<T>> | null>({ method: 'GET', path, query }, options);
    const { items, kind, metadata } = answer ?? {};
    const isList = isText(kind) && kind.endsWith('List') && isText(metadata?.resourceVersion);
    if (isList && Array.isArray(items ?? []) && items?.every((it) => isText(it?.metadata?.name)) !== false)
      return answer as ListPage<T>;
    throw this.wrongAnswer(`${path} is not a list`);
  }

  private async listPaged<T extends KubeObject>(
    resource: ResourceRef,
    options: ListOptions,
    pageSize: number,
  ): Promise<KubeList<T>> {
    const items: Stored<T>[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await this.page<T>(resource, { ...options, pageSize, continue: next });
      // Items of built-in lists leave their kind to the list.
      const typed = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, '') };
      for (const item of page.items ?? []) items.push(item.kind ? item : { ...typed, ...item });
      next = page.metadata.continue;
      if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
    }
  }

  /** Creates the object, or posts it to the subresource named, such as a service account's `token`. */
  async create<T extends KubeObject>(
    resource: ResourceRef,
    object: T,
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    if (resource.namespaced) requireNamespace(resource, object.metadata);
    const path = options.subresource
      ? pathOf(resource, object.metadata, options.subresource)
      : pathOf(resource, { namespace: object.metadata.namespace });
    return this.json({ method: 'POST', path, query: writeQuery(options), body: object }, options);
  }

  /** Replaces the object; with a resourceVersion only that version, else E_API_CONFLICT. */
  async update<T extends KubeObject>(
    resource: ResourceRef,
    object: T,
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    const path = pathOf(resource, object.metadata, options.subresource);
    return this.json({ method: 'PUT', path, query: writeQuery(options), body: object }, options);
  }

  replaceStatus<T extends KubeObject>(
    resource: ResourceRef,
    object: T,
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    return this.update(resource, object, { ...options, subresource: 'status' });
  }

  /** Applies operations in order, all or none. They may not be repeatable, so they are sent once. */
  jsonPatch<T extends KubeObject = KubeObject>(
    resource: ResourceRef,
    object: ObjectName,
    operations: readonly JsonPatchOperation[],
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    return this.patch(resource, object, 'application/json-patch+json', operations, options);
  }

  mergePatch<T extends KubeObject = KubeObject>(
    resource: ResourceRef,
    object: ObjectName,
    patch: object,
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    return this.patch(resource, object, 'application/merge-patch+json', patch, options);
  }

  /** Server-side apply: the field manager owns exactly the fields given; creates the object if need be. */
  apply<T extends KubeObject>(resource: ResourceRef, object: T, options: ApplyOptions): Promise<Stored<T>> {
    return this.patch(resource, object.metadata, 'application/apply-patch+yaml', object, options);
  }

  private async patch<T extends KubeObject>(
    resource: ResourceRef,
    object: ObjectName,
    contentType: string,
    body: unknown,
    options: WriteOptions & { readonly force?: boolean | undefined },
  ): Promise<Stored<T>> {
    const path = pathOf(resource, object, options.subresource);
    const query = { ...writeQuery(options), force: options.force || undefined };
    return this.json({ method: 'PATCH', path, query, body, contentType }, options);
  }

  /** Asks for the deletion; finalizers and owned objects may keep the object for a while. */
  async delete(resource: ResourceRef, object: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagationPolicy } = options;
    const preconditions = uid || resourceVersion ? { preconditions: { uid, resourceVersion } } : {};
    await this.json(
      {
        method: 'DELETE',
        path: pathOf(resource, object),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy,
          ...preconditions,
          ...(options.dryRun ? { dryRun: ['All'] } : {}),
        },
      },
      options,
    );
  }

  /**
   * Opens a watch; resolves once the server has accepted it. The changes end without error when the server ends
   * the watch, and throw KubeError 410 when the version asked for is gone.
   */
  async watch<T extends KubeObject = KubeObject>(
    resource: ResourceRef,
    options: WatchOptions,
  ): Promise<AsyncGenerator<WatchEvent<T>, void, void>> {
    const response = await this.open(
      {
        method: 'GET',
        path: pathOf(resource, options),
        query: {
          ...selectionQuery(options),
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: options.resourceVersion,
          timeoutSeconds: options.timeoutSeconds,
        },
      },
      options.signal,
      options.idleTimeoutMs,
    );
    if (!isSuccess(response)) throw errorOf(response, await this.text(response, options.signal));
    return this.events<T>(response, options.signal);
  }

  private async *events<T extends KubeObject>(
    response: IncomingMessage,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<WatchEvent<T>, void, void> {
    try {
      for await (const line of lines(response, this.maxAnswerBytes)) {
        const event = JSON.parse(line) as { type: string; object: unknown };
        if (event.type === 'ERROR') {
          const status = event.object as KubeStatus;
          throw new KubeError(status.code ?? 500, status);
        }
        const object = event.object as Stored<T>;
        if (!isText(object?.metadata?.resourceVersion)) throw this.wrongAnswer('a change of no object');
        yield event.type === 'BOOKMARK'
          ? { type: 'BOOKMARK', resourceVersion: object.metadata.resourceVersion }
          : { type: event.type as 'ADDED' | 'MODIFIED' | 'DELETED', object };
      }
    } catch (error) {
      const isTold = error instanceof KubeError || error instanceof KubeClientError;
      throw isTold ? error : this.failure(error, signal);
    } finally {
      response.destroy();
    }
  }

  /** Any path: the answer's JSON, or its text if it is none. A body is sent as JSON. */
  async raw<T = unknown>(path: string, options: RawOptions = {}): Promise<T> {
    const { method = 'GET', query, body, contentType } = options;
    return this.json<T>({ method, path, query, body, contentType }, options);
  }

  /**
   * The resource of a kind, from the server's own list, which is kept.
   * @throws KubeClientError E_KIND_UNKNOWN
   */
  async discover(apiVersion: string, kind: string, options: RequestOptions = {}): Promise<ResourceRef> {
    const known = this.kinds.get(apiVersion)?.get(kind);
    if (known) return known;
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let served: ResourceList = {};
    try {
      served = await this.json<ResourceList>({ method: 'GET', path }, options);
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const kinds = new Map<string, ResourceRef>();
    for (const { name, namespaced, kind } of served.resources ?? []) {
      if (!name.includes('/')) kinds.set(kind, { group, version, plural: name, namespaced });
    }
    this.kinds.set(apiVersion, kinds);
    const found = kinds.get(kind);
    if (found) return found;
    throw new KubeClientError('E_KIND_UNKNOWN', { server: this.access.server.origin, apiVersion, kind });
  }

  /** Closes all connections, watches included. */
  close(): void {
    this.agent?.http.destroy();
    this.agent = undefined;
  }

  private async json<T>(call: Call, options: RequestOptions): Promise<T> {
    const timeoutMs = options.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timeout = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
    const signals = [options.signal, timeout].filter((signal) => signal !== undefined);
    const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
    try {
      const { response, text } = await this.answer(call, signal);
      return (/json/.test(response.headers['content-type'] ?? '') ? this.parse(text) : text) as T;
    } catch (error) {
      if (timeout?.aborted && !options.signal?.aborted && isAbort(error)) {
        const seconds = String(timeoutMs / 1000);
        throw new KubeClientError('E_API_TIMEOUT', { server: this.access.server.origin, seconds }, error);
      }
      throw error;
    }
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.wrongAnswer((error as Error).message);
    }
  }

  private wrongAnswer(detail: string): KubeClientError {
    return new KubeClientError('E_API_ANSWER', { server: this.access.server.origin, detail });
  }

  private get maxAnswerBytes(): number {
    return this.options.maxAnswerBytes ?? MAX_ANSWER_BYTES;
  }

  private async answer(
    call: Call,
    signal: AbortSignal | undefined,
  ): Promise<{ response: IncomingMessage; text: string }> {
    const repeatable = call.method !== 'POST' && call.contentType !== 'application/json-patch+json';
    for (let retries = 0; ; retries++) {
      const response = await this.open(call, signal);
      const text = await this.text(response, signal);
      if (isSuccess(response)) return { response, text };
      const error = errorOf(response, text);
      const asked = error.status === 429 || (error.status >= 500 && error.retryAfterSeconds !== undefined);
      if (!repeatable || !asked || retries >= MAX_RETRIES) throw error;
      await delay((error.retryAfterSeconds ?? 1) * 1000, undefined, signal ? { signal } : {});
    }
  }

  /** Sends a request and resolves with the answer's head, whatever its status. */
  private async open(call: Call, signal?: AbortSignal, idleTimeoutMs?: number): Promise<IncomingMessage> {
    signal?.throwIfAborted();
    const { headers, tls } = await this.access.credentials();
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const { server } = this.access;
    const secure = server.protocol === 'https:';
    const agent = this.agentFor(tls, secure);
    const options = {
      agent,
      method: call.method,
      headers: {
        ...headers,
        Accept: 'application/json',
        'User-Agent': this.options.userAgent ?? 'govcloud',
        ...(body === undefined
          ? {}
          : {
              'Content-Type': call.contentType ?? 'application/json',
              'Content-Length': Buffer.byteLength(body),
            }),
      },
      ...(signal ? { signal } : {}),
    };
    const url = urlOf(server, call.path, call.query);
    const send = () =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const sent = secure ? httpsRequest(url, options) : httpRequest(url, options);
        let answered: IncomingMessage | undefined;
        sent.once('response', (response) => {
          answered = response;
          resolve(response);
        });
        sent.once('error', (error) => reject(Object.assign(error, { onIdleSocket: sent.reusedSocket })));
        if (idleTimeoutMs !== undefined) {
          sent.setTimeout(idleTimeoutMs, () =>
            (answered ?? sent).destroy(new Error(`nothing came for ${idleTimeoutMs} ms`)),
          );
        }
        sent.end(body);
      });
    let response: IncomingMessage;
    try {
      response = await send();
    } catch (error) {
      // The server closed a kept connection at the very moment of its use: it has not seen the request.
      const { code, onIdleSocket } = error as NodeJS.ErrnoException & { onIdleSocket?: boolean };
      const unseen = onIdleSocket && (code === 'ECONNRESET' || code === 'EPIPE') && call.method === 'GET';
      if (!unseen) throw this.failure(error, signal);
      response = await send().catch((again: unknown) => {
        throw this.failure(again, signal);
      });
    }
    for (const warning of response.headersDistinct['warning'] ?? []) {
      for (const text of warningTexts(warning)) this.options.onWarning?.(text);
    }
    return response;
  }

  private async text(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of response) {
        bytes += (chunk as Buffer).length;
        // Leaving the loop breaks the connection.
        if (bytes > this.maxAnswerBytes) break;
        chunks.push(chunk as Buffer);
      }
    } catch (error) {
      throw this.failure(error, signal);
    }
    if (bytes > this.maxAnswerBytes) throw this.wrongAnswer(`more than ${this.maxAnswerBytes} bytes`);
    return Buffer.concat(chunks).toString('utf8');
  }

  /** What a broken connection means: an abort stays an abort. */
  private failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return isAbort(error) ? error : new DOMException('aborted', 'AbortError');
    const { code = '', message } = error as NodeJS.ErrnoException;
    const params = { server: this.access.server.origin, detail: message || code };
    return new KubeClientError(isTlsFailure(code) ? 'E_API_TLS' : 'E_API_UNREACHABLE', params, error);
  }

  private agentFor(tls: TlsMaterial, secure: boolean): HttpAgent {
    if (this.agent?.tls !== tls) {
      const { servername, rejectUnauthorized, ...material } = tls;
      const { maxConnections: maxSockets } = this.options;
      const common = {
        keepAlive: true,
        keepAliveMsecs: KEEP_ALIVE_MS,
        timeout: IDLE_MS,
        ...(maxSockets ? { maxSockets } : {}),
      };
      const http = secure
        ? new HttpsAgent({
            ...common,
            rejectUnauthorized,
            secureContext: createSecureContext(material),
            ...(servername ? { servername } : {}),
          })
        : new HttpAgent(common);
      // The former agent's idle connections end by themselves; watches on it run on.
      this.agent = { tls, http };
    }
    return this.agent.http;
  }
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly kind: string;
  }[];
}

/** The path of a resource, or of one of its objects, or of an object's subresource. */
function pathOf(
  resource: ResourceRef,
  object: { readonly name?: string; readonly namespace?: string | undefined },
  subresource?: string,
): string {
  if (resource.namespaced && object.name !== undefined) requireNamespace(resource, object);
  const segments = resource.group ? ['apis', resource.group, resource.version] : ['api', resource.version];
  if (resource.namespaced && object.namespace) segments.push('namespaces', object.namespace);
  segments.push(resource.plural);
  if (object.name !== undefined) segments.push(object.name);
  if (subresource) segments.push(subresource);
  return pathOfSegments(segments);
}

function requireNamespace(
  resource: ResourceRef,
  object: { name?: string; namespace?: string | undefined },
): void {
  if (!object.namespace) throw new TypeError(`${resource.plural} ${object.name}: namespace is missing`);
}

function urlOf(server: URL, path: string, query: Query = {}): URL {
  const url = new URL(server);
  const [pathname = '', search = ''] = path.split('?', 2);
  url.pathname = `${server.pathname.replace(/\/$/, '')}${pathname}`;
  url.search = search;
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const it of value) url.searchParams.append(name, it);
    else if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function selectionQuery({ labelSelector, fieldSelector }: Selection): Query {
  return { labelSelector, fieldSelector };
}

function writeQuery({ dryRun, fieldManager }: WriteOptions): Query {
  return { dryRun: dryRun ? 'All' : undefined, fieldManager, fieldValidation: 'Strict' };
}

function isSuccess(response: IncomingMessage): boolean {
  return response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
}

function errorOf(response: IncomingMessage, text: string): KubeError {
  const status = response.statusCode ?? 0;
  const seconds = Number.parseInt(response.headers['retry-after'] ?? '', 10);
  const retryAfter = Number.isNaN(seconds) ? undefined : seconds;
  try {
    const parsed = JSON.parse(text) as Partial<KubeStatus> | null;
    if (parsed?.kind === 'Status') return new KubeError(status, parsed, retryAfter);
  } catch {
    // Not every answer is a Status: load balancers and the server's own filters answer in plain text.
  }
  return new KubeError(status, { message: text.trim() }, retryAfter);
}

/** The texts of a Warning header: `299 - "text"`, where quotes and backslashes are escaped. */
function warningTexts(header: string): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
}

async function* lines(response: IncomingMessage, maxBytes: number): AsyncGenerator<string, void, void> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const keep = (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes) throw new Error(`a line of more than ${maxBytes} bytes`);
    parts.push(part);
  };
  for await (const chunk of response) {
    let rest = chunk as Buffer;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      keep(rest.subarray(0, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      bytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) keep(rest);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function isTlsFailure(code: string): boolean {
  return /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_)/.test(code);
}
