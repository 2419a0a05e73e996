# The environment of the box, one for a child alone, and what a subshell cannot change.
echo "$PATH $LANG $HOME"
GREETING='hello  there' sh -c 'echo "$GREETING"'
echo "${GREETING-unset}"
export KEPT=outside
(
  KEPT=inside
  sh -c 'echo "$KEPT"'
)
sh -c 'echo "$KEPT"'
