// Makes of what the service sends what is drawn. Knows nothing of the page.

// A tree of callers can have as many nodes as all stacks have frames: what has less than this part of all is not followed
// further, and nothing is when the tree is full.
export const followedShare = 0.0002;
const maxNodes = 100_000;

// The tree of one type of value. Nodes have: name; value, the width; total, with all below; base, the total of what it is
// compared with; self, without what is below; children, the widest first.
export function buildTree(data, first, { index, callers = false, focus = null, root = '' }) {
  const top = newNode('all');
  const sets = first ? [[data, 'self'], [first, 'baseSelf']] : [[data, 'self']];
  if (callers) addCallers(top, sets, index, focus, root);
  else for (const [set, property] of sets) addCallees(top, set, property, index, focus, root);

  // Children before their parents; a stack of thousands of frames leaves no room for recursion.
  const order = [top];
  for (let i = 0; i < order.length; i++) for (const child of order[i].byName.values()) order.push(child);
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
  eachSample(data, index, focus, (node, value) => {
    const seen = new Set();
    for (let at = node; at > 0; at = data.parent[at - 1]) {
      const name = data.name[at - 1];
      if (seen.has(name)) continue;
      seen.add(name);
      if (!functions.has(name)) functions.set(name, { name: data.names[name], flat: 0, cum: 0 });
      const row = functions.get(name);
      row.cum += value;
      if (at === node) row.flat += value;
    }
  });
  return [...functions.values()].sort((a, b) => Math.abs(b.flat) - Math.abs(a.flat) || Math.abs(b.cum) - Math.abs(a.cum));
}

export const labelKeys = data => [...new Set(data.labels.flatMap(Object.keys))].sort();

export const labelValues = (data, key) => [...new Set(data.labels.filter(set => Object.hasOwn(set, key)).map(set => set[key]))].sort();

const units = {
  bytes: [['B', 1], ['kB', 2 ** 10], ['MB', 2 ** 20], ['GB', 2 ** 30], ['TB', 2 ** 40], ['PB', 2 ** 50]],
  nanoseconds: [['ns', 1], ['us', 1e3], ['ms', 1e6], ['s', 1e9], ['hrs', 3600e9]],
};

// As the pprof tool writes it: two decimals, in the largest unit that leaves at least one.
export function formatValue(value, unit) {
  if (value === 0 || !(unit in units)) return value.toLocaleString('en');
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

function groupOf(top, labels, root) {
  return root ? childOf(top, Object.hasOwn(labels, root) ? `${root}=${labels[root]}` : `(no ${root})`) : top;
}

function addCallees(top, data, property, index, focus, root) {
  const made = new Map();
  eachSample(data, index, focus, (node, value, labels) => {
    const group = groupOf(top, labels, root);
    if (!made.has(group)) made.set(group, [group]);
    const nodes = made.get(group);
    const path = [];
    for (; nodes[node] === undefined; node = data.parent[node - 1]) path.push(node);
    let place = nodes[node];
    while (path.length > 0) {
      const next = path.pop();
      nodes[next] = place = childOf(place, data.names[data.name[next - 1]]);
    }
    place[property] += value;
  });
}

function addCallers(top, sets, index, focus, root) {
  const groups = new Map();
  let all = 0;
  for (const [data, property] of sets) {
    eachSample(data, index, focus, (node, value, labels) => {
      const group = groupOf(top, labels, root);
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push({ data, property, node, value });
      all += Math.abs(value);
    });
  }

  let room = maxNodes;
  let level = [...groups];
  while (level.length > 0) {
    const next = [];
    for (const [place, samples] of level) {
      const byName = new Map();
      for (const sample of samples) {
        if (sample.node === 0) {
          place[sample.property] += sample.value;
          continue;
        }
        const name = sample.data.names[sample.data.name[sample.node - 1]];
        sample.node = sample.data.parent[sample.node - 1];
        if (byName.has(name)) byName.get(name).push(sample); else byName.set(name, [sample]);
      }
      for (const [name, called] of byName) {
        const child = childOf(place, name);
        const size = called.reduce((sum, sample) => sum + Math.abs(sample.value), 0);
        if (--room > 0 && size >= all * followedShare) next.push([child, called]);
        else for (const sample of called) child[sample.property] += sample.value;
      }
    }
    level = next;
  }
}

function childOf(node, name) {
  let child = node.byName.get(name);
  if (!child) node.byName.set(name, child = newNode(name));
  return child;
}

// Calls back with the node of each sample that has the label, its value and its labels.
function eachSample(data, index, focus, callback) {
  const values = data.values[index];
  for (let i = 0; i < values.length; i++) {
    const labels = data.labels[data.label[i]];
    if (values[i] !== 0 && (!focus || labels[focus[0]] === focus[1])) callback(data.node[i], values[i], labels);
  }
}
