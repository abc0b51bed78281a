// Pairs of measurements with and without the sampler: each of them, the median of their
// ratios, and a 95 % confidence interval of it by bootstrap.

import { readFileSync } from 'node:fs';

const resamples = 20000;
let seed = 1; // the same numbers in every run

const pairs = [];
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
    const [pair, withSampler, tps, cpu, own] = line.split('\t').map(Number);
    pairs[pair - 1] ??= {};
    pairs[pair - 1][withSampler ? 'with' : 'without'] = { tps, cpu, own };
}

console.log(`  ${'transactions a second'.padStart(34)}${'CPU-us of the server for each'.padStart(36)}`);
console.log('  pair   without      with     ratio       without      with     ratio');
pairs.forEach((pair, i) => console.log(`  ${String(i + 1).padStart(4)}${columns(pair, 'tps', 0)}    ${columns(pair, 'cpu', 2)}`));
tell('transactions a second, with the sampler', 'tps');
tell('CPU for a transaction, with the sampler', 'cpu');
const own = pairs.map((pair) => pair.with.own * 100);
console.log(`the sampler's own share of the server's CPU: ${median(own).toFixed(3)} % (${Math.min(...own).toFixed(3)} to ${Math.max(...own).toFixed(3)})`);

function columns(pair, what, digits) {
    return [pair.without[what].toFixed(digits), pair.with[what].toFixed(digits), ratio(pair, what).toFixed(4)]
        .map((text) => text.padStart(10)).join('');
}

function ratio(pair, what) {
    return pair.with[what] / pair.without[what];
}

function tell(name, what) {
    const ratios = pairs.map((pair) => ratio(pair, what));
    const medians = Array.from({ length: resamples }, () => median(ratios.map(() => ratios[random(ratios.length)])))
        .sort((a, b) => a - b);
    const [low, high] = [0.025, 0.975].map((share) => medians[Math.floor(share * resamples)]);
    console.log(`${name}: ${percent(median(ratios))} (95 % confidence: ${percent(low)} to ${percent(high)})`);
}

function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function percent(value) {
    const change = (value - 1) * 100;
    return `${change < 0 ? '' : '+'}${change.toFixed(2)} %`;
}

// A linear congruential generator is good enough to draw some of a few.
function random(below) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
}
