// Curves of a report. Each figure of class "curves" holds its numbers as JSON; every panel becomes a small chart, one
// pointer and one slider belong to all of them, and the values at that time stand below each chart.
(() => {
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const written = v => {
    if (v == null) return '-';
    const size = Math.abs(v);
    return size && (size >= 1e5 || size < 1e-3) ? v.toExponential(2) : String(Number(v.toPrecision(3)));
  };
  const HEIGHT = 170;

  function marks(u, at, what, top, bottom) {
    const context = u.ctx;
    context.save();
    context.strokeStyle = colour(what);
    context.lineWidth = (what === 'dose' ? 1 : 2) * devicePixelRatio;
    if (what === 'dose') context.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    context.beginPath();
    for (const t of at) {
      const x = u.valToPos(t, 'x', true);
      context.moveTo(x, top);
      context.lineTo(x, bottom);
    }
    context.stroke();
    context.restore();
  }

  function given(u, data) {
    const { top, height } = u.bbox;
    if (data.marks.dose) marks(u, data.marks.dose, 'dose', top, top + height);
    if (data.marks.injury) marks(u, data.marks.injury, 'injury', top + height - 8 * devicePixelRatio, top + height);
  }

  function series(line) {
    const stroke = colour(line.kind), dash = line.kind === 'counted' ? [6, 3] : undefined;
    return { stroke, width: 1.6, dash, points: { show: false } };
  }

  function columns(panel, times) {
    const values = [times], shown = [{}], bands = [];
    for (const line of panel.lines) {
      if (line.low) {
        values.push(line.high, line.low);
        shown.push({ stroke: 'transparent', points: { show: false } }, { stroke: 'transparent', points: { show: false } });
        bands.push({ series: [values.length - 2, values.length - 1], fill: colour(line.kind === 'untreated' ? 'shade-untreated' : 'shade') });
      }
      values.push(line.values);
      shown.push(series(line));
    }
    return { values, shown, bands };
  }

  function told(panel, data, i) {
    const parts = panel.lines.map(line => line.label + ' ' + written(line.values[i]) +
      (line.low ? ' (' + written(line.low[i]) + ' to ' + written(line.high[i]) + ')' : ''));
    return written(data.times[i]) + ' ' + data.unit + ': ' + parts.join('; ');
  }

  function chart(place, below, panel, data, figure, moved) {
    const { values, shown, bands } = columns(panel, data.times);
    const axis = { stroke: colour('soft'), font: '11px system-ui, sans-serif', grid: { stroke: colour('faint'), width: 0.5 },
      ticks: { stroke: colour('faint'), size: 4 } };
    const last = data.times.length - 1;
    const options = {
      width: place.clientWidth || 420, height: HEIGHT, pxAlign: 0, legend: { show: false },
      scales: { x: { time: false }, y: { range: panel.range } },
      series: shown, bands,
      axes: [{ ...axis, size: 38, label: data.unit, labelSize: 14, labelFont: axis.font, labelGap: 0 },
        { ...axis, size: 52, values: (u, ticks) => ticks.map(written) }],
      cursor: { sync: { key: figure.id }, drag: { x: false, y: false }, points: { size: 5 }, y: false },
      hooks: {
        drawClear: [u => given(u, data)],
        setCursor: [u => {
          const i = u.cursor.idx ?? last;
          below.textContent = told(panel, data, i);
          moved(i);
        }],
      },
    };
    below.textContent = told(panel, data, last);
    return new uPlot(options, values, place);
  }

  function draw(figure) {
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const live = figure.querySelector('.live'), slider = live.querySelector('input');
    const output = live.querySelector('output'), last = data.times.length - 1;
    live.hidden = false;
    figure.classList.add('drawn');
    const moved = i => {
      slider.value = i;
      output.textContent = written(data.times[i]) + ' ' + data.unit;
      slider.setAttribute('aria-valuetext', output.textContent);
    };
    const made = [...live.querySelectorAll('.panel')].map((panel, k) => {
      const place = panel.querySelector('.plot');
      place.replaceChildren();
      return chart(place, panel.querySelector('.values'), data.panels[k], data, figure, moved);
    });
    slider.oninput = () => {
      const t = data.times[Number(slider.value)];
      for (const u of made) u.setCursor({ left: u.valToPos(t, 'x'), top: 10 });
    };
    moved(last);
    return made;
  }

  const figures = [...document.querySelectorAll('figure.curves')];
  let charts = figures.map(draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    charts.flat().forEach(u => u.destroy());
    charts = figures.map(draw);
  });
  let waiting;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => charts.flat().forEach(u => {
      const width = u.root.parentElement.clientWidth;
      if (width) u.setSize({ width, height: HEIGHT });
    }), 100);
  });
})();
