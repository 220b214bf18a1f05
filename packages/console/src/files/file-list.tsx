import type { FilePage, StoredFile, Folder as StoredFolder } from '@bkend/storage';
import { File as FileIcon, FileText, Film, Folder, Image, Music } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { hasThumbnail, useThumbnail } from '../data/queries.ts';
import { useFormat } from '../i18n/format.ts';
import { useMessages } from '../i18n/use-messages.ts';
import type { EnvironmentRef } from '../routes.ts';
import { Button } from '../ui/button.tsx';
import styles from './file-list.module.css';

export interface FileListProps {
  readonly environment: EnvironmentRef;
  readonly folders: readonly StoredFolder[];
  readonly pages: readonly FilePage[];
  /** Whether rows name the folder: the list has files of several. */
  readonly showsFolder: boolean;
  /** The file whose details are open. */
  readonly openId: string | undefined;
  readonly onOpenFolder: (path: string) => void;
  readonly onOpenFile: (fileId: string) => void;
  /** Asks for the next page; undefined where there is none, or it is on its way. */
  readonly onMore: (() => void) | undefined;
}

/** Folders, then files. The next page is asked for before its rows are reached. */
export function FileList(props: FileListProps) {
  const { environment, folders, pages, showsFolder, openId, onOpenFolder, onOpenFile, onMore } = props;
  const messages = useMessages();
  const format = useFormat();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (onMore === undefined || end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore(), {
      rootMargin: '600px',
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [onMore]);
  const pagination = pages[0]?.pagination;
  const total = pagination?.total ?? 0;
  return (
    <div className={styles.scroll}>
      {folders.length > 0 && (
        <ul className={styles.folders} aria-label={messages.folders}>
          {folders.map(({ path, name, files }) => (
            <li key={path}>
              <button type="button" className={styles.folder} onClick={() => onOpenFolder(path)}>
                <Folder aria-hidden />
                <bdi>{name}</bdi>
                {files > 0 && <small>{format.count(files)}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
      <ul className={styles.list} aria-label={messages.files}>
        {pages.flatMap(({ items }) =>
          items.map((file) => (
            <FileRow
              key={file.id}
              {...{ environment, file, showsFolder }}
              isOpen={file.id === openId}
              onOpen={onOpenFile}
            />
          )),
        )}
      </ul>
      <div ref={end} className={styles.end}>
        {onMore && <Button onClick={onMore}>{messages.loadMore}</Button>}
        <p role="status">
          {messages.filesCount(total, format.count(total), pagination?.totalIsExact !== false)}
        </p>
      </div>
    </div>
  );
}

interface FileRowProps {
  readonly environment: EnvironmentRef;
  readonly file: StoredFile;
  readonly showsFolder: boolean;
  readonly isOpen: boolean;
  readonly onOpen: (fileId: string) => void;
}

function FileRow({ environment, file, showsFolder, isOpen, onOpen }: FileRowProps) {
  const messages = useMessages();
  const format = useFormat();
  const { id, originalName, folder, size, visibility, createdAt } = file;
  return (
    <li className={styles.row} data-open={isOpen}>
      <button type="button" className={styles.file} aria-pressed={isOpen} onClick={() => onOpen(id)}>
        <Thumbnail environment={environment} file={file} />
        <span className={styles.name}>
          <bdi>{originalName}</bdi>
          {showsFolder && folder !== '' && <small>{folder}</small>}
        </span>
        <span className={styles.visibility} data-visibility={visibility}>
          {messages.visibilityShort[visibility]}
        </span>
        <span className={styles.size}>{format.bytes(size)}</span>
        <time className={styles.time} dateTime={createdAt} title={format.date(createdAt)}>
          {format.ago(createdAt)}
        </time>
      </button>
    </li>
  );
}

const icons = [
  [/^image\//, Image],
  [/^video\//, Film],
  [/^audio\//, Music],
  [/^text\/|pdf|document|json/, FileText],
] as const;

/** A small rendition of an image, once it is in sight; an icon of the type for other files. */
function Thumbnail({
  environment,
  file,
}: {
  readonly environment: EnvironmentRef;
  readonly file: StoredFile;
}) {
  const ref = useRef<HTMLSpanElement>(null);
  const [isSeen, setIsSeen] = useState(false);
  const [hasFailed, setHasFailed] = useState(false);
  const url = useThumbnail(environment, file, isSeen);
  useEffect(() => {
    if (ref.current === null || !hasThumbnail(file)) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setIsSeen(true), {
      rootMargin: '200px',
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [file]);
  const Icon = icons.find(([pattern]) => pattern.test(file.mimeType))?.[1] ?? FileIcon;
  return (
    <span ref={ref} className={styles.thumbnail}>
      {url === undefined || hasFailed ? (
        <Icon aria-hidden />
      ) : (
        <img src={url} alt="" loading="lazy" decoding="async" onError={() => setHasFailed(true)} />
      )}
    </span>
  );
}
