import { parseHost } from './listening.ts';
import type { Settings } from './settings.ts';

/** Where a role tells operators how it is: health and metrics. */
export interface OperationsConfig {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** What sets the port. */
  readonly variable: string;
  /** A port that was not asked for gives way when something else has it: any free one is taken then. */
  readonly isDefault: boolean;
}

export type OperationsPorts = Readonly<Record<'api' | 'objects' | 'images' | 'jobs', OperationsConfig>>;

interface PublicPorts {
  readonly api: { readonly port: number };
  readonly objects: { readonly port: number };
  readonly images: { readonly port: number };
}

/** Each role's operations port is its public port and 10, that of the jobs the API's and 14: 4510 to 4514 by default. */
export function parseOperations(settings: Settings, ports: PublicPorts): OperationsPorts {
  const host = parseHost(settings, 'BKEND_OPERATIONS_HOST');
  const isTaken = (port: number) => Object.values(ports).some((each) => each.port === port);
  const parse = (role: string, usual: number): OperationsConfig => {
    const variable = `BKEND_${role}_OPERATIONS_PORT`;
    const fallback = usual > 65_535 || isTaken(usual) ? 0 : usual;
    const port = settings.integer(variable, fallback, { min: 0, max: 65_535 });
    return { host, port, variable, isDefault: !settings.isSet(variable) };
  };
  return {
    api: parse('API', ports.api.port + 10),
    objects: parse('OBJECTS', ports.objects.port + 10),
    images: parse('IMAGES', ports.images.port + 10),
    jobs: parse('JOBS', ports.api.port + 14),
  };
}

/** The ports that were asked for, by the variable that did. */
export function chosenPorts(ports: OperationsPorts): Record<string, number> {
  return Object.fromEntries(
    Object.values(ports)
      .filter(({ isDefault }) => !isDefault)
      .map(({ variable, port }) => [variable, port]),
  );
}
