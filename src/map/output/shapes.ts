/** What results look like, by operation: the one place that knows. What can be measured of them follows from the shape. */
import { z } from 'zod';
import type { OperationSettings } from '../../contracts/map.ts';
import { OTHER } from '../operations/classify.ts';
import type { Cell } from './csv.ts';

const LabelledSchema = z.object({ label: z.string() });
const ScoredSchema = z.object({ score: z.number() });
const RankedSchema = z.object({ rank: z.int(), score: z.number() });
const FieldsSchema = z.record(z.string(), z.unknown());
const ReviewedSchema = z.object({ findings: z.array(z.unknown()) });

export type Shape =
  | { kind: 'label'; labels: string[]; labelOf: (result: unknown) => string }
  | { kind: 'score'; scoreOf: (result: unknown) => number }
  | { kind: 'rank'; rankOf: (result: unknown) => { rank: number; score: number } }
  | { kind: 'fields'; fields: string[]; fieldsOf: (result: unknown) => Record<string, unknown> }
  | { kind: 'findings'; findingsOf: (result: unknown) => unknown[] };

export function shapeOf(operation: OperationSettings): Shape {
  switch (operation.name) {
    case 'classify':
      return labelled([...operation.labels.map(({ name }) => name), ...(operation.other ? [OTHER] : [])]);
    case 'route':
      return labelled(operation.handlers.map(({ name }) => name));
    case 'score':
      return { kind: 'score', scoreOf: (result) => ScoredSchema.parse(result).score };
    case 'rank':
      return { kind: 'rank', rankOf: (result) => RankedSchema.parse(result) };
    case 'extract':
      return { kind: 'fields', fields: fieldsOf(operation.schema), fieldsOf: (result) => FieldsSchema.parse(result) };
    case 'review':
      return { kind: 'findings', findingsOf: (result) => ReviewedSchema.parse(result).findings };
  }
}

const labelled = (labels: string[]): Shape => ({
  kind: 'label',
  labels,
  labelOf: (result) => LabelledSchema.parse(result).label,
});

/** Of the outermost object. */
const fieldsOf = (schema: Record<string, unknown>): string[] =>
  Object.keys(FieldsSchema.catch({}).parse(schema['properties']));

/** The result as columns of a table: their names, and the cells of one. */
export interface Columns {
  names: string[];
  cellsOf: (result: unknown) => Cell[];
}

export function columnsOf(shape: Shape): Columns {
  switch (shape.kind) {
    case 'label':
      return { names: ['label'], cellsOf: (result) => [shape.labelOf(result)] };
    case 'score':
      return { names: ['score'], cellsOf: (result) => [shape.scoreOf(result)] };
    case 'rank':
      return { names: ['rank', 'score'], cellsOf: (result) => rankCells(shape.rankOf(result)) };
    case 'fields':
      return {
        names: shape.fields,
        cellsOf: (result) => shape.fields.map((field) => cellOf(shape.fieldsOf(result)[field])),
      };
    case 'findings':
      return {
        names: ['count', 'findings'],
        cellsOf: (result) => [shape.findingsOf(result).length, JSON.stringify(shape.findingsOf(result))],
      };
  }
}

const rankCells = ({ rank, score }: { rank: number; score: number }): Cell[] => [rank, score];

/** What is no text or number stands as JSON. */
function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}
