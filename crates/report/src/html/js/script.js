// A setting as a script for the management shell: the same text as the program writes.

const lines = (text) => (text === "" ? [] : text.split("\n"));
const commented = (line) => `# ${line}`;

/** What stands between the opening and the end. */
function body(pieces, forward, backward) {
  if (forward.length === 0) return [pieces.nothing];
  return [...forward, "", pieces.rollback, ...backward.filter((line) => line !== pieces.no_restart).map(commented)];
}

/** Line ends as the shell writes them; a byte order mark where there is more than ASCII. */
function finished(all) {
  const text = all.map((line) => `${line}\r\n`).join("");
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text : `\ufeff${text}`;
}

function settingLine(setting) {
  return `# Setting of the report: ${settingName(setting.thresholds)}`;
}

function edgeScript(run, setting) {
  const pieces = run.scripts;
  const [delete_, reject, quarantine] = AXES.map((axis, at) => run.axes[axis].indexOf(setting.thresholds[at]));
  const number = (delete_ * run.axes.reject.length + reject) * run.axes.quarantine.length + quarantine;
  const whole = (moves, changes) => {
    const all = [...moves, ...lines(changes)];
    if (moves.length > 0) all.push(pieces.restart);
    else if (all.length > 0) all.push(pieces.no_restart);
    return all;
  };
  return finished([
    ...pieces.edge_opening,
    settingLine(setting),
    "",
    ...(pieces.lacks_mailbox[quarantine] ? [pieces.mailbox] : []),
    ...body(pieces, whole(pieces.moves[setting.choice], pieces.edge[number]), whole(pieces.moves_back[setting.choice], pieces.edge_back[number])),
  ]);
}

function organizationScript(run, setting) {
  const pieces = run.scripts;
  const junk = run.axes.junk.indexOf(setting.thresholds[3]);
  return finished([
    ...pieces.organization_opening,
    settingLine(setting),
    "",
    ...body(pieces, lines(pieces.organization[junk]), lines(pieces.organization_back[junk])),
  ]);
}

/** Copies text; where the clipboard is out of reach, selects it for the reader to copy. */
async function copy(text, button, area) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const choice = window.getSelection();
    choice.selectAllChildren(area);
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
  }
  setTimeout(() => { button.textContent = button.dataset.name; }, 2000);
}

function showScripts(counts) {
  const { run, setting } = counts;
  const one = (name, id, text) => {
    const area = el("pre", { id, tabindex: 0, role: "region", "aria-label": `${name} script` }, inertScript(text));
    const label = `Copy the ${name} script`;
    const button = el("button", { type: "button", "data-name": label, onclick: () => copy(text, button, area) }, label);
    return el("details", { open: true }, el("summary", {}, `${name} script`), button, area);
  };
  put(
    "script",
    el("h2", {}, "Setting A as a script"),
    el("p", { class: "says" }, "For the management shell, with the way back as comments. Read it before you run it."),
    one("Edge", "edge-script", edgeScript(run, setting)),
    one("organization", "organization-script", organizationScript(run, setting)),
  );
}

/** A script as shown: names of files stand in it, and may hold anything. */
function inertScript(text) {
  return text.replace(/\r\n/g, "\n").split("\n").map(inert).join("\n");
}
