import { EnvironmentAnswer, EnvironmentRequest } from '@bkend/storage-contract/schemas';
import { type ProjectsDeps, readEnvironment, updateEnvironment } from '../../projects/change-environment.ts';
import type { Api } from '../api.ts';
import { forUsers } from '../authentication.ts';
import { answers } from './answers.ts';

const tags = ['Environment'];

/** The settings of the caller's environment, for its admins. */
export function environmentRoutes(app: Api, deps: ProjectsDeps): void {
  app.get(
    '/environment',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Read the settings of your environment',
        description: 'For a secret key with all scopes, or an admin. Secrets are masked.',
        response: answers(200, EnvironmentAnswer),
      },
    },
    (request) => readEnvironment(deps, request.caller),
  );

  app.patch(
    '/environment',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Change settings of your environment',
        description:
          'Settings by name, as `GET` shows them; `null` goes back to the default. In force within 5 s.',
        body: EnvironmentRequest,
        response: answers(200, EnvironmentAnswer),
      },
    },
    (request) => updateEnvironment(deps, request.caller, request.body),
  );
}
