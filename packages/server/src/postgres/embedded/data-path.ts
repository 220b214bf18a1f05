/**
 * How PostgreSQL is told where its data is. On Linux it is started in that directory and told to stay: so it needs to reach none of
 * the folders above, which may be closed to the user that it runs as (proc_pid_cwd(5)).
 * @param directory the cluster, in which the program is started
 */
export function dataPath(directory: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : directory;
}
