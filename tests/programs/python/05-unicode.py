"""Characters, code points and bytes of text on stdin differ, and nothing is lost on the way out."""

import sys
import unicodedata

text = sys.stdin.readline().rstrip("\n")
print(text)
print(len(text), len(text.encode()), len(unicodedata.normalize("NFC", text)))
print(text.casefold())
print([unicodedata.name(character) for character in "🎉é"])
print("".join(reversed("日本語")), "ß".upper(), "İ".lower().encode())
