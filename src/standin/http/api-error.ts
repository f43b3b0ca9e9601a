/** An error as the provider tells it: a status, and a body of message, type, param and code. Its message says who speaks. */
export interface ApiErrorFields {
  status: number;
  code?: string | null | undefined;
  /** Follows from status and code where it is left out. */
  type?: string | undefined;
  param?: string | null | undefined;
  message: string;
  headers?: Record<string, string> | undefined;
}

const BILLING_CODES = [
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'insufficient_quota',
];

const TYPE_BY_CODE: Record<string, string> = {
  ...Object.fromEntries(BILLING_CODES.map((code) => [code, 'insufficient_quota'])),
  rate_limit_exceeded: 'requests',
  slow_down: 'rate_limit_error',
  server_is_overloaded: 'service_unavailable_error',
};

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string | null;
  readonly type: string;
  readonly param: string | null;
  readonly headers: Record<string, string>;

  constructor({ status, code = null, type, param = null, message, headers = {} }: ApiErrorFields) {
    super(`[stand-in] ${message}`);
    this.status = status;
    this.code = code;
    this.type = type ?? TYPE_BY_CODE[code ?? ''] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
    this.param = param;
    this.headers = headers;
  }

  get body() {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }
}

/** What a request asks for can't be done: 400. */
export const invalid = (code: string | null, param: string | null, message: string): ApiError =>
  new ApiError({ status: 400, code, param, message });

export const notFound = (message: string, param: string | null = null): ApiError =>
  new ApiError({ status: 404, param, message });

/** Whole seconds, at least one, and the same in milliseconds. */
export const retryAfter = (ms: number): Record<string, string> => ({
  'retry-after': String(Math.max(1, Math.ceil(ms / 1000))),
  'retry-after-ms': String(Math.ceil(ms)),
});
