/**
 * Processor time that work on this thread takes, in milliseconds: unlike the time of day, it does not grow with what else the machine
 * does. Other threads of the process count, too.
 */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
