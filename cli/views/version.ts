import { cliTexts } from '../../messages/cli.ts';
import type { Reader } from '../output/reader.ts';
import { fields } from '../output/table.ts';
import type { clientVersion, ServerVersion } from '../services/version.ts';

type Versions = { readonly client: typeof clientVersion } & Partial<ServerVersion>;

export function versionPage({ client, server }: Versions, reader: Reader): readonly string[] {
  return fields([
    [
      reader.text(cliTexts.clientVersion),
      `govcloud ${client.version} (Kubernetes ${client.kubernetes}, Node ${client.node})`,
    ],
    [reader.text(cliTexts.serverVersion), server && `Kubernetes ${server.gitVersion}`],
  ]);
}
