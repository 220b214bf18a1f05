import type { StoredFile } from '@bkend/storage';
import { Download, Pencil, RotateCcw, Trash2, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useFile, useThumbnail } from '../data/queries.ts';
import { useFormat } from '../i18n/format.ts';
import { useMessages } from '../i18n/use-messages.ts';
import type { EnvironmentRef } from '../routes.ts';
import { ErrorMessage } from '../shell/error-message.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { optionsOf, SelectField, TextField } from '../ui/field.tsx';
import styles from './detail-panel.module.css';
import { useFileActions } from './file-actions.ts';
import { ShareSection } from './share-section.tsx';

export interface DetailPanelProps {
  readonly environment: EnvironmentRef;
  readonly fileId: string;
  readonly isViewer: boolean;
  readonly onClose: () => void;
}

/** Everything about one file, and what can be done with it. */
export function DetailPanel({ environment, fileId, isViewer, onClose }: DetailPanelProps) {
  const messages = useMessages();
  const file = useFile(environment, fileId);
  return (
    <aside
      className={styles.panel}
      aria-label={messages.details}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <div className={styles.head}>
        <h2>
          <bdi>{file.data?.originalName ?? messages.details}</bdi>
        </h2>
        <IconButton label={messages.close} onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </div>
      <ErrorMessage queries={[file]} />
      {file.data && <Details {...{ environment, isViewer, onClose }} file={file.data} />}
    </aside>
  );
}

type DetailsProps = Omit<DetailPanelProps, 'fileId'> & { readonly file: StoredFile };

function Details({ environment, file, isViewer, onClose }: DetailsProps) {
  const messages = useMessages();
  const { permissions, deletedAt } = file;
  const isInTrash = deletedAt !== undefined;
  const thumbnail = useThumbnail(environment, file, true);
  const { update, trash, restore, sign } = useFileActions(environment, file);
  const [isRenaming, setIsRenaming] = useState(false);
  const download = async () => {
    const { url } = await sign.mutateAsync({ disposition: 'attachment' });
    const link = document.createElement('a');
    link.href = url;
    link.click();
  };
  return (
    <>
      <div className={styles.preview}>
        {thumbnail === undefined ? (
          <span>{messages.noPreview}</span>
        ) : (
          <img src={thumbnail} alt={file.metadata.alt ?? messages.preview} />
        )}
      </div>
      {isViewer && <p className={styles.hint}>{messages.viewerBytes}</p>}
      <div className={styles.actions}>
        {isInTrash ? (
          permissions.canDelete && (
            <Button
              look="primary"
              icon={<RotateCcw aria-hidden />}
              disabled={restore.isPending}
              onClick={() => restore.mutate(undefined, { onSuccess: onClose })}
            >
              {messages.restore}
            </Button>
          )
        ) : (
          <>
            {!isViewer && (
              <Button icon={<Download aria-hidden />} onClick={() => void download().catch(() => {})}>
                {messages.download}
              </Button>
            )}
            {permissions.canUpdate && (
              <Button icon={<Pencil aria-hidden />} onClick={() => setIsRenaming(true)}>
                {messages.rename}
              </Button>
            )}
            {permissions.canDelete && (
              <Button
                look="danger"
                icon={<Trash2 aria-hidden />}
                disabled={trash.isPending}
                onClick={() => trash.mutate(undefined, { onSuccess: onClose })}
              >
                {messages.moveToTrash}
              </Button>
            )}
          </>
        )}
      </div>
      {!isInTrash && permissions.canUpdate && (
        <SelectField
          label={messages.visibility}
          showsLabel
          value={file.visibility}
          disabled={update.isPending}
          options={optionsOf(messages.visibilities)}
          onChoose={(visibility) => update.mutate({ visibility })}
        />
      )}
      {!isInTrash && !isViewer && <ShareSection environment={environment} file={file} />}
      <Facts file={file} />
      {isRenaming && (
        <RenameDialog
          name={file.originalName}
          isBusy={update.isPending}
          onClose={() => setIsRenaming(false)}
          onRename={(originalName) =>
            update.mutate({ originalName }, { onSuccess: () => setIsRenaming(false) })
          }
        />
      )}
    </>
  );
}

function Facts({ file }: { readonly file: StoredFile }) {
  const messages = useMessages();
  const format = useFormat();
  const { size, width, height, mimeType, folder, ownerId, createdAt, updatedAt, deletedAt, id } = file;
  const pixels = width !== undefined && height !== undefined ? ` · ${width} × ${height}` : '';
  const rows: readonly (readonly [string, string])[] = [
    [messages.size, `${format.bytes(size)}${pixels}`],
    [messages.type, mimeType],
    ...(folder === '' ? [] : [[messages.folder, folder] as const]),
    ...(ownerId === undefined ? [] : [[messages.owner, ownerId] as const]),
    [messages.created, format.date(createdAt)],
    [messages.changed, format.date(updatedAt)],
    ...(deletedAt === undefined ? [] : [[messages.deleted, format.date(deletedAt)] as const]),
    ['ID', id],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface RenameDialogProps {
  readonly name: string;
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly onRename: (name: string) => void;
}

function RenameDialog({ name, isBusy, onClose, onRename }: RenameDialogProps) {
  const messages = useMessages();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const chosen = String(new FormData(event.currentTarget).get('name')).trim();
    if (chosen === name) onClose();
    else onRename(chosen);
  };
  return (
    <Dialog title={messages.renameTitle} onClose={onClose}>
      <form onSubmit={submit}>
        <TextField label={messages.name} name="name" defaultValue={name} required maxLength={255} />
        <div className={styles.actions}>
          <Button type="submit" look="primary" disabled={isBusy}>
            {messages.save}
          </Button>
          <Button onClick={onClose}>{messages.cancel}</Button>
        </div>
      </form>
    </Dialog>
  );
}
