import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromiumFlags } from '../../cli/report/pdf.ts';
import { chromiumBinary } from '../../tools/chromium.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A real Chromium with one page, driven by the DevTools protocol. */
export class Browser {
  /** What the page complained of: errors of the console, of the network, of its policy. */
  readonly complaints: string[] = [];
  /** Every address that the page asked for. */
  readonly requested: string[] = [];
  private readonly child: ChildProcess;
  private readonly profile: string;
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly heard = new Map<string, () => void>();
  private next = 1;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.child = child;
    this.profile = profile;
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => this.hear(JSON.parse(String(data)) as Message));
  }

  static async start(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'govcloud-browser-'));
    const args = [...chromiumFlags(profile), '--remote-debugging-port=0', 'about:blank'];
    const child = spawn(chromiumBinary(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const port = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`chromium ended with ${code}`)));
      createInterface({ input: child.stderr }).on('line', (line) => {
        const found = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    const browser = new Browser(child, profile, socket);
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await browser.send(`${domain}.enable`);
    return browser;
  }

  async send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = this.next;
    this.next += 1;
    const answered = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.socket.send(JSON.stringify({ id, method, params }));
    const { result = {}, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Opens an address and waits until it is loaded. */
  async open(url: string): Promise<void> {
    const loaded = this.once('Page.loadEventFired');
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Does something that leads to another page, and waits for that. */
  async follow(expression: string): Promise<void> {
    const loaded = this.once('Page.loadEventFired');
    await this.evaluate(`${expression}; undefined`);
    await loaded;
  }

  /** Presses a key once. */
  async press(key: string, code: number): Promise<void> {
    const event = { key, code: key, windowsVirtualKeyCode: code, ...(key === 'Enter' ? { text: '\r' } : {}) };
    await this.send('Input.dispatchKeyEvent', { ...event, type: 'keyDown' });
    await this.send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
  }

  once(event: string): Promise<void> {
    return new Promise((resolve) => this.heard.set(event, resolve));
  }

  /** The page as PNG, its whole height. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    // It is gone before it could answer.
    this.socket.send(JSON.stringify({ id: 0, method: 'Browser.close' }));
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private hear({ id, method = '', params = {}, ...rest }: Message): void {
    if (id !== undefined) {
      this.waiting.get(id)?.({ id, ...rest });
      this.waiting.delete(id);
      return;
    }
    if (method === 'Network.requestWillBeSent')
      this.requested.push((params['request'] as { url: string }).url);
    if (method === 'Log.entryAdded') this.complaints.push(JSON.stringify(params['entry']));
    if (method === 'Runtime.exceptionThrown')
      this.complaints.push(JSON.stringify(params['exceptionDetails']));
    if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params['args']));
    this.heard.get(method)?.();
    this.heard.delete(method);
  }
}
