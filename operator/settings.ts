import { type Environment, unusable } from './environment.ts';
import { type BooksAccess, booksAccessOf } from './books-access.ts';
import type { OperatorSettings } from './term.ts';
import type { LeaderSettings } from './runtime/leader.ts';

/** All that the operator process reads from its environment, with its defaults; nothing else reads it. */
export interface ProcessSettings {
  readonly kubeconfig: string | undefined;
  readonly books: BooksAccess;
  readonly healthPort: number;
  readonly logLevel: string;
  readonly credentialKey: Uint8Array;
  /** The audit log of the hub's API server; undefined when it is not read. */
  readonly hubAuditLog: string | undefined;
  /** Where use is read from; undefined when it is not rolled up. */
  readonly prometheus: { readonly url: string; readonly timeoutMs: number } | undefined;
  /** Where people outside are told; neither: nothing is told. */
  readonly notify: {
    readonly webhook:
      | { readonly url: string; readonly key: Uint8Array; readonly timeoutMs: number }
      | undefined;
    readonly file: string | undefined;
  };
  readonly leader: LeaderSettings | undefined;
  /** How often the pictures of API servers are compared with the whole list, in ms: what no watch told is found then. */
  readonly relistMs: number;
  readonly operator: OperatorSettings;
}

const KEY_FILE = 'GOVCLOUD_CREDENTIAL_KEY_FILE';
const NOTIFY_URL = 'GOVCLOUD_NOTIFY_WEBHOOK_URL';
const NOTIFY_KEY_FILE = 'GOVCLOUD_NOTIFY_WEBHOOK_KEY_FILE';

/** @throws GovError E_SETTING_* that names the variable which is missing or wrong */
export function readSettings(env: Environment): ProcessSettings {
  const key = keyOf(env, KEY_FILE);
  const notifyUrl = env.url(NOTIFY_URL);
  const prometheusUrl = env.url('GOVCLOUD_PROMETHEUS_URL');
  const leaseSeconds = env.integer('GOVCLOUD_LEASE_SECONDS', 15);
  return {
    kubeconfig: env.optional('GOVCLOUD_KUBECONFIG'),
    books: booksAccessOf(env, 'govcloud_operator'),
    healthPort: env.port('GOVCLOUD_HEALTH_PORT', 8081),
    logLevel: env.text('GOVCLOUD_LOG_LEVEL', 'info'),
    credentialKey: key,
    hubAuditLog: env.optional('GOVCLOUD_HUB_AUDIT_LOG'),
    prometheus:
      prometheusUrl === undefined
        ? undefined
        : { url: prometheusUrl, timeoutMs: env.integer('GOVCLOUD_PROMETHEUS_TIMEOUT_SECONDS', 60) * 1000 },
    notify: {
      webhook:
        notifyUrl === undefined
          ? undefined
          : {
              url: notifyUrl,
              key: keyOf(env, NOTIFY_KEY_FILE),
              timeoutMs: env.integer('GOVCLOUD_NOTIFY_TIMEOUT_SECONDS', 10) * 1000,
            },
      file: env.optional('GOVCLOUD_NOTIFY_FILE'),
    },
    leader:
      env.optional('GOVCLOUD_LEASE_SECONDS') === undefined
        ? undefined
        : { leaseSeconds, renewDeadlineMs: leaseSeconds * 667, retryMs: leaseSeconds * 133 },
    relistMs: env.integer('GOVCLOUD_RELIST_SECONDS', 300) * 1000,
    operator: {
      holdSeconds: env.integer('GOVCLOUD_HOLD_SECONDS', 30 * 86_400),
      closedSeconds: env.integer('GOVCLOUD_CLOSED_SECONDS', 90 * 86_400),
      resyncMs: env.integer('GOVCLOUD_RESYNC_SECONDS', 3600) * 1000,
      memberProbeMs: env.integer('GOVCLOUD_MEMBER_PROBE_SECONDS', 10) * 1000,
      memberTimeoutMs: env.integer('GOVCLOUD_MEMBER_TIMEOUT_SECONDS', 10) * 1000,
    },
  };
}

/** The bytes of a key. @throws GovError E_SETTING_MISSING, E_SETTING_FILE for one that is too short, too */
function keyOf(env: Environment, name: string): Uint8Array {
  const path = env.text(name);
  const key = env.file(name) ?? Buffer.alloc(0);
  if (key.length < 32) throw unusable(name, path, 'less than 32 bytes');
  return key;
}
