import { type ErrorCode, errorMessages } from '../messages/errors.ts';
import { type Language, type MessageParams, render, renderBoth } from '../messages/index.ts';

/**
 * A reason for the person who must act: a stable code and what its text needs. Reasons are data, so that a
 * refusal can carry all of them at once and each surface renders them in its reader's language.
 */
export interface Reason {
  readonly code: ErrorCode;
  readonly params: MessageParams;
  /** The field, cell, object or account that the reason is about. */
  readonly where?: string;
}

export function reason(code: ErrorCode, params: MessageParams = {}, where?: string): Reason {
  return Object.freeze(where === undefined ? { code, params } : { code, params, where });
}

export function reasonText(it: Reason, language: Language): string {
  return render(errorMessages[it.code], language, it.params);
}

/** An error that somebody can act on. `message` carries both languages; `reasons` carries the data. */
export class GovError extends Error {
  override readonly name = 'GovError';
  readonly reasons: readonly Reason[];

  constructor(first: Reason, ...more: readonly Reason[]) {
    super(
      [first, ...more].map((it) => `${it.code}: ${renderBoth(errorMessages[it.code], it.params)}`).join('\n'),
    );
    this.reasons = Object.freeze([first, ...more]);
  }

  get code(): ErrorCode {
    return (this.reasons[0] as Reason).code;
  }
}
