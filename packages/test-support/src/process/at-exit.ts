const endings = new Set<() => void>();

process.once('exit', () => {
  // Later entries may depend on earlier ones: a process on its directory.
  for (const end of [...endings].reverse()) {
    try {
      end();
    } catch (error) {
      console.error(error);
    }
  }
});

/**
 * Has something ended when this process exits before it was ended properly. A signal is no exit unless a handler makes it one.
 * @param end without waiting for anything
 * @returns to be called once it has ended
 */
export function atExit(end: () => void): () => void {
  endings.add(end);
  return () => void endings.delete(end);
}
