import { Pause, Play, X } from 'lucide-react';
import { describeError } from '../data/errors.ts';
import { useSmallStore } from '../data/small-store.ts';
import { useFormat } from '../i18n/format.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { Button, IconButton } from '../ui/button.tsx';
import styles from './upload-tray.module.css';
import { type Batch, batches, dropBatch, pauseUploads, startUploads } from './uploads-store.ts';

const shownFailures = 5;

/** Batches of uploads: how far they are, and files that failed. */
export function UploadTray({ onFiles }: { readonly onFiles: () => void }) {
  const messages = useMessages();
  const all = useSmallStore(batches);
  if (all.length === 0) return null;
  return (
    <section className={styles.tray} aria-label={messages.uploads}>
      {all.map((batch) => (
        <BatchRow key={batch.id} batch={batch} onFiles={onFiles} />
      ))}
    </section>
  );
}

function BatchRow({ batch, onFiles }: { readonly batch: Batch; readonly onFiles: () => void }) {
  const messages = useMessages();
  const format = useFormat();
  const { id, files, filesDone, progress, isPaused, isDone, failures } = batch;
  const { bytes = 0, total, bytesPerSecond = 0, secondsLeft } = progress ?? {};
  const uploaded = files - failures.length;
  const title = isDone
    ? [
        ...(uploaded > 0 || failures.length === 0 ? [messages.uploadsDone(uploaded)] : []),
        ...(failures.length > 0 ? [messages.uploadsFailed(failures.length)] : []),
      ].join(', ')
    : messages.uploadsRunning(filesDone, files);
  const speed = [
    total === undefined ? format.bytes(bytes) : `${format.bytes(bytes)} / ${format.bytes(total)}`,
    ...(bytesPerSecond > 0 ? [`${format.bytes(bytesPerSecond)}/s`] : []),
    ...(secondsLeft === undefined ? [] : [messages.secondsLeft(format.seconds(secondsLeft))]),
  ].join(' · ');
  return (
    <div className={styles.batch}>
      <div className={styles.head}>
        <strong role="status">{title}</strong>
        {!isDone && (
          <IconButton
            label={isPaused ? messages.resume : messages.pause}
            onClick={() => pauseUploads(id, !isPaused)}
          >
            {isPaused ? <Play aria-hidden /> : <Pause aria-hidden />}
          </IconButton>
        )}
        <IconButton label={isDone ? messages.close : messages.cancel} onClick={() => dropBatch(id)}>
          <X aria-hidden />
        </IconButton>
      </div>
      {!isDone && (
        <>
          <progress aria-label={title} value={bytes} max={total ?? 1} />
          <small>{speed}</small>
        </>
      )}
      {failures.length > 0 && (
        <>
          <ul className={styles.failures}>
            {failures.slice(0, shownFailures).map(({ item, error }) => (
              <li key={`${item.folder}/${item.file.name}`}>
                <bdi>{item.file.name}</bdi>: {describeError(error, messages)}
              </li>
            ))}
          </ul>
          <Button
            onClick={() => {
              dropBatch(id);
              void startUploads(
                batch.environment,
                failures.map(({ item }) => item),
                onFiles,
              );
            }}
          >
            {messages.retry}
          </Button>
        </>
      )}
    </div>
  );
}
