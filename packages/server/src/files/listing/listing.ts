import type {
  Bucket,
  Category,
  OwnerType,
  SortDirection,
  SortField,
  Visibility,
} from '@bkend/storage-contract';

/** One folder, and with `isRecursive` all folders below it. */
export interface FolderFilter {
  /** '' is the root, which is never recursive: that would be every file. */
  readonly path: string;
  readonly isRecursive: boolean;
}

/** Conditions of a list; a file must meet every one that is present. */
export interface FileFilter {
  readonly folder?: FolderFilter;
  /** The caller's own files only. */
  readonly isOwn?: true;
  /** Files in the trash; without it, files that are not. */
  readonly trash?: true;
  /** In the trash, the visibility that the file gets again. */
  readonly visibility?: Visibility;
  readonly ownerId?: string;
  readonly ownerType?: OwnerType;
  readonly bucket?: Bucket;
  readonly category?: Category;
  /** A whole type, `image/png`, or a kind, `image/*`; lower case. */
  readonly mimeType?: string;
  /** A part of the name, as typed. */
  readonly search?: string;
  readonly tag?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly minSizeBytes?: number;
  readonly maxSizeBytes?: number;
}

export interface FileOrder {
  readonly by: SortField;
  readonly direction: SortDirection;
}

/** A position in an ordered list: the sort field's value, and the id that breaks ties. */
export interface FilePosition {
  readonly value: string | number | Date;
  readonly id: string;
}

export interface FilePageRequest {
  readonly filter: FileFilter;
  readonly order: FileOrder;
  readonly limit: number;
  /** The list begins behind this position… */
  readonly after?: FilePosition;
  /** …or behind this number of files. */
  readonly offset?: number;
}

export interface FilePositionsRequest extends Pick<FilePageRequest, 'filter' | 'order' | 'after'> {
  /** Files from one position to the next. */
  readonly step: number;
  /** Most positions to answer. */
  readonly limit: number;
}

export interface FileCount {
  readonly total: number;
  /** False: there are more. */
  readonly isExact: boolean;
}

/** A value of a facet, and the number of files that have it. */
interface FacetCount<Value extends string = string> {
  readonly value: Value;
  readonly files: number;
}

/** The files of one bucket. */
export interface BucketCount {
  readonly bucket: Bucket;
  readonly files: number;
  readonly bytes: number;
}

/** The values of each facet, the most frequent first; of months, `2026-05` in UTC, the latest first. */
export interface Facets {
  readonly category: readonly FacetCount<Category>[];
  readonly visibility: readonly FacetCount<Visibility>[];
  /** The most frequent types, without parameters. */
  readonly mimeType: readonly FacetCount[];
  /** The most frequent tags. */
  readonly tag: readonly FacetCount[];
  readonly month: readonly FacetCount[];
  /** False: the time ended before all files were counted; the counts are those of some. */
  readonly isExact: boolean;
}
