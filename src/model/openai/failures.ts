/**
 * What the `openai` client throws, as failures with names. By `error.code` first, then by HTTP status; the only place that
 * reads status codes. Codes: developers.openai.com/api/docs/guides/error-codes and help.openai.com article 5955604.
 */
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type { FailureType } from '../../contracts/failures.ts';
import { type Billed, ProviderFailure } from '../port.ts';

const BY_CODE: Record<string, FailureType> = {
  insufficient_quota: 'ModelBillingStopped',
  billing_hard_limit_reached: 'ModelBillingStopped',
  credit_balance_exhausted: 'ModelBillingStopped',
  organization_spend_limit_exceeded: 'ModelBillingStopped',
  project_spend_limit_exceeded: 'ModelBillingStopped',
  organization_usage_limit_exceeded: 'ModelBillingStopped',
  invalid_api_key: 'ModelAccessDenied',
  model_not_found: 'ModelAccessDenied',
  context_length_exceeded: 'ModelContextOverflow',
  rate_limit_exceeded: 'ModelRateLimited',
  slow_down: 'ModelRateLimited',
  token_limit_exceeded: 'ModelRateLimited',
  server_is_overloaded: 'ModelUnavailable',
  overloaded_error: 'ModelUnavailable',
  server_error: 'ModelUnavailable',
  vector_store_timeout: 'ModelUnavailable',
  batch_expired: 'ModelUnavailable',
  batch_cancelled: 'ModelUnavailable',
};

/** 502 and 504 come from a gateway: behind it the call may have run. */
const BY_STATUS: Record<number, [FailureType, Billed]> = {
  401: ['ModelAccessDenied', 'no'],
  403: ['ModelAccessDenied', 'no'],
  404: ['ModelAccessDenied', 'no'],
  408: ['ModelUnavailable', 'unknown'],
  409: ['ModelUnavailable', 'no'],
  429: ['ModelRateLimited', 'no'],
  502: ['ModelUnavailable', 'unknown'],
  504: ['ModelUnavailable', 'unknown'],
};

/** Errors of connecting: nothing was sent. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

export function toModelFailure(error: unknown, model: string): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (error instanceof APIConnectionError) return connectionFailure(error, model);
  if (error instanceof APIError) return apiFailure(error as APIError, model);
  // What is not JSON, or not an object, breaks the client where it reads it; a cut connection has a cause.
  if (error instanceof SyntaxError || (error instanceof TypeError && error.cause === undefined)) {
    const message = `The answer of ${model} is not one of its API.`;
    return new ProviderFailure('ModelNotUnderstood', message, 'unknown', { cause: error });
  }
  const message = `The answer of ${model} was cut or is not a response: ${String(error)}`;
  return new ProviderFailure('ModelUnavailable', message, 'unknown', { cause: error });
}

/** Of asking about what is under way: what the provider no longer knows may have been billed; any other trouble leaves it to be asked about again. */
export function toAskingFailure(error: unknown, model: string, what: string): ProviderFailure {
  if (!isNotFound(error)) return billedAs('pending', toModelFailure(error, model));
  const message = `The provider of ${model} no longer knows ${what}.`;
  return new ProviderFailure('ModelCallInDoubt', message, 'unknown', { cause: error });
}

/** The same failure, where the request that failed is not the one that costs. */
export function billedAs(billed: Billed, { type, message, cause, retryAfterMs }: ProviderFailure): ProviderFailure {
  return new ProviderFailure(type, message, billed, { cause, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

export const isNotFound = (error: unknown): boolean => (error as { status?: number } | null)?.status === 404;

/** The failure that a code stands for, where the status says nothing (a `failed` response, an error event). */
export const typeOfCode = (code: string): FailureType => BY_CODE[code] ?? 'ModelRequestRejected';

function apiFailure(error: APIError, model: string): ProviderFailure {
  const { status } = error;
  // An error event in a stream, or an abort: no status.
  if (status === undefined) {
    const type = error.code == null ? 'ModelUnavailable' : typeOfCode(error.code);
    return new ProviderFailure(type, describe(error, model), 'unknown', { cause: error });
  }
  const [typeByStatus, billed] = BY_STATUS[status] ?? [
    status >= 500 ? 'ModelUnavailable' : 'ModelRequestRejected',
    'no',
  ];
  const type = BY_CODE[error.code ?? ''] ?? typeByStatus;
  const retryAfterMs = retryAfter(error.headers);
  return new ProviderFailure(type, describe(error, model), billed, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function connectionFailure(error: APIConnectionError, model: string): ProviderFailure {
  const code = causeCode(error);
  const isUnsent = code !== undefined && NEVER_SENT.includes(code);
  const what =
    error instanceof APIConnectionTimeoutError
      ? 'did not answer in time'
      : `could not be reached (${code ?? error.message})`;
  return new ProviderFailure('ModelUnavailable', `The provider of ${model} ${what}.`, isUnsent ? 'no' : 'unknown', {
    cause: error,
  });
}

function causeCode(error: unknown): string | undefined {
  let cause = error as { code?: unknown; cause?: unknown } | null | undefined;
  while (typeof cause === 'object' && cause !== null) {
    if (typeof cause.code === 'string') return cause.code;
    cause = cause.cause as typeof cause;
  }
  return undefined;
}

function describe(error: APIError, model: string): string {
  const code = error.code ?? error.type ?? 'no code';
  const param = error.param == null ? '' : `, field "${error.param}"`;
  return `${model} answered ${error.status ?? 'an error'} (${code}${param}): ${error.message}`;
}

/** `retry-after-ms` before `retry-after` (seconds). The client itself ignores values over a minute; we obey them. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
