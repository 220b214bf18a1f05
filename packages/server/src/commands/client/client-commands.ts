import type { Command } from '../command.ts';

const file = (pick: (module: typeof import('./file-commands.ts')) => Command) => async () =>
  pick(await import('./file-commands.ts'));

/** What users do with their files; each over the client, as anybody could. */
export const clientCommands: Readonly<Record<string, () => Promise<Command>>> = {
  login: async () => (await import('./login.ts')).login,
  put: async () => (await import('./put.ts')).put,
  get: async () => (await import('./get.ts')).get,
  ls: async () => (await import('./ls.ts')).ls,
  stat: file((commands) => commands.stat),
  rm: file((commands) => commands.rm),
  mv: file((commands) => commands.mv),
  share: file((commands) => commands.share),
  url: file((commands) => commands.url),
  'image-url': file((commands) => commands.imageUrl),
  sync: async () => (await import('./sync.ts')).sync,
  usage: file((commands) => commands.usage),
  doctor: async () => (await import('./doctor.ts')).doctor,
};
