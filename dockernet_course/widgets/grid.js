const grid = this.closest('.dockernet-grid');
if (grid.dataset.lmSuppressShortcuts) return;
const cells = () => [...grid.querySelectorAll('.dockernet-cell')];
const middle = (cell) => {
  const box = cell.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const next = (here, [dx, dy]) => {
  const [x, y] = middle(here);
  const way = (cell) => {
    const [cx, cy] = middle(cell);
    const along = (cx - x) * dx + (cy - y) * dy;
    return along > 1 && Math.abs((cx - x) * dy + (cy - y) * dx) < 9 ? along : Infinity;
  };
  return cells().filter((cell) => way(cell) < Infinity).sort((a, b) => way(a) - way(b))[0];
};
grid.dataset.lmSuppressShortcuts = 'true';
cells().forEach((cell, n) => { cell.tabIndex = n ? -1 : 0; });
grid.addEventListener('focusin', (event) => {
  if (event.target.matches('.dockernet-cell')) {
    cells().forEach((cell) => { cell.tabIndex = cell === event.target ? 0 : -1; });
  }
});
grid.addEventListener('keydown', (event) => {
  const here = event.target.closest('.dockernet-cell');
  if (here && steps[event.key]) {
    event.preventDefault();
    next(here, steps[event.key])?.focus();
  }
});
