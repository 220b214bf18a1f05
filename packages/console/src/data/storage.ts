import { createStorage, type Storage } from '@bkend/storage';
import type { EnvironmentRef } from '../routes.ts';
import { consoleFetch } from './console-api.ts';

const storages = new Map<string, Storage>();

/** The SDK's client of an environment: its calls go through the console's session, bytes straight to storage. */
export function storageOf({ project, environment }: EnvironmentRef): Storage {
  const url = `${location.origin}/api/t/${project}/${environment}`;
  const known = storages.get(url) ?? createStorage({ url, fetch: consoleFetch, retry: { tries: 3 } });
  storages.set(url, known);
  return known;
}
