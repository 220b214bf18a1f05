/** Who work is done for: requests of one flow share what the host gives to them. */
export interface Flow {
  /** The client's network address. */
  readonly client: string;
  /** The owner of the source file, with the tenant. */
  readonly owner: string;
}

/** One name for one flow. */
export function flowName({ client, owner }: Flow): string {
  return `${client}\n${owner}`;
}
