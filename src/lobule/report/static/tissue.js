// A tissue that plays: one slider and one pointer belong to all sections, which show the same window of the same sheet.
(() => {
  const data = JSON.parse(document.getElementById('sheet').textContent);
  const { days, size, places, kinds, states, where, frames } = data;
  const at = document.getElementById('at'), stain = document.getElementById('stain'), go = document.getElementById('go');
  const figures = [...document.querySelectorAll('figure.arm')];
  const NEAR = 7, FAR = 30, STEP = 12, FRAME = 900;  // um, um, um, ms
  const known = {};
  let spot = null, timer = null;

  const element = (tag, text, attributes) => {
    const made = Object.assign(document.createElement(tag), { textContent: text });
    for (const name in attributes || {}) made.setAttribute(name, attributes[name]);
    return made;
  };

  // The cell under a point: a small one that is drawn there, else the hepatocyte whose place it is.
  function cell(arm, x, y) {
    const frame = frames[arm][+at.value];
    let best = null, least = NEAR * NEAR;
    for (const [kind, cx, cy, zone, lobule, vein] of frame.others) {
      const away = (cx - x) ** 2 + (cy - y) ** 2;
      if (away < least) { least = away; best = { name: kinds[kind], x: cx, y: cy, zone, lobule, vein }; }
    }
    if (best) return best;
    least = FAR * FAR;
    for (let i = 0; i < places.x.length; i++) {
      const away = (places.x[i] - x) ** 2 + (places.y[i] - y) ** 2;
      if (away < least) { least = away; best = i; }
    }
    if (best === null) return null;
    const zone = +places.where[best], inside = zone >= where.length - 2;
    const name = inside ? where[zone] : states[+frame.states[best]];
    return { name, x: places.x[best], y: places.y[best], zone, lobule: places.lobule[best], vein: places.vein[best], inside };
  }

  function said(one) {
    if (!one) return '';
    const place = `lobule ${one.lobule + 1}`;
    return one.inside ? `${one.name}, ${place}` : `${one.name}, ${where[one.zone]}, ${place}, ${one.vein} µm from its central vein`;
  }

  // The same spot in every section, so that treated and untreated are compared cell by cell.
  function point() {
    figures.forEach((figure, arm) => {
      const ring = figure.querySelector('.ring'), told = figure.querySelector('.told');
      const one = spot && cell(arm, ...spot);
      ring.hidden = !one;
      if (one) {
        ring.style.left = `${100 * one.x / size[0]}%`;
        ring.style.top = `${100 * one.y / size[1]}%`;
      }
      told.textContent = said(one) || 'Point at a cell, or move with the arrow keys.';
    });
  }

  function counted() {
    const body = document.querySelector('#cells tbody');
    const rows = [...states.map((name, k) => [name, frame => count(frame.states, places.where, String(k))]),
      ...kinds.map((name, k) => [name, frame => frame.others.filter(one => one[0] === k).length])].filter(ever);
    body.replaceChildren(...rows.map(([name, number]) => {
      const row = element('tr');
      row.append(element('th', name, { scope: 'row' }), ...frames.map(arm => element('td', number(arm[+at.value]), { class: 'n' })));
      return row;
    }));
  }

  // A kind that no section has at any time is left out.
  function ever([name, number]) {
    known[name] ??= frames.some(arm => arm.some(frame => number(frame)));
    return known[name];
  }

  function count(letters, zones, wanted) {
    let found = 0;
    for (let i = 0; i < letters.length; i++) if (letters[i] === wanted && +zones[i] < where.length - 2) found++;
    return found;
  }

  function show() {
    const i = +at.value, day = `day ${days[i]}`;
    document.getElementById('day').textContent = day;
    at.setAttribute('aria-valuetext', day);
    figures.forEach((figure, arm) => {
      const frame = frames[arm][i], picture = figure.querySelector('img');
      picture.src = frame.pictures[stain.value];
      picture.alt = `${figure.dataset.name}, ${day}, ${stain.selectedOptions[0].textContent}: ${frame.words}`;
      figure.querySelector('.words').textContent = frame.words;
    });
    counted();
    point();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    go.textContent = 'Play';
    go.setAttribute('aria-pressed', 'false');
  }

  function play() {
    if (timer) return stop();
    go.textContent = 'Pause';
    go.setAttribute('aria-pressed', 'true');
    timer = setInterval(() => {
      at.value = (+at.value + 1) % days.length;
      show();
    }, FRAME);
  }

  const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  for (const figure of figures) {
    const seen = figure.querySelector('.seen');
    seen.addEventListener('pointermove', event => {
      const box = seen.getBoundingClientRect();
      spot = [(event.clientX - box.left) / box.width * size[0], (event.clientY - box.top) / box.height * size[1]];
      point();
    });
    seen.addEventListener('keydown', event => {
      const move = MOVES[event.key];
      if (event.key === ' ') play();
      else if (event.key === 'Escape') spot = null;
      else if (move) spot = (spot || size.map(one => one / 2)).map((one, k) => Math.min(Math.max(one + move[k], 0), size[k]));
      else return;
      event.preventDefault();
      point();
    });
  }
  go.onclick = play;
  at.oninput = () => { stop(); show(); };
  stain.onchange = show;
  show();
})();
