/** Resolves when the part works. */
export type Check = () => Promise<void>;

export interface Readiness {
  readonly ready: boolean;
  readonly status: 200 | 503;
  readonly body:
    | { readonly status: 'ready' }
    | { readonly status: 'unavailable'; readonly failing: string[] };
}

const patienceMs = 3_000;

/**
 * Runs all checks at once and says which fail; one that does not come to an end within three seconds has failed.
 * Only the parts' names are told: what went wrong goes to `onFailure`.
 */
export async function checkReadiness(
  checks: Readonly<Record<string, Check>>,
  onFailure: (part: string, error: unknown) => void = () => {},
): Promise<Readiness> {
  const failing: string[] = [];
  await Promise.all(
    Object.entries(checks).map(async ([part, check]) => {
      try {
        await withinPatience(check());
      } catch (error) {
        failing.push(part);
        onFailure(part, error);
      }
    }),
  );
  return failing.length === 0
    ? { ready: true, status: 200, body: { status: 'ready' } }
    : { ready: false, status: 503, body: { status: 'unavailable', failing: failing.sort() } };
}

async function withinPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([work, impatience]);
  } finally {
    clearTimeout(timer);
  }
}
