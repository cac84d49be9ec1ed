import { columns, doctorStates } from '../../messages/cli-views.ts';
import { doctorChecks } from '../../messages/doctor.ts';
import type { Column } from '../output/table.ts';
import type { Finding } from '../services/doctor.ts';

/** A finding with what it says in the reader's language; one row for each thing to do. */
export interface ToldFinding extends Pick<Finding, 'check' | 'state'> {
  readonly code: string;
  readonly message: string;
}

export const findingColumns: readonly Column<ToldFinding>[] = [
  { header: columns.check, value: ({ check }, reader) => reader.text(doctorChecks[check]) },
  { header: columns.result, value: ({ state }, reader) => reader.text(doctorStates[state]) },
  { header: columns.whatToDo, value: ({ code, message }) => (code === '' ? '' : `${code} ${message}`) },
];
