// A grid for each way, in which cells are clicked, or walked through with the arrow keys.
const SIGNS = new Map([[null, ['', 'nothing said yet']], [true, ['is-can', 'you say it can']],
  [false, ['is-cannot', 'you say it cannot']]]);
const ON = new Map([[null, true], [true, false], [false, null]]);
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const MANY = 6;
const LONG = 16;

// A caption; of a long name the middle goes, and the whole name shows under the mouse.
const short = (name) => {
  const all = [...name];
  return all.length > LONG ? `${all.slice(0, LONG / 2).join('')}…${all.slice(1 - LONG / 2).join('')}` : name;
};
const caption = (kind, name) => html('span', { class: `dockernet-name ${kind}`, title: name, dir: 'auto' }, short(name));
const middle = (cell) => {
  const box = cell.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
const towards = (cells, here, [dx, dy]) => {
  const [x, y] = middle(here);
  const way = (cell) => {
    const [cx, cy] = middle(cell);
    const along = (cx - x) * dx + (cy - y) * dy;
    return along > 1 && Math.abs((cx - x) * dy + (cy - y) * dx) < 9 ? along : Infinity;
  };
  return cells.filter((cell) => way(cell) < Infinity).sort((a, b) => way(a) - way(b))[0];
};

const render = ({ model, el }) => {
  const [sources, targets] = [model.get('sources'), model.get('targets')];
  const cells = []; // in the order of what was said
  const names = [];
  const cell = (words) => {
    names.push(words);
    cells.push(html('button', { type: 'button', class: 'dockernet-cell', tabindex: cells.length ? '-1' : '0' }));
    return cells[cells.length - 1];
  };
  const none = () => html('span', { class: 'dockernet-none', role: 'img', 'aria-label': 'nothing to ask' }, '·');
  const grid = (words) => {
    const rows = sources.flatMap((source) => [caption('is-row', source), ...targets.map((target) => (
      source === target ? none() : cell(`${source} to ${target} ${words}`)))]);
    const all = html('div', { class: `dockernet-way${targets.length > MANY ? ' is-many' : ''}` },
      caption('is-corner', 'from ↓ to →'), ...targets.map((target) => caption('is-column', target)), ...rows);
    all.style.setProperty('--columns', targets.length);
    return html('div', {}, html('strong', {}, words), all);
  };
  const ways = html('div', { class: 'dockernet-ways' }, ...model.get('captions').map(grid));
  const commit = button('Commit', { title: 'Commit to what you said' });
  const skip = button('Skip', { title: 'Go on without an answer; the explanation unfolds' });
  const said = html('div', { role: 'status' });
  const how = 'Rows ask, columns are asked. Click, or walk with the arrow keys and press Space: ✓ it can, ✗ it cannot.';

  follow(model, ['said', 'closed', 'feedback'], () => {
    const [states, closed] = [model.get('said'), model.get('closed')];
    cells.forEach((each, n) => {
      const [kind, words] = SIGNS.get(states[n]);
      each.className = `dockernet-cell ${kind}`;
      each.title = `${names[n]}: ${words}`;
      each.setAttribute('aria-label', each.title);
      each.disabled = closed;
    });
    const count = states.filter((each) => each !== null).length;
    commit.disabled = closed || !count;
    skip.disabled = closed;
    const words = model.get('feedback') || `${count} of ${cells.length} said`;
    if (said.innerHTML !== words) said.innerHTML = words;
  });
  ways.addEventListener('click', ({ target }) => {
    const n = cells.indexOf(target);
    if (n < 0) return;
    model.set('said', model.get('said').map((each, m) => (m === n ? ON.get(each) : each)));
    model.save_changes();
  });
  ways.addEventListener('focusin', ({ target }) => {
    if (cells.includes(target)) cells.forEach((each) => { each.tabIndex = each === target ? 0 : -1; });
  });
  ways.addEventListener('keydown', (event) => {
    if (!cells.includes(event.target) || !WAYS[event.key]) return;
    event.preventDefault();
    towards(cells, event.target, WAYS[event.key])?.focus();
  });
  commit.addEventListener('click', () => model.send({ do: 'commit', said: model.get('said') }));
  skip.addEventListener('click', () => model.send({ do: 'skip' }));
  rooted(el, ['dockernet-grid'], asked(model), html('p', {}, how), ways,
    html('div', { class: 'dockernet-buttons' }, commit, skip), said);
};
export default { render };
