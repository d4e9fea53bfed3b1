#!/usr/bin/env bash
# The prompt of `sclbench shell` in a real terminal: completion, history, help, Ctrl-C,
# Ctrl-D. Needs tmux and a built `sclbench` (target/debug, or SCLBENCH).
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$(realpath "${SCLBENCH:-${CARGO_TARGET_DIR:-target}/debug/sclbench}")
folder=$(mktemp -d)
socket=$folder/tmux
in_tmux() { tmux -f /dev/null -S "$socket" "$@"; }
finish() {
  in_tmux kill-server 2> /dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

screen() { in_tmux capture-pane -p -S - -t prompt; }

# Waits until the screen holds a text.
sees() {
  for _ in $(seq 300); do
    if screen | grep -qF -- "$1"; then return; fi
    sleep 0.1
  done
  echo "the terminal never showed: $1" >&2
  screen >&2
  exit 1
}

# Waits until the last line that is not empty is a given one.
last() {
  for _ in $(seq 300); do
    if [ "$(screen | grep -v '^$' | tail -n 1)" = "$1" ]; then return; fi
    sleep 0.1
  done
  echo "the last line never was: $1" >&2
  screen >&2
  exit 1
}

types() { in_tmux send-keys -t prompt -l -- "$1"; }
key() { in_tmux send-keys -t prompt "$@"; }

: > "$folder/p.toml"
start="$program shell --policy p.toml --history history"
in_tmux new-session -d -s prompt -x 120 -y 50 -c "$folder" "PS1='$ ' sh"
types "$start"; key Enter
sees 'Tab completes'
last '[edge] PS>'

# A cmdlet, a parameter and a value are completed.
types 'get-contentfilterc'; key Tab
last '[edge] PS> Get-ContentFilterConfig'
types ' | select SCLRejectT'; key Tab; key Enter
last '[edge] PS>'
screen | grep -qx '7 *'
types 'Set-ContentFilterConfig -SCLDeleteE'; key Tab
last '[edge] PS> Set-ContentFilterConfig -SCLDeleteEnabled'
types ' $t'; key Tab
last '[edge] PS> Set-ContentFilterConfig -SCLDeleteEnabled $true'
key Enter
# Several candidates are listed.
types 'Set-SenderIdConfig -SpoofedDomainAction '; key Tab; key Tab
sees 'StampStatus'

# Ctrl-C gives the line up and leaves the prompt; nothing of it has run.
key C-c
last '[edge] PS>'
types '(Get-SenderIdConfig).SpoofedDomainAction'; key Enter
last '[edge] PS>'

# A line that is not finished goes on; a fault is shown and ends nothing.
types 'Write-Output "one'; key Enter
types 'two"'; key Enter
sees 'two'
types 'Set-ContentFilterConfig -SCLDeleteTreshold 8'; key Enter
sees 'did you mean -SCLDeleteThreshold?'

# Help for a cmdlet.
types 'help Set-ContentFilterConfig'; key Enter
sees '-SCLQuarantineThreshold <0 to 9>'

# What waits for a restart is seen in the prompt.
types "Disable-TransportAgent 'Sender Id Agent'"; key Enter
last '[edge*] PS>'
types 'Restart-Service MSExchangeTransport'; key Enter
last '[edge] PS>'

# The last line comes back; Ctrl-D ends the session.
key Up
last '[edge] PS> Restart-Service MSExchangeTransport'
key C-c
last '[edge] PS>'
key C-d
last '$'
grep -q 'scl-delete-enabled = true' "$folder/p.toml"

# The next session remembers, also by searching.
types "$start"; key Enter
last '[edge] PS>'
key Up
last '[edge] PS> Restart-Service MSExchangeTransport'
key C-c
key C-r
types 'DeleteEn'
sees "Set-ContentFilterConfig -SCLDeleteEnabled \$true"
key C-c
types 'exit'; key Enter
last '$'
echo 'the prompt holds in a real terminal'
