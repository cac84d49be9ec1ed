import { type BooksAccess, booksAccessOf } from '../books-access.ts';
import { type Environment, invalid } from '../environment.ts';
import { settingValues } from '../../messages/processes.ts';

export interface ReportsSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  readonly allowedNames: readonly string[];
  /** Left out: as kubectl finds it, or the cluster that the process runs in. */
  readonly kubeconfig: string | undefined;
  readonly books: BooksAccess;
}

/**
 * Settings of the reports server: its own as `GOVCLOUD_REPORTS_*`, the way to the books as every process of ours.
 * @throws GovError E_SETTING_*
 */
export function reportsSettingsOf(env: Environment): ReportsSettings {
  const names = 'GOVCLOUD_REPORTS_ALLOWED_NAMES';
  const listed = env.text(names, 'front-proxy-client');
  const allowedNames = listed.split(',').filter((it) => it !== '');
  if (allowedNames.length === 0) throw invalid(names, listed, settingValues.names);
  return {
    host: env.text('GOVCLOUD_REPORTS_HOST', '127.0.0.1'),
    port: env.port('GOVCLOUD_REPORTS_PORT', 8443),
    certFile: env.text('GOVCLOUD_REPORTS_TLS_CERT'),
    keyFile: env.text('GOVCLOUD_REPORTS_TLS_KEY'),
    clientCaFile: env.text('GOVCLOUD_REPORTS_CLIENT_CA'),
    allowedNames,
    kubeconfig: env.optional('GOVCLOUD_REPORTS_KUBECONFIG'),
    books: booksAccessOf(env, 'govcloud_reports'),
  };
}
