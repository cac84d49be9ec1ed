import { createHmac } from 'node:crypto';
import { appendFile } from 'node:fs/promises';

/** Something that is told to people outside, as receivers get it. */
export interface Message {
  readonly key: string;
  /** JSON; the same at each attempt. */
  readonly body: string;
}

/** Where notices go. It may get one twice, by the same key. */
export interface Receiver {
  readonly name: string;
  /** @throws Error when it is not certain that the receiver has it */
  deliver(message: Message, signal: AbortSignal): Promise<void>;
}

const MOST_ANSWER = 200;

/**
 * An HTTP address: each notice is a POST of JSON, signed. `Idempotency-Key` is the notice’s key; `Govcloud-Signature` is
 * `t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>` under the shared key. Any 2xx means that it is had.
 */
export class Webhook implements Receiver {
  readonly name = 'webhook';
  private readonly url: string;
  private readonly key: Uint8Array;
  private readonly timeoutMs: number;
  private readonly now: () => number;

  constructor(options: {
    readonly url: string;
    readonly key: Uint8Array;
    readonly timeoutMs: number;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  }) {
    this.url = options.url;
    this.key = options.key;
    this.timeoutMs = options.timeoutMs;
    this.now = options.now;
  }

  async deliver({ key, body }: Message, signal: AbortSignal): Promise<void> {
    const seconds = Math.floor(this.now() / 1000);
    const digest = createHmac('sha256', this.key).update(`${seconds}.${body}`).digest('hex');
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
        'Govcloud-Signature': `t=${seconds},v1=${digest}`,
      },
      body,
      // Whoever it was signed for gets it, and nobody else.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.timeoutMs)]),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status} ${answer.slice(0, MOST_ANSWER)}`.trim());
  }
}

/** A file that gets a line of JSON for each notice, for whatever program sends them on. */
export class NoticeFile implements Receiver {
  readonly name = 'file';
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  async deliver({ body }: Message): Promise<void> {
    await appendFile(this.file, `${body}\n`, { mode: 0o600, flush: true });
  }
}
