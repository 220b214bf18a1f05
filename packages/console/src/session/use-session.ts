import type { SessionAnswer } from '@bkend/storage-contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { consoleApi } from '../data/console-api.ts';
import { isSignedOut } from '../data/errors.ts';

export const sessionKey = ['session'] as const;

/** The operator who is signed in; null without a session. */
export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: async () => {
      try {
        return await consoleApi.readSession();
      } catch (error) {
        if (isSignedOut(error)) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Begins a session, or ends it with null. Data that the operator before has seen is forgotten. */
export function useChangeSession(): (session: SessionAnswer | null) => void {
  const client = useQueryClient();
  return useCallback(
    (session) => {
      client.setQueryData(sessionKey, session);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    },
    [client],
  );
}

export function useSignOut(): () => Promise<void> {
  const change = useChangeSession();
  return useCallback(async () => {
    await consoleApi.signOut();
    change(null);
  }, [change]);
}
