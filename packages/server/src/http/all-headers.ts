/**
 * For `server.maxHeadersCount`: a request is read with all the headers that its size allows. By default Node leaves out those
 * beyond the 2,000th, though it has framed the message by them: a second Host or a length that stands there would not be seen.
 */
export const allHeaders = 0;
