import type { Bucket, Category, FileMetadata, OwnerType, Visibility } from '@bkend/storage-contract';
import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { KeyType } from '../identity/api-key.ts';
import type { Scope } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';

/** The tables as the newest migration leaves them; `migrations/` says why each is as it is. */
export interface Tables {
  'bkend.api_keys': ApiKeyTable;
  'bkend.api_key_details': ApiKeyDetailTable;
  'bkend.projects': ProjectTable;
  'bkend.environments': EnvironmentTable;
  'bkend.uploads': UploadTable;
  'bkend.files': FileTable;
  'bkend.installation': InstallationTable;
  'bkend.shares': ShareTable;
  'bkend.purges': PurgeTable;
  'bkend.usage_deltas': UsageDeltaTable;
  'bkend.usage_totals': UsageTotalTable;
}

/** One row. */
export interface InstallationTable {
  id: string;
  /** When its marker object was written to the bucket. */
  marked_at: Date | null;
  restored_at: Date | null;
  /** Of files made before this, no upload URL can be good. */
  seal_from: Date;
}

export interface ApiKeyTable {
  id: string;
  hash: Buffer;
  type: KeyType;
  tenant: Tenant;
  name: string | null;
  scopes: Scope[];
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

/** What lists show of a key beside its row. */
export interface ApiKeyDetailTable {
  id: string;
  prefix: string | null;
  last_used_at: Date | null;
}

export interface ProjectTable {
  name: string;
  created_at: Date;
}

export interface EnvironmentTable {
  tenant: Tenant;
  project: GeneratedAlways<string>;
  id: string;
  settings: JSONColumnType<Record<string, unknown>>;
  token_sources: string[];
  is_home: boolean;
  home_since: Date | null;
  owns_first_secret: boolean;
  tokens_from: Date | null;
  open_tokens_until: Date | null;
  created_at: Date;
}

export interface UploadTable {
  tenant: Tenant;
  key: string;
  content_type: string;
  size_bytes: number | null;
  owner_id: string;
  owner_type: OwnerType;
  visibility: Visibility;
  category: Category;
  multipart_id: string | null;
  aborted: boolean;
  is_pending: Generated<boolean>;
  url_ends_at: Date | null;
  attempt: string | null;
  lease_until: Date | null;
  created_at: Date;
  expires_at: Date;
}

export interface FileTable {
  id: string;
  tenant: Tenant;
  key: string;
  /** Null: the bytes lie at `key`, as of all files that the version before registered. */
  object_key: string | null;
  /** Since when the bytes are missed. */
  lost_at: Date | null;
  original_name: string;
  search_name: string;
  mime_type: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  visibility: Visibility;
  bucket: Bucket;
  category: Category;
  metadata: JSONColumnType<FileMetadata>;
  tags: string[];
  owner_id: string;
  owner_type: OwnerType;
  shared_with: string[];
  etag: string;
  created_at: Date;
  updated_at: Date;
}

export interface ShareTable {
  tenant: Tenant;
  user_id: string;
  file_id: string;
  created_at: Date;
  updated_at: Date;
  original_name: string;
  size_bytes: number;
  mime_type: string;
}

export interface PurgeTable {
  tenant: Tenant;
  key: string;
  multipart_id: string | null;
  attempts: Generated<number>;
  last_error: string | null;
  created_at: Generated<Date>;
  due_at: Generated<Date>;
  /** When the bytes are purged once more. */
  again_at: Date | null;
}

/** How much one change added to, or took from, what its owner has. */
export interface UsageDeltaTable {
  tenant: Tenant;
  owner_id: string;
  owner_type: OwnerType;
  id: Generated<number>;
  visibility: Visibility;
  category: Category;
  files: number;
  bytes: number;
}

export interface UsageTotalTable {
  tenant: Tenant;
  /** Empty, as its type: the whole tenant. */
  owner_id: string;
  owner_type: OwnerType | '';
  visibility: Visibility;
  category: Category;
  files: number;
  bytes: number;
}
