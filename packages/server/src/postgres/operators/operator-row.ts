import type { Operator, OperatorRole } from '../../identity/operators/operator.ts';
import { column, namesIn, type RowOf } from '../database/columns.ts';

const operatorTable = {
  id: column<string>('uuid'),
  name: column<string>('text'),
  role: column<OperatorRole>('text'),
  projects: column<string[]>('text[]'),
  created_at: column<Date>('timestamptz'),
} as const;

export type OperatorRow = RowOf<typeof operatorTable>;
export const operatorColumns = namesIn('operators', operatorTable);

export function readOperator({ id, name, role, projects, created_at }: OperatorRow): Operator {
  return { id, name, role, projects, createdAt: created_at };
}
