import { type MessageParams, renderBoth } from '../../messages/index.ts';
import { reportErrors } from '../../messages/reports.ts';

/** Codes of this API's refusals; their texts are in messages/reports.ts. */
type RefusalCode = keyof typeof reportErrors;

/** HTTP status and `StatusReason` of each refusal, as the Kubernetes API conventions have them. */
const statuses: Readonly<Record<RefusalCode, readonly [number, string]>> = {
  E_REPORT_UNAUTHENTICATED: [401, 'Unauthorized'],
  E_REPORT_PROXY: [403, 'Forbidden'],
  E_REPORT_PATH: [404, 'NotFound'],
  E_REPORT_NOT_FOUND: [404, 'NotFound'],
  E_REPORT_METHOD: [405, 'MethodNotAllowed'],
  E_REPORT_WATCH: [405, 'MethodNotAllowed'],
  E_REPORT_ACCEPT: [406, 'NotAcceptable'],
  E_REPORT_PARAMETER: [400, 'BadRequest'],
  E_REPORT_VALUE: [400, 'BadRequest'],
  E_REPORT_FUTURE: [400, 'BadRequest'],
  E_REPORT_BEFORE: [400, 'BadRequest'],
  E_REPORT_EMPTY: [404, 'NotFound'],
  E_REPORT_NAMESPACE: [400, 'BadRequest'],
  E_REPORT_POLICY: [500, 'InternalError'],
  E_REPORT_INDICATORS: [500, 'InternalError'],
  E_REPORT_ZONE: [400, 'BadRequest'],
  E_REPORT_PERIOD: [400, 'BadRequest'],
  E_REPORT_UNSYNCED: [503, 'ServiceUnavailable'],
  E_REPORT_TREE: [500, 'InternalError'],
  E_REPORT_BOOKS: [503, 'ServiceUnavailable'],
  E_REPORT_BUSY: [429, 'TooManyRequests'],
  E_REPORT_TIMEOUT: [504, 'Timeout'],
  E_REPORT_FAILED: [500, 'InternalError'],
};

/** By status: until another is at work, and until some of what is under way is done. */
const RETRY_SECONDS: Readonly<Record<number, number>> = { 503: 1, 429: 5 };

/** A request that is not answered, with all that its `Status` needs. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** HTTP status. */
  readonly status: number;
  readonly params: MessageParams;

  constructor(code: RefusalCode, params: MessageParams = {}) {
    super(`${code}: ${renderBoth(reportErrors[code], params)}`);
    this.code = code;
    this.status = statuses[code][0];
    this.params = params;
  }

  /** How long the caller should wait before it asks again, in seconds; undefined when that would not help. */
  get retryAfterSeconds(): number | undefined {
    return RETRY_SECONDS[this.status];
  }

  /** `meta/v1 Status`. An object that is not there is named in its details; a path that is not there has none. */
  toStatus(group: string) {
    const { name, resource } = this.params;
    const { retryAfterSeconds } = this;
    const details = {
      ...(this.code === 'E_REPORT_NOT_FOUND' ? { name, group, kind: resource } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    };
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: statuses[this.code][1],
      ...(Object.keys(details).length === 0 ? {} : { details }),
      code: this.status,
    };
  }
}
