/** `jest --json`, and `vitest --reporter=json`, which has the same form (jestjs.io/docs/configuration#testresultsprocessor-string). */
import { z } from 'zod';
import { joined, jsonIn, numbered, type ParsedOutput, type SeenTest, type TestStatus } from './parsed.ts';

const ReportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

/** Null where the output holds no such report. */
export function jestJson(raw: string): ParsedOutput | null {
  const found = jsonIn(raw, (value) => 'testResults' in value);
  const report = found && ReportSchema.safeParse(found);
  if (!report?.success) return null;
  const seen = report.data.testResults.flatMap(({ name: file, status, assertionResults }): SeenTest[] => {
    if (assertionResults.length === 0 && status === 'failed') return [{ name: tail(file), status, file }];
    return assertionResults.map(({ ancestorTitles, title, status }) => ({
      name: joined([...ancestorTitles, title]),
      status: statusOf(status),
      file,
    }));
  });
  return { tests: numbered(seen), hasUnnamed: false };
}

/** A file that could not be loaded, as the text reporters name it: these know where the package begins, which the pod shows as `/workspace`. */
const tail = (file: string): string => file.replace(/^\/workspace\//, '');

/** `pending`, `todo`, `skipped`, `disabled`: none of them ran. */
const statusOf = (status: string): TestStatus => (status === 'passed' || status === 'failed' ? status : 'skipped');
