"""What every notebook here needs: to run sclbench, and one look for the charts."""

import os
import shutil
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl

# Okabe and Ito's colours, told apart by colour-blind eyes too.
HAM, SPAM, OTHER, MARK = "#0072B2", "#D55E00", "#999999", "#009E73"


class Bench:
    """A fresh folder under `target/` in which sclbench runs, so that outputs name no other path."""

    def __init__(self, name):
        root = Path(__file__).resolve().parent.parent
        self.program = os.environ.get("SCLBENCH") or shutil.which("sclbench")
        if not self.program:
            raise FileNotFoundError(
                "sclbench is not on the PATH: build it and set SCLBENCH to the program's path"
            )
        self.folder = root / "target" / "notebooks" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def __call__(self, *arguments):
        """Runs `sclbench ARGUMENTS` and returns what it printed; its error message ends the notebook."""
        command = [self.program, "--quiet", *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"sclbench {' '.join(command[2:])}: {done.stderr.strip()}")
        return done.stdout

    def __truediv__(self, name):
        return self.folder / name


def look():
    """Sets the look of charts and tables."""
    plt.rcParams.update({
        "figure.dpi": 90,
        "figure.figsize": (7.2, 3.4),
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "font.size": 10,
    })
    pl.Config(tbl_rows=20, tbl_cols=12, fmt_str_lengths=60, tbl_width_chars=110,
              tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True)
