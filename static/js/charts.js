// Turns <canvas data-chart="id of a json_script"> into a Chart.js line chart, and again when theme or content changes.
(() => {
  "use strict";
  // In parts of the text's size, as the key of a line is: a key of another length draws over its own gaps, there and back.
  const PATTERNS = { dashed: [0.375, 0.25], dotted: [0.125, 0.1875] };
  const root = document.documentElement;
  const drawn = new Map();
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const asDay = (style, iso) => qao.formatTime(new Date(`${iso}T00:00:00Z`), style);

  // As the server writes them beside the chart: "$1,234.50" with the reader's separators.
  const numberFormat = ({ currency, unit }, compact) => {
    const options = currency ? { style: "currency", currency } : {};
    if (unit === "percent") Object.assign(options, { style: "percent", maximumFractionDigits: compact ? 1 : 2 });
    else if (compact) Object.assign(options, { notation: "compact", maximumFractionDigits: 1 });
    const format = new Intl.NumberFormat("en-US", options);
    return (value) => qao.formatNumber(format.format(value));
  };

  // 16 pixels, unless the reader or a wall enlarges the text.
  const rem = () => parseFloat(getComputedStyle(root).fontSize);

  const dataset = (line, count) => ({
    label: line.label,
    data: line.values,
    borderColor: color(line.color),
    backgroundColor: line.fill ? `color-mix(in srgb, ${color(line.color)} 12%, transparent)` : color(line.color),
    fill: Boolean(line.fill),
    borderDash: (PATTERNS[line.pattern] || []).map((part) => part * rem()),
    borderWidth: line.fill ? 2.5 : 1.75,
    pointStyle: line.pattern ? "line" : line.fill ? "circle" : "rectRot",  // told apart without colours, too
    // A day between two without a value would be no line at all.
    pointRadius: ({ dataIndex: index }) => {
      const isAlone = (line.values[index - 1] ?? null) === null && (line.values[index + 1] ?? null) === null;
      return isAlone || (count <= 60 && !line.pattern) ? (line.fill ? 2 : 3.5) : 0;
    },
    pointHoverRadius: 4,
    tension: 0,
    days: line.labels,
  });

  const configuration = (data) => {
    const amount = numberFormat(data, false);
    const short = numberFormat(data, true);
    const text = { color: color("muted"), font: { family: getComputedStyle(document.body).fontFamily, size: 0.75 * rem() } };
    return {
      type: "line",
      data: { labels: data.labels, datasets: data.lines.map((line) => dataset(line, data.labels.length)) },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: {
            grid: { display: false },
            ticks: { ...text, maxRotation: 0, autoSkipPadding: rem(), callback: (_, index) => asDay("day", data.labels[index]) },
          },
          y: { beginAtZero: true, suggestedMax: data.unit === "percent" ? 0.01 : data.unit ? 5 : undefined, grid: { color: color("line") }, ticks: { ...text, maxTicksLimit: 6, ...(data.unit === "events" ? { precision: 0 } : {}), callback: short } },
        },
        plugins: {
          legend: { position: "bottom", align: "start", labels: { ...text, color: color("ink"), boxWidth: 1.75 * rem(), boxHeight: 0, padding: 0.875 * rem() } },
          tooltip: {
            titleFont: { ...text.font, weight: "bold" },
            bodyFont: text.font,
            callbacks: {
              title: (items) => (items.length ? asDay("fullday", data.labels[items[0].dataIndex]) : ""),
              label: (item) => {
                const own = item.dataset.days ? ` (${asDay("fullday", item.dataset.days[item.dataIndex])})` : "";
                return `${item.dataset.label}${own}: ${amount(item.parsed.y)}`;
              },
            },
          },
        },
      },
    };
  };

  const drawOne = (canvas, again) => {
    const text = document.getElementById(canvas.dataset.chart).textContent;
    const known = drawn.get(canvas);
    if (known && !again && known.text === text) return;
    known?.chart.destroy();
    drawn.set(canvas, { text, chart: new Chart(canvas, configuration(JSON.parse(text))) });
  };
  // A long page is quick because a chart is drawn when the reader comes near it; paper shows all of them.
  const awaited = new Set();
  const nearby = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { leave(target); drawOne(target); }
  }, { rootMargin: "400px" });
  const leave = (canvas) => { awaited.delete(canvas); nearby.unobserve(canvas); };
  const draw = (again) => {
    for (const [canvas, { chart }] of drawn) {
      if (!canvas.isConnected) { chart.destroy(); drawn.delete(canvas); }
    }
    for (const canvas of awaited) if (!canvas.isConnected) leave(canvas);
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      if (drawn.has(canvas) || "printing" in root.dataset) { leave(canvas); drawOne(canvas, again); continue; }
      awaited.add(canvas);
      nearby.observe(canvas);
    }
  };
  const redraw = () => draw(true);

  document.addEventListener("DOMContentLoaded", redraw);
  document.addEventListener("qao:shown", () => draw(false));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(root, { attributeFilter: ["data-theme"] });
})();
