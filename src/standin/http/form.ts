/** The fields of a multipart form (RFC 7578), as a client uploads a file with. */
export interface FormField {
  /** Null where the field is not a file. */
  filename: string | null;
  content: Buffer;
}

/** Null where the body is no such form. */
export function parseForm(body: Buffer, contentType: string): Map<string, FormField> | null {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return null;
  const delimiter = Buffer.from(`--${boundary}`);
  const fields = new Map<string, FormField>();
  for (let at = body.indexOf(delimiter); at >= 0;) {
    const next = body.indexOf(delimiter, at + delimiter.length);
    if (next < 0) return fields.size > 0 ? fields : null;
    addField(fields, body.subarray(at + delimiter.length, next));
    at = next;
  }
  return null;
}

const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';

/** Between two delimiters: a line end, headers, an empty line, the content, a line end. */
function addField(fields: Map<string, FormField>, part: Buffer): void {
  const headEnd = part.indexOf(HEAD_END);
  if (headEnd < 0) return;
  const head = part.subarray(0, headEnd).toString('utf8');
  const name = /[; ]name="([^"]*)"/i.exec(head)?.[1];
  if (name === undefined) return;
  const content = part.subarray(headEnd + HEAD_END.length, part.length - LINE_END.length);
  fields.set(name, { filename: /filename="([^"]*)"/i.exec(head)?.[1] ?? null, content });
}
