"""Reference values of independent implementations, for `crates/analysis/tests/agreement.rs`.

    python -m venv venv && venv/bin/pip install scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1
    venv/bin/python docs/records/agreement.py > docs/records/agreement.json

Every value is what the named function gives; nothing here is computed by sclbench. The
interval of a paired difference has no ready-made function with exact limits: its formula is
written out anew on SciPy's beta quantiles.
"""

import json
import platform
import random

import numpy
import scipy
import sklearn
import statsmodels
from scipy.stats import beta, binom, binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import det_curve, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

COUNTS = [
    (0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (0, 10), (1, 10), (9, 10), (10, 10),
    (0, 299), (3, 1000), (2, 4150), (37, 2500), (250, 500), (999, 1000), (1, 100_000),
    (0, 1_000_000), (17, 1_000_000), (123_456, 1_000_000),
]
DISCORDANT = [
    (0, 0), (0, 1), (1, 1), (5, 0), (0, 6), (3, 9), (12, 11), (40, 20), (61, 100),
    (400, 520), (1, 900), (5000, 5200),
]
P_VALUES = [
    [0.01, 0.04, 0.03],
    [0.5, 0.001, 0.049, 0.0125, 0.9, 0.0125],
    [1.0, 1.0],
    [0.2],
    [1e-12, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09],
]


def clopper_pearson():
    rows = []
    for k, n in COUNTS:
        low, high = proportion_confint(k, n, alpha=0.05, method="beta")
        exact = binomtest(k, n).proportion_ci(0.95, method="exact")
        assert abs(high - exact.high) < 1e-9 and abs(low - exact.low) < 1e-9
        one = {c: 1.0 if k == n else float(beta.ppf(c, k + 1, n - k)) for c in (0.9, 0.95, 0.99)}
        rows.append({"k": k, "n": n, "low": float(low), "high": float(high),
                     "upper": [[c, bound] for c, bound in one.items()]})
    return rows


def tests():
    rows = []
    for a, b in DISCORDANT:
        p = 1.0 if a + b == 0 else float(mcnemar([[0, a], [b, 0]], exact=True).pvalue)
        rows.append({"only_a": a, "only_b": b, "p": p})
    return rows


def holm():
    return [{"p": p, "adjusted": [float(x) for x in multipletests(p, method="holm")[1]]}
            for p in P_VALUES]


def differences():
    def ends(k, n):
        low = 0.0 if k == 0 else float(beta.ppf(0.025, k, n - k + 1))
        high = 1.0 if k == n else float(beta.ppf(0.975, k + 1, n - k))
        return low, high

    rows = []
    for a, b in DISCORDANT:
        for n in (a + b + 1, 2 * (a + b) + 50, 100_000):
            p_a, p_b = a / n, b / n
            (a_low, a_high), (b_low, b_high) = ends(a, n), ends(b, n)
            r = -((p_a * p_b / ((1 - p_a) * (1 - p_b))) ** 0.5)
            reach = lambda x, y: (x * x + y * y - 2 * r * x * y) ** 0.5
            d = p_b - p_a
            rows.append({"only_a": a, "only_b": b, "n": n, "difference": d,
                         "low": max(-1.0, d - reach(p_b - b_low, a_high - p_a)),
                         "high": min(1.0, d + reach(b_high - p_b, p_a - a_low))})
    return rows


def needed():
    rows = []
    for fp in (0.5, 0.01, 0.001, 0.0001):
        for errors in range(6):
            low, high = errors, errors + 1
            while binom.cdf(errors, high, fp) > 0.05:
                high *= 2
            while high - low > 1:
                middle = (low + high) // 2
                if binom.cdf(errors, middle, fp) <= 0.05:
                    high = middle
                else:
                    low = middle
            rows.append({"fp": fp, "errors": errors, "ham": high})
    return rows


def rankings():
    dice = random.Random(5)
    rows = []
    for size, ties in ((2, 1), (3, 2), (40, 5), (300, 12), (500, 500), (1000, 3)):
        labels = [dice.random() < 0.4 for _ in range(size)]
        labels[0], labels[1] = False, True
        scores = [float(dice.randrange(ties)) + 0.8 * label * dice.random() * (ties > 4)
                  for label in labels]
        fpr, fnr, thresholds = det_curve(labels, scores)
        level = [min(9, max(0, int(10 * (s - min(scores)) / (max(scores) - min(scores) + 1e-9))))
                 for s in scores]
        fraction, mean = calibration_curve(labels, [(l + 0.5) / 10 for l in level], n_bins=10)
        rows.append({
            "labels": [int(label) for label in labels],
            "scores": scores,
            "one_minus_auc": 1 - float(roc_auc_score(labels, scores)),
            "det": [[float(t), float(x), float(y)]
                    for t, x, y in zip(thresholds, fpr, fnr) if numpy.isfinite(t)],
            "levels": level,
            "calibration": [[round(10 * float(m) - 0.5), float(f)] for m, f in zip(mean, fraction)],
        })
    return rows


print(json.dumps({
    "versions": {
        "python": platform.python_version(), "numpy": numpy.__version__,
        "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
        "scikit-learn": sklearn.__version__,
    },
    "clopper_pearson": clopper_pearson(),
    "mcnemar": tests(),
    "holm": holm(),
    "paired_difference": differences(),
    "ham_needed": needed(),
    "ranking": rankings(),
}, separators=(",", ":")).replace('],"', '],\n"').replace("},{", "},\n{"))
