import type { EventType, OwnerType } from '@bkend/storage-contract';
import type { Tenant } from '../identity/tenant.ts';
import type { EndedUpload, Event } from './event.ts';

/** Events to read: of a tenant, from the first one after an id. */
export interface EventQuery {
  readonly tenant: Tenant;
  /** The user whose events are read: of own files, and of those shared with the user. Absent: all of the tenant. */
  readonly userId?: string;
  readonly after: number;
  /** All types when absent. */
  readonly types?: readonly EventType[];
  /** The most events. */
  readonly limit: number;
}

/** Events in the order of their ids. */
export interface EventPage {
  readonly events: readonly Event[];
  /** No event up to here is left out, or will appear later. */
  readonly nextAfter: number;
}

/** An event that is not a change of a file, to be written. */
export interface NewEvent {
  readonly tenant: Tenant;
  readonly type: EventType;
  /** The owner; where the file exists, it is the file's. */
  readonly owner?: { readonly ownerId: string; readonly ownerType: OwnerType };
  /** The file, whose row is read when the event is written. */
  readonly fileId?: string;
  readonly upload?: EndedUpload;
  /** Shown as it is, beside `file` and `upload`: `{ error: { code, message } }`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Events of all tenants, for 30 days. Those of changes of files are written by the statements that change them. */
export interface EventRepository {
  /** Reads events, a bounded number of rows at a time: a page with a filter may be empty before the end. */
  read(query: EventQuery): Promise<EventPage>;
  /** The id after which all events are that are to come. */
  latest(): Promise<number>;
  /** Writes events in one statement. */
  record(events: readonly NewEvent[]): Promise<void>;
}
