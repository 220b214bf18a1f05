import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { type EngineAddresses, startEngines } from './engines.ts';

declare module 'vitest' {
  interface ProvidedContext {
    engines: EngineAddresses;
  }
}

/** Starts the engines once for all test files; each reads their addresses with `inject('engines')`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...addresses } = await startEngines();
  project.provide('engines', addresses);
  return stop;
}
