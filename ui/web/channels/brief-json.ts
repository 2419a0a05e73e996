const mostCharacters = 400;

/** A message as text; of a long one its beginning. */
export function briefJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}… (${text.length} characters)`;
}
