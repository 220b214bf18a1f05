import { parseHost } from './listening.ts';
import {
  defaultOperationsPort,
  forRoles,
  type HostName,
  hostRoles,
  type OperatedRole,
  operatedRoles,
  publicHosts,
  roles,
} from './role-table.ts';
import type { IntegerSetting, SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

function portSetting(role: OperatedRole) {
  const { of, offset } = roles[role].operationsPort;
  return {
    name: `BKEND_${role.toUpperCase()}_OPERATIONS_PORT`,
    kind: 'integer',
    min: 0,
    max: 65_535,
    unit: 'port',
    defaultText: `\`BKEND_${of.toUpperCase()}_PORT\` + ${offset}: ${defaultOperationsPort(role)}`,
    description: `Operations port of the role \`${role}\`; 0 is any free port, which the log names.`,
    roles: hostRoles,
  } as const satisfies IntegerSetting;
}

export const operationsSettings = {
  host: {
    name: 'BKEND_OPERATIONS_HOST',
    kind: 'text',
    default: '127.0.0.1',
    description: 'Address that the operations ports listen on.',
    roles: hostRoles,
  },
  ...forRoles(operatedRoles, portSetting),
} as const satisfies SettingRows;

/** Address on which a role answers operators: health and metrics. */
export interface OperationsConfig {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** Name of the variable that sets the port. */
  readonly variable: string;
  /** A default port that another program has is replaced by any free one; a port that was set is not. */
  readonly isDefault: boolean;
}

export type OperationsPorts = Readonly<Record<OperatedRole, OperationsConfig>>;

/**
 * Reads the operations port of each role. The default is a public port plus an offset (`role-table.ts`): 4510 to 4514.
 * @param ports the public ports
 */
export function parseOperations(
  settings: Settings,
  ports: Readonly<Record<HostName, { readonly port: number }>>,
): OperationsPorts {
  const host = parseHost(settings, operationsSettings.host);
  const isTaken = (port: number) => publicHosts.some((host) => ports[host].port === port);
  return forRoles(operatedRoles, (role) => {
    const setting = operationsSettings[role];
    const { of, offset } = roles[role].operationsPort;
    const usual = ports[of].port + offset;
    const port = settings.integer(setting, usual > 65_535 || isTaken(usual) ? 0 : usual);
    return { host, port, variable: setting.name, isDefault: !settings.isSet(setting) };
  });
}

/** Returns the operations ports that were set, by the name of their variable. */
export function chosenPorts(ports: OperationsPorts): Record<string, number> {
  return Object.fromEntries(
    Object.values(ports)
      .filter(({ isDefault }) => !isDefault)
      .map(({ variable, port }) => [variable, port]),
  );
}
