import { readFileSync } from 'node:fs';
import type { ConnectOptions } from '../books/database.ts';
import type { OperatorSettings } from './term.ts';
import type { LeaderSettings } from './runtime/leader.ts';

/** All that the operator process reads from its environment, with its defaults; nothing else reads it. */
export interface ProcessSettings {
  readonly kubeconfig: string | undefined;
  readonly database: Omit<ConnectOptions, 'onIdleError'>;
  readonly healthPort: number;
  readonly logLevel: string;
  readonly credentialKey: Uint8Array;
  readonly leader: LeaderSettings | undefined;
  readonly operator: OperatorSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable which is missing or wrong */
export function readSettings(env: Environment): ProcessSettings {
  const text = (name: string, fallback?: string): string => {
    const value = env[name] ?? fallback;
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  const integer = (name: string, fallback: number, minimum = 1): number => {
    const value = Number(env[name] ?? fallback);
    if (!Number.isSafeInteger(value) || value < minimum)
      throw new Error(`${name} is no whole number of at least ${minimum}`);
    return value;
  };
  const key = readFileSync(text('GOVCLOUD_CREDENTIAL_KEY_FILE'));
  if (key.length < 32) throw new Error('GOVCLOUD_CREDENTIAL_KEY_FILE holds less than 32 bytes');
  return {
    kubeconfig: env['GOVCLOUD_KUBECONFIG'],
    database: {
      host: text('GOVCLOUD_DATABASE_HOST'),
      port: integer('GOVCLOUD_DATABASE_PORT', 5432),
      database: text('GOVCLOUD_DATABASE_NAME', 'govcloud'),
      user: text('GOVCLOUD_DATABASE_USER', 'govcloud_operator'),
      ...(env['GOVCLOUD_DATABASE_PASSWORD_FILE']
        ? { password: readFileSync(env['GOVCLOUD_DATABASE_PASSWORD_FILE'], 'utf8').trim() }
        : {}),
    },
    healthPort: integer('GOVCLOUD_HEALTH_PORT', 8081, 0),
    logLevel: text('GOVCLOUD_LOG_LEVEL', 'info'),
    credentialKey: key,
    leader: env['GOVCLOUD_LEASE_SECONDS']
      ? {
          leaseSeconds: integer('GOVCLOUD_LEASE_SECONDS', 15),
          renewDeadlineMs: integer('GOVCLOUD_LEASE_SECONDS', 15) * 667,
          retryMs: integer('GOVCLOUD_LEASE_SECONDS', 15) * 133,
        }
      : undefined,
    operator: {
      holdSeconds: integer('GOVCLOUD_HOLD_SECONDS', 30 * 86_400),
      resyncMs: integer('GOVCLOUD_RESYNC_SECONDS', 300) * 1000,
      memberProbeMs: integer('GOVCLOUD_MEMBER_PROBE_SECONDS', 10) * 1000,
    },
  };
}
