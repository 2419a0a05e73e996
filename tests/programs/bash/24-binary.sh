# Bytes that are no lines: more than a megabyte of them, with NULs; and a hash.
printf abc | sha256sum | cut -d' ' -f1 >hash.txt
printf '\0\1\2MZ~' >/tmp/part
for _ in {1..100}; do cat /tmp/part; done >/tmp/parts
for _ in {1..3000}; do echo /tmp/parts; done | xargs cat
