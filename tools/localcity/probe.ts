import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** PEM files with which to reach a server by TLS. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Whether a GET answers 200. @throws when there is no answer; the text of any other status. */
export async function answersOk(url: string, signal: AbortSignal, tls?: TlsFiles): Promise<boolean> {
  const options = tls
    ? {
        agent: false,
        signal,
        ca: readFileSync(tls.ca),
        cert: readFileSync(tls.cert),
        key: readFileSync(tls.key),
      }
    : { agent: false, signal };
  return new Promise((done, fail) => {
    const sent = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options, (response) => {
      response.resume();
      response.once('error', fail);
      response.once('end', () => {
        if (response.statusCode === 200) done(true);
        else fail(new Error(`${url}: HTTP ${response.statusCode}`));
      });
    });
    sent.once('error', fail);
    sent.end();
  });
}
