import { EnvironmentAnswer, EnvironmentRequest } from '@bkend/storage-contract/schemas';
import { type ProjectsDeps, readEnvironment, updateEnvironment } from '../../projects/change-environment.ts';
import type { Api } from '../api.ts';
import { answers } from './route-schemas.ts';

const tags = ['Environment'];

/** Endpoints for the settings of the caller's environment. */
export function environmentRoutes(app: Api, deps: ProjectsDeps): void {
  app.get(
    '/environment',
    {
      config: { access: 'environmentAdmins', scope: 'environment:read', errors: ['file/access-denied'] },
      schema: {
        tags,
        summary: 'Read the settings of your environment',
        description: 'Every setting by name, with its value in force. Secrets are masked.',
        response: answers(200, EnvironmentAnswer),
      },
    },
    (request) => readEnvironment(deps, request.caller),
  );

  app.patch(
    '/environment',
    {
      config: { access: 'environmentAdmins', scope: 'environment:write', errors: ['file/access-denied'] },
      schema: {
        tags,
        summary: 'Change settings of your environment',
        description:
          'Settings by name, as `GET` shows them; `null` restores the default. In force within 5 s.',
        body: EnvironmentRequest,
        response: answers(200, EnvironmentAnswer),
      },
    },
    (request) => updateEnvironment(deps, request.caller, request.body),
  );
}
