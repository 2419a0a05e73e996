/** Green and red for a terminal, or nothing where colour is not wanted. Pure. */

export interface Paint {
  good: (text: string) => string;
  bad: (text: string) => string;
}

const plain = (text: string): string => text;

export const paint = (wanted: boolean): Paint =>
  wanted
    ? { good: (text) => `\u001b[32m${text}\u001b[0m`, bad: (text) => `\u001b[31m${text}\u001b[0m` }
    : { good: plain, bad: plain };
