import type { Put } from '../platform.ts';

/** For workers without XMLHttpRequest: the same, without knowing how much has left until all has. */
export async function putOverFetch({ url, headers, body, signal, onSent }: Put): Promise<Response> {
  // Here a body is bytes or a Blob: paths are Node's.
  const request = { method: 'PUT', headers, body: body as Uint8Array<ArrayBuffer> | Blob, signal };
  // Silence is no sign of a stall while nothing can be heard.
  const heartbeat = setInterval(() => onSent(0), 5000);
  try {
    const answer = await fetch(url, request);
    return new Response((await answer.text()) || null, answer);
  } finally {
    clearInterval(heartbeat);
  }
}
