/** `/v1/files`: uploads as multipart forms, and what batches leave behind. */
import type { Files } from '../batches/files.ts';
import { invalid } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { type FormField, parseForm } from '../http/form.ts';
import { page } from '../http/page.ts';
import { route, type Route } from '../http/router.ts';
import { unknownValue } from '../validation/settings.ts';

const MOST_FILE_BYTES = 512_000_000;
const MOST_BATCH_FILE_BYTES = 200_000_000;
const BATCH_FILE_SECONDS = 30 * 24 * 3_600;
const MOST_FILES_OF_A_PAGE = 10_000;
const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'];

export function fileRoutes(files: Files): Route[] {
  async function upload(exchange: Exchange): Promise<void> {
    const form = await formOf(exchange);
    const file = form.get('file');
    const purpose = form.get('purpose')?.content.toString('utf8');
    if (file?.filename == null) throw missing('file');
    if (purpose === undefined) throw missing('purpose');
    if (!PURPOSES.includes(purpose)) throw unknownValue('purpose', purpose, PURPOSES);
    const { filename, content } = file;
    if (purpose === 'batch' && content.length > MOST_BATCH_FILE_BYTES) {
      throw invalid(null, 'file', `A file for a batch may have ${MOST_BATCH_FILE_BYTES} bytes.`);
    }
    const seconds = form.get('expires_after[seconds]')?.content.toString('utf8');
    const usual = purpose === 'batch' ? BATCH_FILE_SECONDS : null;
    const expiresAfterSeconds = seconds === undefined ? usual : Number(seconds);
    exchange.json(files.add({ filename, purpose, content, expiresAfterSeconds }));
  }

  const idOf = ({ params: [id = ''] }: Exchange): string => id;

  return [
    route('POST', '/v1/files', upload),
    route('GET', '/v1/files', (exchange) => {
      const purpose = exchange.query.get('purpose');
      const listed = files.list().filter((file) => purpose === null || file.purpose === purpose);
      exchange.json(
        page(exchange.query.get('order') === 'asc' ? listed : listed.reverse(), exchange.query, MOST_FILES_OF_A_PAGE),
      );
    }),
    route('GET', '/v1/files/:id', (exchange) => exchange.json(files.get(idOf(exchange)))),
    route('GET', '/v1/files/:id/content', (exchange) => {
      const content = files.content(idOf(exchange));
      exchange.head(200, { 'content-type': 'application/octet-stream', 'content-length': String(content.length) });
      exchange.response.end(content);
    }),
    route('DELETE', '/v1/files/:id', (exchange) => {
      const id = idOf(exchange);
      files.remove(id);
      exchange.json({ id, object: 'file', deleted: true });
    }),
  ];
}

async function formOf(exchange: Exchange): Promise<Map<string, FormField>> {
  const body = await exchange.bytes(MOST_FILE_BYTES);
  const form = parseForm(body, exchange.request.headers['content-type'] ?? '');
  if (form) return form;
  throw invalid(null, null, 'We could not parse the form of your request. It has to be multipart/form-data.');
}

const missing = (name: string) => invalid('missing_required_parameter', name, `Missing required parameter: '${name}'.`);
