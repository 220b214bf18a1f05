/**
 * The kinds of endpoints by who may call them. The verbs hold the rule itself; here stands what is checked before a body is read,
 * and the sentence for `docs/http-api.md`.
 */
export const routeAccess = {
  everyone: { isForUsers: false, callers: 'Every caller; the list has only files that the caller may read.' },
  readers: { isForUsers: false, callers: 'Callers who may read the file.' },
  users: { isForUsers: true, callers: 'Users and admins.' },
  owners: { isForUsers: true, callers: 'The owner of the file, and admins.' },
  uploaders: { isForUsers: true, callers: 'The owner of the upload, and admins.' },
  admins: { isForUsers: true, callers: 'Admins.' },
  environmentAdmins: {
    isForUsers: true,
    callers: 'Admins. An API key with scopes needs `*:*` (to read: `*:read`).',
  },
} as const;

export type RouteAccess = keyof typeof routeAccess;
