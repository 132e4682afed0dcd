// JSON text from somebody else, of which nothing is known but that it should be an object.

/** @returns undefined for what is no JSON, or no object */
export function parseJsonObject(text: string): { readonly [field: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
