import { FolderUp, Upload } from 'lucide-react';
import { useCallback, useRef } from 'react';
import { useFiles, useFolders, useRefresh } from '../data/queries.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { type EnvironmentRef, type FilesState, filesPath, useGo } from '../routes.ts';
import { ErrorMessage } from '../shell/error-message.tsx';
import { Button } from '../ui/button.tsx';
import { Message } from '../ui/message.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { readChosen, type UploadItem } from '../uploads/folder-entries.ts';
import { UploadTray } from '../uploads/upload-tray.tsx';
import { startUploads } from '../uploads/uploads-store.ts';
import { DetailPanel } from './detail-panel.tsx';
import { FileList } from './file-list.tsx';
import styles from './files-screen.module.css';
import { ListHead } from './list-head.tsx';

export interface FilesScreenProps {
  readonly environment: EnvironmentRef;
  readonly screen: 'files' | 'trash';
  readonly state: FilesState;
  readonly isViewer: boolean;
}

/** The files of an environment, or its trash: list, search, uploads and the details of one file. */
export function FilesScreen({ environment, screen, state, isViewer }: FilesScreenProps) {
  const go = useGo();
  const refresh = useRefresh(environment);
  const chooser = useRef<HTMLInputElement>(null);
  const isTrash = screen === 'trash';
  const canUpload = !isTrash && !isViewer;
  const change = useCallback(
    (changes: Partial<FilesState>, options?: { readonly replace?: boolean }) =>
      go(filesPath(screen, environment, { ...state, fileId: undefined, ...changes }), options),
    [go, screen, environment, state],
  );
  const upload = (items: readonly UploadItem[]) => void startUploads(environment, items, refresh);
  const openChooser = () => chooser.current?.click();
  const content = (
    <>
      <ListHead screen={screen} state={state} onChange={change}>
        {canUpload && <UploadButton onClick={openChooser} />}
      </ListHead>
      <Contents
        {...{ environment, screen, state }}
        onChange={change}
        onUpload={canUpload ? openChooser : undefined}
      />
    </>
  );
  return (
    <div className={styles.screen}>
      <main className={styles.main}>
        {canUpload ? (
          <DropZone folder={state.folder} onItems={upload}>
            {content}
          </DropZone>
        ) : (
          content
        )}
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          onChange={({ target }) => {
            upload(readChosen(target.files ?? [], state.folder));
            target.value = '';
          }}
        />
      </main>
      {state.fileId !== undefined && (
        <DetailPanel
          key={state.fileId}
          environment={environment}
          fileId={state.fileId}
          isViewer={isViewer}
          onClose={() => change({}, { replace: true })}
        />
      )}
      <UploadTray onFiles={refresh} />
    </div>
  );
}

function UploadButton({ onClick }: { readonly onClick: () => void }) {
  const messages = useMessages();
  return (
    <Button look="primary" icon={<Upload aria-hidden />} onClick={onClick}>
      {messages.upload}
    </Button>
  );
}

interface ContentsProps extends Omit<FilesScreenProps, 'isViewer'> {
  readonly onChange: (changes: Partial<FilesState>, options?: { readonly replace?: boolean }) => void;
  readonly onUpload: (() => void) | undefined;
}

function Contents({ environment, screen, state, onChange, onUpload }: ContentsProps) {
  const messages = useMessages();
  const { folder, search } = state;
  const files = useFiles(environment, screen, state);
  const showsFolders = screen === 'files' && search === '';
  const folders = useFolders(environment, folder, showsFolders);
  if (files.isError || (showsFolders && folders.isError)) return <ErrorMessage queries={[files, folders]} />;
  if (files.isPending) return <p className={styles.loading}>{messages.loading}</p>;
  const shownFolders = showsFolders ? (folders.data ?? []) : [];
  const [first] = files.data.pages;
  if (first?.items.length === 0 && shownFolders.length === 0 && !folders.isLoading) {
    if (search !== '') return <Message title={messages.emptySearch} />;
    if (screen === 'trash') return <Message title={messages.emptyTrash} />;
    return (
      <Message
        title={folder === '' ? messages.emptyTitle : messages.emptyFolder}
        {...(folder === '' && { text: messages.emptyText })}
      >
        {onUpload && (
          <Button icon={<FolderUp aria-hidden />} onClick={onUpload}>
            {messages.upload}
          </Button>
        )}
      </Message>
    );
  }
  return (
    <FileList
      environment={environment}
      folders={shownFolders}
      pages={files.data.pages}
      showsFolder={screen === 'trash' || search !== ''}
      openId={state.fileId}
      onOpenFolder={(path) => onChange({ folder: path })}
      onOpenFile={(fileId) => onChange({ fileId }, { replace: state.fileId !== undefined })}
      onMore={files.hasNextPage && !files.isFetchingNextPage ? () => void files.fetchNextPage() : undefined}
    />
  );
}
