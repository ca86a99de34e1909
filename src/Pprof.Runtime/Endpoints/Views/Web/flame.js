// The page of view=flame: asks the service for the tree of a profile, and draws it. No script runs in the page but this.
import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
import { buildTree, followedShare, functionsOf, formatValue, formatShare, labelKeys, labelValues } from './tree.js';

const element = id => document.getElementById(id);
const profile = document.body.dataset.profile;
const defaultSeconds = Number(document.body.dataset.seconds);
const parameters = new URLSearchParams(location.search);
const rowsOfTable = 100;

let shown = null;       // what the service answered last
let first = null;       // what it is compared with
let tree = null;        // the drawn tree
let chart = null;
let frames = new Map(); // drawn frames by the number of their node
let current = null;     // the node that the keyboard is at
let request = null;

element('collect').addEventListener('submit', event => { event.preventDefault(); collect(); });
element('stop').addEventListener('click', () => request?.abort());
element('keep').addEventListener('click', () => keep(first === null ? shown : null));
element('reset').addEventListener('click', () => zoom(chart.findById(0)));
element('search').addEventListener('input', search);
element('options').addEventListener('submit', event => event.preventDefault());
element('list').addEventListener('toggle', fillTable);
for (const id of ['type', 'order', 'layout', 'focus', 'root']) element(id).addEventListener('change', draw);
element('chart').addEventListener('keydown', press);
element('chart').addEventListener('focusin', event => event.target.__data__ && goTo(event.target.__data__));
addEventListener('resize', () => {
  if (chart && !element('view').hidden) {
    chart.width(width());
    refresh();
  }
});

if (parameters.has('seconds')) element('seconds').value = parameters.get('seconds');

// A page that is a file holds its profile, and what that is compared with.
function showFile() {
  const read = id => element(id) && JSON.parse(element(id).textContent);
  first = read('first');
  show(read('data'));
}

// Collecting

async function collect() {
  request?.abort();
  const mine = request = new AbortController();
  const seconds = element('seconds').value;
  if (seconds) parameters.set('seconds', seconds); else parameters.delete('seconds');
  parameters.set('view', 'top');
  element('top').href = '?' + parameters;
  parameters.set('view', 'flame');
  history.replaceState(null, '', '?' + parameters);
  parameters.set('view', 'flame.json');
  element('error').textContent = '';
  const stopClock = showProgress(Number(seconds) || defaultSeconds);
  try {
    const answer = await fetch('?' + parameters, { cache: 'no-store', signal: mine.signal });
    if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
    const data = await answer.json();
    if (mine === request) show(data);
  } catch (error) {
    if (mine === request) element('error').textContent = error.name === 'AbortError' ? 'Stopped.' : error.message;
  } finally {
    if (mine === request) {
      stopClock();
      request = null;
    }
  }
}

function showProgress(seconds) {
  const end = performance.now() + seconds * 1000;
  const bar = element('bar');
  element('progress').hidden = false;
  element('stop').hidden = false;
  element('again').disabled = true;
  if (seconds > 0) bar.max = seconds; else bar.removeAttribute('value');
  let said = '';
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (seconds > 0) bar.value = seconds - left;
    // A screen reader need not hear every second.
    const text = left > 0 ? `collecting: ${left} s left` : 'waiting for the profile';
    if (text !== said) element('left').textContent = said = text;
  };
  clearInterval(showProgress.timer);
  showProgress.timer = setInterval(tick, 250);
  tick();
  return () => {
    clearInterval(showProgress.timer);
    element('progress').hidden = true;
    element('stop').hidden = true;
    element('again').disabled = false;
  };
}

function show(data) {
  const isFirst = shown === null;
  shown = data;
  element('view').hidden = false;
  if (isFirst) {
    fill('type', data.types.map((type, index) => [index, `${type.type} (${type.unit})`]));
    const asked = data.types.findIndex(type => type.type === parameters.get('sample_index'));
    element('type').value = asked < 0 ? data.shown : asked;
  }

  const focus = [['', 'all samples']];
  for (const key of labelKeys(data)) {
    for (const value of labelValues(data, key)) focus.push([JSON.stringify([key, value]), `${key}=${value}`]);
  }
  fill('focus', focus);
  fill('root', [['', 'none'], ...labelKeys(data).map(key => [key, key])]);
  if (isFirst && parameters.has('tagroot')) element('root').value = parameters.get('tagroot');
  if (element('root').selectedIndex < 0) element('root').value = '';

  element('comments').replaceChildren(...data.comments.map(comment => item('li', comment)));
  const save = element('save');
  URL.revokeObjectURL(save.href);
  save.href = URL.createObjectURL(new Blob([Uint8Array.from(atob(data.message), letter => letter.charCodeAt(0))], { type: 'application/octet-stream' }));
  save.download = `${profile.replace(/[^\w.-]+/g, '_')}.pb.gz`;
  save.hidden = false;
  element('keep').disabled = false;
  draw();
}

function keep(data) {
  first = data;
  element('keep').setAttribute('aria-pressed', String(data !== null));
  draw();
}

// Drawing

function draw() {
  if (!shown) return;
  const index = Number(element('type').value);
  const unit = shown.types[index].unit;
  tree = buildTree(shown, first, {
    index,
    callers: isOfCallers(),
    focus: element('focus').value ? JSON.parse(element('focus').value) : null,
    root: element('root').value,
  });

  element('chart').replaceChildren();
  current = null;
  chart = flamegraph()
    .width(width())
    .cellHeight(20)
    .minFrameSize(1)
    .transitionDuration(0)
    .inverted(element('layout').value === 'icicle')
    .setLabelHandler(node => describe(node, unit))
    .setColorMapper(color)
    .setSearchMatch((node, term) => node.data.name.toLowerCase().includes(term))
    .setSearchHandler(tellFound)
    .setDetailsHandler(text => { if (text) element('details').textContent = text; })
    .onClick(node => {
      current = node;
      annotate(true);
    });
  select(element('chart')).datum(tree).call(chart);
  element('found').textContent = '';
  search();
  tellFacts(unit);
  fillTable();
}

function tellFacts(unit) {
  const facts = [];
  if (shown.duration > 0) facts.push(`${formatValue(shown.duration, 'nanoseconds')} collected`);
  facts.push(first === null
    ? `${formatValue(tree.total, unit)} in all`
    : `${formatValue(tree.base, unit)} at first, ${formatValue(tree.total, unit)} now: ${signed(tree.total - tree.base, unit)}`);
  if (first !== null || tree.signed) facts.push('red: more, blue: less');
  if (shown.leftOut > 0) facts.push(`${shown.leftOut.toLocaleString('en')} frames of less than ${formatShare(shown.threshold, 1)} each are shown as [small frames]`);
  if (isOfCallers()) facts.push(`callers of what has less than ${formatShare(followedShare, 1)} are not shown`);
  if (shown.leftOutLabels.length > 0) facts.push(`labels with too many values to choose from: ${shown.leftOutLabels.join(', ')}`);
  element('facts').textContent = facts.join('; ') + '.';
}

function describe(node, unit) {
  const { name, total, base, self } = node.data;
  const parts = [`${formatValue(total, unit)}, ${formatShare(total, tree.total)} of all`];
  if (node.parent?.parent) parts.push(`${formatShare(total, node.parent.data.total)} of ${node.parent.data.name}`);
  if (self !== 0 && !isOfCallers()) parts.push(`itself ${formatValue(self, unit)}`);
  if (first !== null) parts.push(`at first ${formatValue(base, unit)}: ${signed(total - base, unit)}`);
  return `${name}: ${parts.join('; ')}`;
}

function color(node, warm) {
  if (node.highlight) return 'var(--found)';
  const { total, base, value } = node.data;
  if (first === null && !tree.signed) return node.data.name.startsWith('[') ? 'var(--pseudo)' : warm;
  const change = first === null ? total : total - base;
  const strength = value === 0 ? 0 : Math.min(1, Math.abs(change) / value);
  const rest = Math.round(235 * (1 - strength));
  return change > 0 ? `rgb(245,${rest},${rest})` : change < 0 ? `rgb(${rest},${rest},245)` : 'rgb(225,225,225)';
}

const isOfCallers = () => element('order').value === 'callers';
const signed = (value, unit) => (value > 0 ? '+' : '') + formatValue(value, unit);
const width = () => element('chart').clientWidth || 960;

// Search

function search() {
  if (!chart) return;
  const term = element('search').value.trim().toLowerCase();
  if (term) {
    chart.search(term);
  } else if (element('found').textContent) {
    chart.clear();
    element('found').textContent = '';
  }
  annotate(false);
}

function tellFound(results, sum) {
  const unit = shown.types[Number(element('type').value)].unit;
  const count = results.length.toLocaleString('en') + (results.length === 1 ? ' frame' : ' frames');
  element('found').textContent = tree.signed || first !== null
    ? `${count} found`
    : `${count} found, with ${formatValue(sum, unit)}, ${formatShare(sum, tree.total)} of all`;
}

// Keyboard and screen reader: a tree of frames, of which one at a time takes the focus.

function refresh() {
  chart.update();
  annotate(false);
}

function zoom(node) {
  if (node) chart.zoomTo(node);
}

function annotate(takesFocus) {
  const svg = element('chart').querySelector('svg');
  svg.setAttribute('role', 'tree');
  svg.setAttribute('aria-label', `${profile}: frames by ${element('type').selectedOptions[0]?.text}`);
  frames = new Map();
  for (const frame of svg.querySelectorAll('g.frame')) {
    const node = frame.__data__;
    frames.set(node.id, frame);
    frame.setAttribute('role', 'treeitem');
    frame.setAttribute('aria-level', node.depth + 1);
    frame.setAttribute('aria-label', frame.querySelector('title')?.textContent ?? node.data.name);
    frame.setAttribute('tabindex', '-1');
  }
  if (!current || !frames.has(current.id)) current = svg.querySelector('g.frame')?.__data__ ?? null;
  const frame = current && frames.get(current.id);
  frame?.setAttribute('tabindex', '0');
  if (takesFocus) frame?.focus({ preventScroll: true });
}

function goTo(node) {
  if (!node || !frames.has(node.id)) return;
  if (current) frames.get(current.id)?.setAttribute('tabindex', '-1');
  current = node;
  const frame = frames.get(node.id);
  frame.setAttribute('tabindex', '0');
  if (document.activeElement !== frame) frame.focus();
  element('details').textContent = frame.getAttribute('aria-label');
}

function press(event) {
  if (!current || event.altKey || event.ctrlKey || event.metaKey) return;
  const drawn = node => frames.has(node.id);
  const siblings = (current.parent?.children ?? [current]).filter(drawn);
  const at = siblings.indexOf(current);
  const inwards = element('layout').value === 'icicle' ? 'ArrowDown' : 'ArrowUp';
  const outwards = inwards === 'ArrowDown' ? 'ArrowUp' : 'ArrowDown';
  switch (event.key) {
    case inwards: goTo(current.children?.find(drawn)); break;
    case outwards: goTo(current.parent); break;
    case 'ArrowLeft': goTo(siblings[at - 1]); break;
    case 'ArrowRight': goTo(siblings[at + 1]); break;
    case 'Enter': case ' ': zoom(current); break;
    case 'Escape': zoom(chart.findById(0)); break;
    default: return;
  }
  event.preventDefault();
}

// The table

function fillTable() {
  if (!tree || !element('list').open) return;
  const index = Number(element('type').value);
  const unit = shown.types[index].unit;
  const focus = element('focus').value ? JSON.parse(element('focus').value) : null;
  element('rows').replaceChildren(...functionsOf(shown, index, focus).slice(0, rowsOfTable).map(row => {
    const line = document.createElement('tr');
    for (const text of [formatValue(row.flat, unit), formatShare(row.flat, tree.total), formatValue(row.cum, unit), formatShare(row.cum, tree.total)]) {
      line.append(item('td', text, 'number'));
    }
    const head = item('th', row.name);
    head.scope = 'row';
    line.append(head);
    return line;
  }));
}

function fill(id, options) {
  const before = element(id).value;
  element(id).replaceChildren(...options.map(([value, text]) => {
    const option = item('option', text);
    option.value = value;
    return option;
  }));
  if (options.some(([value]) => String(value) === before)) element(id).value = before;
}

function item(kind, text, name) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

// Last, because a file is drawn at once.
if (element('data')) showFile(); else collect();
