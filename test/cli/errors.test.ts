/** What is told of an error: words that help where somebody can mend it, the stack where it is a defect. */
import { expect, test } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { toldOf } from '../../src/cli/errors.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';

const grpc = (code: number, message: string): Error =>
  new ServiceError('Failed', { cause: Object.assign(new Error(message), { code }) });

test.each<[string, unknown, RegExp]>([
  ['a server that is away', grpc(14, '14 UNAVAILABLE: x'), /^The Temporal server does not answer\. .*flotilla doctor/],
  [
    'a key that is wrong',
    grpc(16, '16 UNAUTHENTICATED: no such key'),
    /^The Temporal server does not let us in: 16 UNAUTHENTICATED: no such key\. .*TEMPORAL_API_KEY/,
  ],
  ['a right that is missing', grpc(7, '7 PERMISSION_DENIED: not yours'), /does not let us in: 7 PERMISSION_DENIED/],
  [
    'a full disk',
    new TypedFailure('StoreUnavailable', 'The store failed while reading.'),
    /^The store failed while reading\. What would help: .*disk of FLOTILLA_HOME/,
  ],
])('%s is told by what would help', (_, error, message) => {
  expect(toldOf(error)).toEqual({ exitCode: 1, message: expect.stringMatching(message) as unknown });
});

test.each([new TypeError('x is not a function'), grpc(13, '13 INTERNAL'), 'a text', undefined])(
  'what nobody expected keeps its stack',
  (error) => {
    expect(toldOf(error)).toEqual({ exitCode: 1, message: expect.stringMatching(/^This is a defect/) as unknown });
  },
);
