// Rates with their exact intervals (Clopper and Pearson 1934), and numbers as text.

const GAMMA = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** Logarithm of the gamma function for x >= 1 (Lanczos). */
function lnGamma(x) {
  const y = x - 1;
  const sum = GAMMA.reduce((all, c, at) => all + c / (y + at + 1), 0.9999999999998099);
  const t = y + GAMMA.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Regularised incomplete beta function by its continued fraction (Lentz). */
function incompleteBeta(a, b, x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  if (x > (a + 1) / (a + b + 2)) return 1 - (front * fraction(b, a, 1 - x)) / b;
  return (front * fraction(a, b, x)) / a;
}

function fraction(a, b, x) {
  const tiny = 1e-300;
  const held = (value) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / held(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= 10000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / held(1 + even * d);
    c = held(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / held(1 + odd * d);
    c = held(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return h;
}

/** The x with incompleteBeta(a, b, x) = p, by bisection. */
function betaQuantile(a, b, p) {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (incompleteBeta(a, b, middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const intervals = new Map();

/** `count` of `of` with its exact two-sided 95 % interval. */
function rate(count, of) {
  const key = `${count}/${of}`;
  if (!intervals.has(key)) {
    const tail = 0.025;
    let low = 0;
    let high = 1;
    if (of > 0 && count > 0) {
      low = count === of ? Math.exp(Math.log(tail) / of) : betaQuantile(count, of - count + 1, tail);
    }
    if (of > 0 && count < of) {
      high = count === 0 ? -Math.expm1(Math.log(tail) / of) : betaQuantile(count + 1, of - count, 1 - tail);
    }
    intervals.set(key, { count, of, rate: of > 0 ? count / of : 0, low, high });
  }
  return intervals.get(key);
}

function thousands(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share of one as per cent with two figures that count. */
function percent(share) {
  const value = 100 * share;
  if (value === 0 || value >= 9.95) return `${value.toFixed(0)} %`;
  if (value >= 0.995) return `${value.toFixed(1)} %`;
  if (value >= 0.0995) return `${value.toFixed(2)} %`;
  if (value >= 0.00995) return `${value.toFixed(3)} %`;
  if (value >= 0.000995) return `${value.toFixed(4)} %`;
  return `${value.toFixed(6)} %`;
}

function range(found) {
  return `${percent(found.low)} to ${percent(found.high)}`;
}

/** Inverse of the normal distribution function (Acklam), for the axes of a DET chart. */
function probit(p) {
  const tail = (q) =>
    (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q -
      2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783) /
    ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q +
      3.754408661907416) * q + 1);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r +
      138.357751867269) * r - 30.66479806614716) * r + 2.506628277459239) * q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r +
      66.80131188771972) * r - 13.28068155288572) * r + 1)
  );
}
