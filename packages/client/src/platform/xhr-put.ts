/// <reference lib="dom" />
import type { Put } from '../platform.ts';

/** XMLHttpRequest, because fetch cannot tell how much it has sent (XMLHttpRequest Standard, section 3.5.5). */
export function putOverXhr({ url, headers, body, signal, onSent }: Put): Promise<Response> {
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
