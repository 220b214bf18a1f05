/// <reference lib="dom" />
import type { Put } from '../platform.ts';

/** XMLHttpRequest where there is one: fetch does not report upload progress (XMLHttpRequest Standard, section 3.5.5). */
export function putInBrowser(put: Put): Promise<Response> {
  return (typeof XMLHttpRequest === 'undefined' ? putOverFetch : putOverXhr)(put);
}

function putOverXhr({ url, headers, body, signal, onSent }: Put): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener('abort', stop);
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      const { status, responseText } = request;
      // Null where CORS hides it.
      const head = { ETag: request.getResponseHeader('ETag') ?? '' };
      resolve(new Response(responseText || null, { status, headers: head }));
    };
    request.onerror = () => reject(new TypeError('the connection broke, or CORS forbids it'));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener('abort', stop);
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    // In browsers a body is bytes or a Blob: paths are Node's. Always a Blob, because Chromium takes ten times as long for
    // bytes in memory; without a type, it brings no Content-Type of its own.
    request.send(new Blob([body as Uint8Array<ArrayBuffer> | Blob]));
  });
}

/** For workers without XMLHttpRequest. It reports no progress until all bytes are sent. */
async function putOverFetch({ url, headers, body, signal, onSent }: Put): Promise<Response> {
  // Here a body is bytes or a Blob: paths are Node's.
  const request = { method: 'PUT', headers, body: body as Uint8Array<ArrayBuffer> | Blob, signal };
  // Keeps the stall timeout from ending a request whose progress cannot be seen.
  const heartbeat = setInterval(() => onSent(0), 5000);
  try {
    const answer = await fetch(url, request);
    return new Response((await answer.text()) || null, answer);
  } finally {
    clearInterval(heartbeat);
  }
}
