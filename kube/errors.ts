import type { KubeStatus, StatusCause } from './types.ts';

/** Codes of an API server's refusals; their texts are in `messages/kube.ts` under the same key. */
export type KubeErrorCode =
  | 'E_API_UNAUTHENTICATED'
  | 'E_API_FORBIDDEN'
  | 'E_API_NOT_FOUND'
  | 'E_API_EXISTS'
  | 'E_API_CONFLICT'
  | 'E_API_GONE'
  | 'E_API_INVALID'
  | 'E_API_BUSY'
  | 'E_API_FAILED';

/** A server that asks to wait for longer is asked again all the same. */
const MAX_RETRY_SECONDS = 300;

/** A server's refusal. `message` is the server's own sentence. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status. */
  readonly status: number;
  /** `StatusReason`, such as NotFound, Conflict, AlreadyExists, Invalid, Expired; '' if the server gave none. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  readonly details: KubeStatus['details'];
  /** How long the server asks to wait before the next try, five minutes at most. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, answer: Partial<KubeStatus>, retryAfterSeconds?: number) {
    super(answer.message || `HTTP ${status}`);
    this.status = status;
    this.reason = answer.reason ?? '';
    this.causes = answer.details?.causes ?? [];
    this.details = answer.details;
    const asked = retryAfterSeconds ?? answer.details?.retryAfterSeconds;
    this.retryAfterSeconds =
      Number.isFinite(asked) && asked !== undefined
        ? Math.min(Math.max(asked, 0), MAX_RETRY_SECONDS)
        : undefined;
  }

  get code(): KubeErrorCode {
    switch (this.status) {
      case 400:
      case 422:
        return 'E_API_INVALID';
      case 401:
        return 'E_API_UNAUTHENTICATED';
      case 403:
        return 'E_API_FORBIDDEN';
      case 404:
        return 'E_API_NOT_FOUND';
      case 409:
        return this.reason === 'AlreadyExists' ? 'E_API_EXISTS' : 'E_API_CONFLICT';
      case 410:
        return 'E_API_GONE';
      case 429:
      case 503:
        return 'E_API_BUSY';
      default:
        return 'E_API_FAILED';
    }
  }
}

/** Whether an error is a server's refusal with this code: `isKubeError(error, 'E_API_NOT_FOUND')`. */
export function isKubeError(error: unknown, code: KubeErrorCode): error is KubeError {
  return error instanceof KubeError && error.code === code;
}

/** Codes of what fails before a server answers as one; their texts are in `messages/kube.ts` under the same key. */
export type KubeClientErrorCode =
  | 'E_KUBECONFIG_MISSING'
  | 'E_KUBECONFIG_INVALID'
  | 'E_CONTEXT_NONE'
  | 'E_CONTEXT_UNKNOWN'
  | 'E_CREDENTIAL'
  | 'E_API_UNREACHABLE'
  | 'E_API_TLS'
  | 'E_API_TIMEOUT'
  | 'E_API_ANSWER'
  | 'E_KIND_UNKNOWN'
  | 'E_MANIFEST_INVALID'
  | 'E_WAIT_TIMEOUT';

/** A request that no server answered as asked: a kubeconfig, a credential, the network, a kind that is not served. */
export class KubeClientError extends Error {
  override readonly name = 'KubeClientError';
  readonly code: KubeClientErrorCode;
  /** What the code's text needs. */
  readonly params: Readonly<Record<string, string>>;

  constructor(code: KubeClientErrorCode, params: Readonly<Record<string, string>>, cause?: unknown) {
    const told = Object.entries(params).map(([name, value]) => `${name}: ${value}`);
    super(`${code} (${told.join(', ')})`, cause === undefined ? {} : { cause });
    this.code = code;
    this.params = params;
  }
}
