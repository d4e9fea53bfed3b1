"""Executes the notebooks of this folder and fails where one fails or says something else than it did.

Without `--write`, what a notebook prints (pictures aside) must be what is committed; with it, the
new outputs are written.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).resolve().parent
LARGEST = 200_000


def said(notebook):
    """What the cells of a notebook printed, as text."""
    lines = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            lines.extend(text.splitlines())
    return lines


def tidy(notebook):
    """Takes out what differs from machine to machine."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}


def run(path, write):
    """Executes one notebook and returns what is wrong with it, or nothing."""
    notebook = nbformat.read(path, as_version=4)
    before = said(notebook)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", record_timing=False,
                            resources={"metadata": {"path": str(HERE)}})
    try:
        client.execute()
    except CellExecutionError as error:
        return str(error)
    tidy(notebook)
    text = nbformat.writes(notebook) + "\n"
    if str(HERE.parent) in text or str(Path.home()) + "/" in text:
        return "an output names a path of this machine"
    if len(text.encode()) > LARGEST:
        return f"{len(text.encode()):,} bytes with outputs; at most {LARGEST:,}"
    if write:
        path.write_text(text, encoding="utf-8")
        return None
    after = said(notebook)
    for number, (old, new) in enumerate(zip(before, after), 1):
        if old != new:
            return f"output line {number} was\n  {old}\nand is\n  {new}\nif that is right: notebooks/run.sh --write"
    if len(before) != len(after):
        return f"{len(before)} lines of output were committed, {len(after)} are made now"
    return None


def main():
    write = "--write" in sys.argv[1:]
    names = [name for name in sys.argv[1:] if name != "--write"]
    paths = [Path(name) for name in names] or sorted(HERE.glob("*.ipynb"))
    failed = 0
    for path in paths:
        wrong = run(path, write)
        print(f"{path.name}: {'ok' if wrong is None else wrong}", flush=True)
        failed += wrong is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
