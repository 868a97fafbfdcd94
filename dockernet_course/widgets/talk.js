// Two to choose, and what to ask of them; the answers come from the kernel.
const CHOICES = [['source', 'From', 'Who asks'], ['target', 'To', 'Who is asked'],
  ['how', 'By', "How the packet's target is asked"]];

const render = async ({ model, el, host }) => {
  const unique = `dockernet-${Math.random().toString(36).slice(2)}`;
  const choice = ([trait, label, title]) => {
    const select = html('select', { id: `${unique}-${trait}`, title });
    select.addEventListener('change', () => {
      model.set(trait, select.value);
      model.save_changes();
    });
    const show = () => {
      const names = model.get(`${trait}s`);
      if (names.join('\n') !== [...select.options].map(({ value }) => value).join('\n')) {
        select.replaceChildren(...names.map((value) => html('option', { value }, value)));
      }
      select.value = model.get(trait);
      select.disabled = model.get('ended');
    };
    follow(model, [`${trait}s`, trait, 'ended'], show);
    return [html('label', { for: select.id }, label), select];
  };
  const [source, target, how] = CHOICES.map(choice);
  const chosen = () => Object.fromEntries(CHOICES.map(([trait]) => [trait, model.get(trait)]));
  const ask = button('Can they talk?', { title: 'Ask by name, by address, and at port 80' });
  const walk = button('Walk', { title: 'Follow one packet, and draw its way' });
  ask.addEventListener('click', () => model.send({ do: 'ask', ...chosen() }));
  walk.addEventListener('click', () => model.send({ do: 'walk', ...chosen() }));
  follow(model, ['source', 'target', 'ended'], () => [ask, walk].forEach((each) => {
    each.disabled = !model.get('source') || !model.get('target') || model.get('ended');
  }));
  const said = html('div', { role: 'status' });
  const wrong = html('div', { role: 'alert' });
  const table = html('table', { class: 'dockernet-talk' });
  const proofs = html('div', { 'aria-live': 'polite' });
  follow(model, ['said'], () => {
    const now = { words: '', rows: [], proofs: [], wrong: [], ...model.get('said') };
    said.textContent = now.words;
    wrong.replaceChildren(...now.wrong.map((words) => html('div', {}, words)));
    table.replaceChildren(...now.rows.map(([way, verdict, why]) => html('tr', {},
      html('th', { scope: 'row' }, way), html('td', {}, verdict), html('td', {}, why))));
    proofs.replaceChildren(...now.proofs.map(([ways, shown, cure]) => html('div', { class: 'dockernet-proof' },
      html('strong', {}, `Why not ${ways}`), ...(shown ? [html('pre', {}, shown)] : []),
      ...(cure ? [html('div', {}, `What to do: ${cure}`)] : []))));
  });
  const below = html('div');
  rooted(el, ['dockernet-asking'],
    html('div', { class: 'dockernet-buttons' }, ...source, ...target, ask),
    html('div', { class: 'dockernet-buttons' }, ...how, walk), said, wrong, table, proofs, below);
  await (await host.getWidget(model.get('way'))).render({ el: below });
};
export default { render };
