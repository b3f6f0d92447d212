// Runs networks beside ONNX Runtime: node onnx.mjs NNK GRAPHS FOLDER
//
// NNK is the command, GRAPHS the folder of what PyTorch exported, FOLDER takes what is made; onnxruntime-node is found from
// there. Every graph is read and predicted with, written again, and replaced by features; every kind of model is made and
// exported. ONNX Runtime must give the outputs of nnk predict.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [nnkPath, graphs, folder] = process.argv.slice(2);
const ort = createRequire(join(folder, 'x'))('onnxruntime-node');
const file = (name) => join(folder, name);
const nnk = (...args) => execFileSync(nnkPath, [...args, '-quiet'], { encoding: 'utf8' });

// Of the root mean square of the differences in the worst output, relative to its spread: as nnk compress -check has it.
const most = 1e-5;

// random numbers between −1 and 1, the same in every run.
let state = 1;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 31 - 1;
}

function readNPY(name) {
  const b = readFileSync(file(name));
  const end = 10 + b.readUInt16LE(8);
  const header = b.toString('latin1', 10, end);
  const bytes = b.buffer.slice(b.byteOffset + end, b.byteOffset + b.length);
  const shape = /\(([^)]*)\)/.exec(header)[1].split(',').filter((s) => s.trim()).map(Number);
  const type = { '<f4': Float32Array, '<f8': Float64Array }[/'descr': '([^']*)'/.exec(header)[1]];
  return { shape, data: new type(bytes) };
}

function writeNPY(name, shape, data) {
  let header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  header = header.padEnd(117) + '\n';
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00' + header, 'latin1');
  start.writeUInt16LE(header.length, 8);
  writeFileSync(file(name), Buffer.concat([start, Buffer.from(Float64Array.from(data).buffer)]));
}

function difference(got, want, columns) {
  const rows = want.length / columns;
  const spread = [], wrong = [];
  for (let j = 0; j < columns; j++) {
    let mean = 0, square = 0, miss = 0;
    for (let i = j; i < want.length; i += columns) mean += want[i] / rows;
    for (let i = j; i < want.length; i += columns) {
      square += (want[i] - mean) ** 2 / rows;
      miss += (got[i] - want[i]) ** 2 / rows;
    }
    spread.push(Math.sqrt(square));
    wrong.push(Math.sqrt(miss));
  }
  const least = Math.max(...spread) / 1000;
  return Math.max(...wrong.map((w, j) => w / Math.max(spread[j], least)));
}

const open = (path) => ort.InferenceSession.create(path, { logSeverityLevel: 3 });

async function run(session, x, output) {
  const meta = session.inputMetadata[0];
  const type = meta.type === 'float64' ? Float64Array : Float32Array;
  const dims = [x.shape[0], ...meta.shape.slice(1)];
  if (dims.length === 2) dims[1] = x.shape[1];
  return (await session.run({ [session.inputNames[0]]: new ort.Tensor(meta.type, type.from(x.data), dims) }))[output].data;
}

let failed = 0, compared = 0, worst = 0;
function compare(what, got, want, columns) {
  report(what, got.length === want.length ? difference(got, want, columns) : NaN);
}

function report(what, e) {
  const ok = e <= most;
  compared++;
  worst = Math.max(worst, e);
  if (!ok) failed++;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${e.toExponential(1)} ${what}`);
}

// beside compares a model's export with its predictions.
async function beside(what, model, xName) {
  nnk('predict', '-json', '-model', file(model), '-x', file(xName), '-o', file('p.npy'));
  nnk('export', '-json', '-model', file(model), '-onnx', file('m.onnx'));
  const p = readNPY('p.npy'), session = await open(file('m.onnx'));
  compare(what, await run(session, read(xName), 'output'), p.data, p.shape[1]);
}

function read(name) {
  if (name.endsWith('.npy')) return readNPY(name);
  const rows = readFileSync(file(name), 'utf8').trim().split('\n').map((l) => l.split(',').map(Number));
  return { shape: [rows.length, rows[0].length], data: Float64Array.from(rows.flat()) };
}

// agree takes the error of the network that nnk reads in a graph from what ONNX Runtime gives for it.
function agree(what, path, options, x, y, columns) {
  writeNPY('y.npy', [y.length / columns, columns], y);
  const { rmse } = JSON.parse(nnk('eval', '-json', '-model', path, ...options, '-x', file('x.npy'), '-y', file('y.npy')));
  const scale = difference(Array.from(y, (v) => v + 1), y, columns); // of an error of 1, in the output of least spread
  report(what, rmse * scale);
}

// What PyTorch exported: in, out again, and with features in place of its layers. ONNX Runtime refuses one of them, with halves
// beside floats.
for (const name of readdirSync(graphs).filter((n) => n.endsWith('.onnx') && !n.startsWith('refused') && !n.startsWith('half')).sort()) {
  const path = join(graphs, name);
  const session = await open(path);
  const shape = session.inputMetadata[0].shape;
  const rows = typeof shape[0] === 'number' && shape[0] > 0 ? shape[0] : 200;
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  const output = session.outputNames.length > 1 ? 'score' : session.outputNames[0];
  const options = session.outputNames.length > 1 ? ['-output', output] : [];
  writeNPY('x.npy', [rows, width], Array.from({ length: rows * width }, () => Math.fround(3 * random())));
  const x = readNPY('x.npy');
  const y = await run(session, x, output);
  const columns = y.length / rows;
  agree(`${name} as PyTorch wrote it`, path, options, x, y, columns);
  nnk('export', '-json', '-model', path, ...options, '-onnx', file('m.onnx'));
  compare(`${name} written again`, await run(await open(file('m.onnx')), x, 'output'), y, columns);
  if (/^(mixed|gelu|softmax|prelus|norm-first)-1/.test(name)) {
    nnk('compress', '-json', '-model', path, '-check', file('x.npy'), file('y.npy'), '-x', file('x.npy'), '-features', '32', '-o', file('c.safetensors'));
    await beside(`${name} replaced by features`, 'c.safetensors', 'x.npy');
  }
}

// Every kind of model: inputs and targets of usual size, then on far levels; classes.
const lines = { x: [], y: [], far: [], level: [], c: [] };
for (let i = 0; i < 300; i++) {
  const r = Array.from({ length: 5 }, () => 2 * random());
  const f = Math.sin(r[0]) + r[1] * r[2] / 2 + Math.tanh(r[3]), g = r[1] - r[4];
  lines.x.push(r.map((v) => v.toFixed(5)).join());
  lines.y.push([f, g].map((v) => v.toFixed(5)).join());
  lines.far.push([2e9 + 3 * r[0], r[1] / 1000, 300 + r[2], r[3], 1e6 * r[4]].map((v) => v.toPrecision(15)).join());
  lines.level.push([101325 + f, g / 1000].map((v) => v.toPrecision(15)).join());
  lines.c.push(['low', 'mid', 'high'][(f > -0.5) + (f > 0.7)]);
}
for (const [name, rows] of Object.entries(lines)) writeFileSync(file(`${name}.csv`), rows.join('\n') + '\n');
const data = (x, y) => ['-x', file(`${x}.csv`), '-y', file(`${y}.csv`)];
nnk('train', ...data('x', 'y'), '-hidden', '16,12', '-epochs', '20', '-o', file('net.safetensors'));
nnk('train', ...data('x', 'c'), '-hidden', '12', '-epochs', '10', '-o', file('classes.safetensors'));
const net = ['compress', '-model', file('net.safetensors'), '-x', file('x.csv')];
const kinds = {
  'fit': ['fit', ...data('x', 'y'), '-features', '64'],
  'fit on far levels': ['fit', ...data('far', 'level'), '-features', '64'],
  'fit, arccos': ['fit', ...data('x', 'y'), '-features', '64', '-pool', 'none', '-map', 'arccos'],
  'fit, rows of their own': ['fit', ...data('x', 'c'), '-features', '64', '-pool', 'none', '-projection', 'iid', '-loss', 'squared'],
  'fit, cross-entropy': ['fit', ...data('x', 'c'), '-features', '32', '-loss', 'cross-entropy'],
  'fit, 8 bits': ['fit', ...data('x', 'c'), '-features', '32', '-bits', '8'],
  'train, 4 bits': ['train', ...data('x', 'c'), '-hidden', '12', '-epochs', '10', '-bits', '4'],
  'trained diagonals': ['train', ...data('x', 'c'), '-features', '64', '-epochs', '5'],
  'compress': [...net, '-features', '64'],
  'compress, two layers of three': [...net, '-features', '64', '-bundle', '0:2'],
  'compress, Monte Carlo': [...net, '-features', '2048', '-method', 'montecarlo', '-bundle', '0:1'],
  'compress and uptrain': ['compress', '-model', file('classes.safetensors'), ...data('x', 'c'), '-features', '64', '-pool', 'none', '-uptrain', '3', '-diagonals'],
};
for (const budget of [25, 50, 100, 200]) kinds[`compress, auto, ${budget} parameters`] = [...net, '-method', 'auto', '-budget', `${budget}`];
for (const [what, args] of Object.entries(kinds)) {
  nnk(...args, '-json', '-o', file('made.safetensors'));
  await beside(what, 'made.safetensors', what.includes('far') ? 'far.csv' : 'x.csv');
}
for (const name of ['net', 'classes']) {
  nnk('export', '-json', '-model', file(`${name}.safetensors`), '-onnx', file('m.onnx'));
  const x = read('x.csv'), y = await run(await open(file('m.onnx')), x, 'output');
  writeNPY('x.npy', x.shape, x.data);
  agree(`trained network, ${name}`, file(`${name}.safetensors`), [], x, y, y.length / x.shape[0]);
}
console.log(`${compared} compared, the worst differs by ${worst.toExponential(1)} of its spread`);
process.exit(failed ? 1 : 0);
