import { createHmac } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** Something that is told to people outside, as receivers get it. */
export interface Message {
  readonly key: string;
  /** JSON; the same at each attempt. */
  readonly body: string;
}

/** A receiver that is there and does not take this one notice: others may be tried at once. */
export class NoticeRefused extends Error {
  override readonly name = 'NoticeRefused';
}

/** Where notices go. It may get one twice, by the same key. */
export interface Receiver {
  readonly name: string;
  /** @throws NoticeRefused; Error when it is not certain that the receiver has it */
  deliver(message: Message, signal: AbortSignal): Promise<void>;
}

/** Of what a receiver says to a notice that it does not take, so many characters are kept. */
const MOST_ANSWER = 200;
/** HTTP statuses that are about what was sent, not about who sent it or where to. */
const OF_THE_NOTICE: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

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
    if (response.ok) return response.body?.cancel();
    const problem = `HTTP ${response.status} ${await beginningOf(response)}`.trim();
    throw OF_THE_NOTICE.has(response.status) ? new NoticeRefused(problem) : new Error(problem);
  }
}

/** However much a receiver says, and however long, no more of it is read than is kept. */
async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let said = '';
  for await (const chunk of body ?? []) {
    said += decoder.decode(chunk as Uint8Array, { stream: true });
    if (said.length >= MOST_ANSWER) break;
  }
  return said.slice(0, MOST_ANSWER);
}

/** A file that gets a line of JSON for each notice, for whatever program sends them on. */
export class NoticeFile implements Receiver {
  readonly name = 'file';
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  async deliver({ body }: Message): Promise<void> {
    const file = await open(this.file, 'a+', 0o600);
    try {
      const begun = (await endsInLine(file)) ? '\n' : '';
      await file.appendFile(`${begun}${body}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Whether the last line was cut off, by a full disk or a machine that went down: what follows begins another one. */
async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== '\n'.charCodeAt(0);
}
