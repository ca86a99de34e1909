// Makes of what the service sends what is drawn. Knows nothing of the page.

// The tree of one type of value. Nodes have: name; value, the width; total, with all below; base, the total of what it is
// compared with; self, without what is below; children, the widest first.
export function buildTree(data, first, { index, callers = false, focus = null, root = '' }) {
  const top = newNode('all');
  insert(top, data, 'self', { index, callers, focus, root });
  if (first) insert(top, first, 'baseSelf', { index, callers, focus, root });

  // Children before their parents; a stack of thousands of frames leaves no room for recursion.
  const order = [top];
  for (let i = 0; i < order.length; i++) order.push(...order[i].byName.values());
  top.signed = false;
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    node.children = [...node.byName.values()].sort((a, b) => b.value - a.value);
    // Where something is less than nothing, or gone, its size is what changed, and what was.
    node.value = Math.max(Math.abs(node.self), Math.abs(node.baseSelf));
    node.total = node.self;
    node.base = node.baseSelf;
    if (node.self < 0) top.signed = true;
    for (const child of node.children) {
      node.value += child.value;
      node.total += child.total;
      node.base += child.base;
    }
    delete node.byName;
  }
  return top;
}

// Functions with what they have themselves and what they have with all that they called, the largest first.
export function functionsOf(data, index, focus) {
  const functions = new Map();
  eachStack(data, index, focus, (stack, value) => {
    const seen = new Set();
    for (let i = stack.length - 1; i >= 0; i--) {
      const name = data.names[stack[i]];
      if (seen.has(name)) continue;
      seen.add(name);
      if (!functions.has(name)) functions.set(name, { name, flat: 0, cum: 0 });
      const row = functions.get(name);
      row.cum += value;
      if (i === stack.length - 1) row.flat += value;
    }
  });
  return [...functions.values()].sort((a, b) => Math.abs(b.flat) - Math.abs(a.flat) || Math.abs(b.cum) - Math.abs(a.cum));
}

export const labelKeys = data => [...new Set(data.labels.flatMap(Object.keys))].sort();

export const labelValues = (data, key) => [...new Set(data.labels.filter(set => key in set).map(set => set[key]))].sort();

const units = {
  bytes: [['B', 1], ['kB', 2 ** 10], ['MB', 2 ** 20], ['GB', 2 ** 30], ['TB', 2 ** 40], ['PB', 2 ** 50]],
  nanoseconds: [['ns', 1], ['us', 1e3], ['ms', 1e6], ['s', 1e9], ['hrs', 3600e9]],
};

// As the pprof tool writes it: two decimals, in the largest unit that leaves at least one.
export function formatValue(value, unit) {
  if (!(unit in units)) return value.toLocaleString('en');
  const [name, factor] = units[unit].findLast(([, factor]) => Math.abs(value) >= factor) ?? units[unit][0];
  return (value / factor).toFixed(2).replace(/\.00$/, '') + ' ' + name;
}

export function formatShare(value, total) {
  const share = total === 0 ? 0 : 100 * value / total;
  return (Math.abs(share) >= 1 || share === 0 ? share.toFixed(1) : String(Number(share.toPrecision(2)))) + ' %';
}

function newNode(name) {
  return { name, self: 0, baseSelf: 0, value: 0, byName: new Map() };
}

function insert(top, data, property, { index, callers, focus, root }) {
  eachStack(data, index, focus, (stack, value, labels) => {
    let node = top;
    if (root) node = childOf(node, root in labels ? `${root}=${labels[root]}` : `(no ${root})`);
    for (let i = 0; i < stack.length; i++) node = childOf(node, data.names[stack[callers ? stack.length - 1 - i : i]]);
    node[property] += value;
  });
}

function childOf(node, name) {
  let child = node.byName.get(name);
  if (!child) node.byName.set(name, child = newNode(name));
  return child;
}

// Calls back with each sample that has the label: the numbers of its names, outermost first, its value and its labels.
function eachStack(data, index, focus, callback) {
  const values = data.values[index];
  const stack = [];
  for (let i = 0; i < values.length; i++) {
    const labels = data.labels[data.label[i]];
    if (values[i] === 0 || (focus && labels[focus[0]] !== focus[1])) continue;
    stack.length = 0;
    for (let node = data.node[i]; node > 0; node = data.parent[node - 1]) stack.push(data.name[node - 1]);
    callback(stack.reverse(), values[i], labels);
  }
}
