# Sorts by several keys, stable and as numbers, versions and sizes; uniq and comm on the results.
mapfile -t rows
printf '%s\n' "${rows[@]}" | sort -s -k2,2nr | paste -sd,
printf '%s\n' "${rows[@]}" | sort -k2,2n -k1,1 | paste -sd,
printf '%s\n' v1.10 v1.9 v1.2 | sort -V | paste -sd' '
printf '%s\n' 2K 1M 900 | sort -h | paste -sd' '
printf '%s\n' "${rows[@]% *}" | sort | uniq -c | sort -k1,1nr -k2,2 | head -1 | tr -s ' '
