/** JSON Schema as a tree: every schema inside of one, with where it stands. Reads anything, whether or not it is well formed. */
export type JsonSchema = Record<string, unknown>;

export interface Place {
  schema: JsonSchema;
  /** As in `#/properties/price`. */
  path: string;
  /** Of nesting in the values that it describes, from 1; alternatives are on the level of what they are alternatives for. */
  level: number;
}

/** So many alternatives within alternatives are nobody's schema. */
const MOST_STEPS = 100;

/** In the order of the text. What lies deeper than `mostLevels` is left out. */
export function schemasIn(root: JsonSchema, mostLevels: number): Place[] {
  const visit = (place: Place, steps: number): Place[] => {
    if (place.level > mostLevels || steps > MOST_STEPS) return [];
    return [place, ...innerPlaces(place).flatMap((inner) => visit(inner, steps + 1))];
  };
  return visit({ schema: root, path: '#', level: 1 }, 0);
}

function innerPlaces({ schema, path, level }: Place): Place[] {
  const { items, anyOf } = schema;
  const named = (group: string, innerLevel: number): Place[] =>
    Object.entries(asSchema(schema[group])).map(([name, one]) => ({
      ...{ schema: asSchema(one), path: `${path}/${group}/${name}`, level: innerLevel },
    }));
  return [
    ...named('properties', level + 1),
    ...(items === undefined ? [] : [{ schema: asSchema(items), path: `${path}/items`, level: level + 1 }]),
    ...(Array.isArray(anyOf) ? (anyOf as unknown[]) : []).map((one, index) => ({
      ...{ schema: asSchema(one), path: `${path}/anyOf/${index}`, level },
    })),
    ...named('$defs', 1),
    ...named('definitions', 1),
  ];
}

/** What is not an object has nothing in it. */
export const asSchema = (value: unknown): JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
