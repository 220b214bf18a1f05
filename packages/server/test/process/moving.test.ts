import { expect, it } from 'vitest';
import { createClient } from '../../../test-support/src/api/client.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { contentsOf, fillTenant, makeFolder, runImport } from '../moving/moving.ts';

it('files go out of one service and into an empty one, where everything of them is the same', async () => {
  await using from = await startService({});
  const tenant = await createTenant(from);
  const files = await fillTenant(tenant);
  await using folder = await makeFolder();
  await readCommand(['export', folder.path, '--project', tenant.project], from.env);

  await using to = await startService({});
  const { key } = await readCommand<{ key: string }>(
    ['keys', 'create', '--type', 'secret', '--project', tenant.project],
    to.env,
  );
  const admin = createClient(to.apiUrl, { 'X-API-Key': key });
  const { code, counts } = await runImport(tenant, folder.path, { service: to });
  expect({ code, counts }).toMatchObject({ code: 0, counts: { imported: files.length, failed: 0 } });
  expect(await contentsOf(admin)).toEqual(await contentsOf(tenant.admin));
  expect(await runImport(tenant, folder.path, { service: to })).toMatchObject({
    counts: { imported: 0, present: files.length },
  });
});
