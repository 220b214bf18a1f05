/**
 * The path that PostgreSQL gets for its data. On Linux it starts in that directory and stays there: so it needs no access to the
 * folders above, which may be closed to its user (proc_pid_cwd(5)).
 * @param directory the cluster, in which the program is started
 */
export function dataPath(directory: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : directory;
}
