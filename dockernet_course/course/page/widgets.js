// A page has no kernel: each widget whose state is in the page is drawn by its own module, in the place of its picture.
const { texts, widgets } = JSON.parse(document.getElementById('widgets').textContent);
const modules = new Map();
const loaded = (n) => {
  if (!modules.has(n)) modules.set(n, import(URL.createObjectURL(new Blob([texts[n]], { type: 'text/javascript' }))));
  return modules.get(n);
};
new Set(Object.values(widgets).map(({ _css }) => _css)).forEach((n) => {
  document.head.append(Object.assign(document.createElement('style'), { textContent: texts[n] }));
});
document.querySelectorAll('[data-widget]').forEach(async (picture) => {
  const state = widgets[picture.dataset.widget];
  const nothing = () => {};
  const model = { get: (name) => state[name], set: nothing, save_changes: nothing, send: nothing, on: nothing };
  const el = document.createElement('div');
  const { default: { render } } = await loaded(state._esm);
  picture.after(el);
  await render({ model, el });
  picture.hidden = true;
});
