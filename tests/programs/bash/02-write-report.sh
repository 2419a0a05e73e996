# Writes a table and a summary into the project.
{
  echo name,points
  echo Ada,12
  echo Grace,17
} >report.csv

best=$(tail -n +2 report.csv | sort -t, -k2,2nr | head -1 | cut -d, -f1)
total=$(cut -d, -f2 report.csv | tail -n +2 | paste -sd+ | bc)
jq -n --arg best "$best" --argjson total "$total" '{$best, $total}' >summary.json
pwd
