import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { Hub } from '../../cli/hub/hub.ts';
import { Reader } from '../../cli/output/reader.ts';
import { startDashboard } from '../../cli/services/dashboard.ts';
import { Browser } from '../support/browser.ts';
import { PerfCity } from './city.ts';
import { figureOf, type Figure, median, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const REQUESTS = 200;
const PERSON = 'cloud-engineer';
/** What a head of department looks at first, and what grows with the city. */
const PAGES = ['capacity', 'requests'] as const;
/** Views of each page in one run. */
const ROUNDS = 5;
const LOOK_AGAIN_MS = 5;

/**
 * Pages of the dashboard in a real Chromium on loopback, of a city with 200 requests under review: how much they weigh,
 * against the report that they show, as JSON; and when their first content is painted, against the same bytes from
 * a server that has them ready.
 */
export const page: Suite = ({ runs, scaled, say }) =>
  withScratch(async ({ dir }) => {
    say('page: starting the city');
    const city = await PerfCity.start(dir);
    const requests = scaled(REQUESTS);
    await submitAll(city, requests);
    const { client } = await city.person(PERSON);
    const dashboard = await startDashboard(
      new Hub(client, undefined),
      new Reader('zh', new Date().toISOString()),
    );
    const browser = await Browser.start();
    const ready = new Ready();
    try {
      await ready.listen();
      const figures: Figure[] = [];
      for (const name of PAGES) {
        const url = `${dashboard.url}${name}`;
        const [html, json] = [await textOf(url), await textOf(`${url}.json`)];
        if (!html.includes('<table')) throw new Error(`${name} shows no table: ${html.slice(0, 300)}`);
        ready.body = html;
        // The first view fills what is filled once.
        await firstContent(browser, url);
        const painted: Run[] = [];
        for (let run = 1; run <= runs; run++) {
          const [values, floors]: [number[], number[]] = [[], []];
          for (let round = 0; round < ROUNDS; round++) {
            values.push(await firstContent(browser, url));
            floors.push(await firstContent(browser, ready.url));
          }
          painted.push({ value: median(values), floor: median(floors) });
        }
        const title = `${name}, of ${requests} requests`;
        const kibibytes = (text: string) => Buffer.byteLength(text) / 1024;
        figures.push(
          figureOf(
            { name: `first content of ${title}`, floor: 'the same bytes, ready', unit: 'ms' },
            painted,
          ),
          figureOf({ name: `weight of ${title}`, floor: 'its report as JSON', unit: 'KiB' }, [
            { value: kibibytes(html), floor: kibibytes(json) },
          ]),
        );
        say(`page: ${name}: ${painted.map(({ value }) => `${value.toFixed(0)} ms`).join(', ')}`);
      }
      if (browser.complaints.length > 0) throw new Error(browser.complaints.join('\n'));
      return figures;
    } finally {
      await browser.close();
      await dashboard.close();
      await ready.close();
      city.close();
    }
  });

/** A server that has a page ready. */
class Ready {
  body = '';
  private readonly server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(this.body);
  });

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** From when the page was asked for until something of it is painted, in ms. */
async function firstContent(browser: Browser, url: string): Promise<number> {
  await browser.open(url);
  for (;;) {
    const painted = await browser.evaluate<number | null>(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null",
    );
    if (painted !== null) return painted;
    await delay(LOOK_AGAIN_MS);
  }
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text.slice(0, 300)}`);
  return text;
}

async function submitAll(city: PerfCity, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const parameters = { vcpu: 1, memoryGiB: 4, diskGiB: 20 };
    const { metadata } = await city.submit('county', [{ name: 'vm', item: 'vm', quantity: 1, parameters }]);
    await city.seen(ResourceRequest, metadata, ({ status }) => status?.phase === 'InReview');
  }
}
