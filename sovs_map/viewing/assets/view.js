// Pixels of the scene are the map's coordinates: x is the column, y is minus the row.
const $ = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element) element[name] = value; else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

const map = L.map("map", { crs: L.CRS.Simple, minZoom: -9, maxZoom: 4, zoomSnap: 0.5, attributionControl: false, fadeAnimation: false });
let sheets = [], number = 0, sheet = null, layers = new Map(), hidden = new Set(), outlines = null, picking = false;

const say = (text, bad = false) => { $("status").textContent = text; $("status").className = bad ? "bad" : ""; };

async function call(address, body) {
  const how = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const answer = await fetch(address, how);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error ?? answer.statusText);
  return told;
}

function tiles(key, opacity) {
  const query = key === "labels" && hidden.size ? `?hidden=${[...hidden].join(",")}` : "";
  return L.tileLayer(`tile/${number}/${key}/{z}/{x}/{y}${query}`, {
    tileSize: sheet.tile, minZoom: -9, maxZoom: 4, minNativeZoom: -sheet.levels, maxNativeZoom: 0, zoomOffset: sheet.levels,
    bounds: [[-sheet.height, 0], [0, sheet.width]], noWrap: true, opacity, keepBuffer: 1, updateWhenIdle: false,
  });
}

function addLayer(list, { key, title, shown, opacity, tools = [] }) {
  const layer = tiles(key, opacity);
  layers.set(key, layer);
  if (shown) layer.addTo(map);
  const check = make("input", { type: "checkbox", checked: shown });
  check.addEventListener("change", () => { if (check.checked) layers.get(key).addTo(map); else layers.get(key).remove(); });
  const range = make("input", { type: "range", min: 0, max: 100, value: opacity * 100, "aria-label": `Opacity of ${title}` });
  range.addEventListener("input", () => layers.get(key).setOpacity(range.value / 100));
  const item = make("li", { }, make("label", {}, check, make("span", { className: "name", textContent: title })), range, ...tools);
  item.dataset.key = key;
  list.append(item);
  return item;
}

function showClasses() {
  const list = $("classes");
  list.replaceChildren();
  $("classes-box").hidden = !sheet.classes.length;
  for (const one of sheet.classes) {
    const check = make("input", { type: "checkbox", checked: !hidden.has(one.label) });
    check.addEventListener("change", () => {
      if (check.checked) hidden.delete(one.label); else hidden.add(one.label);
      const old = layers.get("labels"), on = map.hasLayer(old), fresh = tiles("labels", old.options.opacity);
      layers.set("labels", fresh);
      if (on) { fresh.addTo(map); fresh.once("load", () => old.remove()); }
      drawOutlines();
    });
    const swatch = make("span", { className: "swatch" });
    swatch.style.background = one.colour;
    const area = one.area_m2 === null ? "" : ` · ${(one.area_m2 / 1e6).toLocaleString("en", { maximumSignificantDigits: 3 })} km²`;
    list.append(make("li", {}, make("label", {}, check, swatch, make("span", { className: "name", textContent: one.name }),
      make("span", { className: "figure", textContent: `${(one.share * 100).toFixed(1)} %${area}` }))));
  }
}

async function drawOutlines() {
  if (!outlines || !map.hasLayer(outlines)) return;
  const view = map.getBounds(), row = Math.floor(-view.getNorth()), col = Math.floor(view.getWest());
  const size = `height=${Math.ceil(-view.getSouth()) - row}&width=${Math.ceil(view.getEast()) - col}`;
  const found = await call(`outlines/${number}?row=${row}&col=${col}&${size}`);
  outlines.clearLayers();
  outlines.addData({ ...found, features: found.features.filter((one) => !hidden.has(one.properties.class_id)) });
  if (found.cut) say("Only some outlines are shown; zoom in for all.");
}

function addOutlines(list) {
  outlines = L.geoJSON(null, {
    style: { color: "#ffffff", weight: 1, fillOpacity: 0 },
    onEachFeature: (one, layer) => layer.bindTooltip(() => {
      const area = one.properties.area_m2 === null ? "" : `, ${Math.round(one.properties.area_m2).toLocaleString("en")} m²`;
      return make("span", { textContent: `${one.properties.class}${area}` });
    }),
  });
  const check = make("input", { type: "checkbox" });
  check.addEventListener("change", () => { if (check.checked) { outlines.addTo(map); drawOutlines().catch(fail); } else outlines.remove(); });
  list.append(make("li", {}, make("label", {}, check, make("span", { className: "name", textContent: "Outlines" }))));
}

const fail = (error) => say(error.message, true);

function addAnswer({ key, name }) {
  $("answers-box").hidden = false;
  for (const [other, layer] of layers) if (other.startsWith("q") && other !== key) {
    layer.remove();
    const box = document.querySelector(`li[data-key="${other}"] input[type=checkbox]`);
    if (box) box.checked = false;
  }
  if (layers.has(key)) {
    layers.get(key).addTo(map);
    document.querySelector(`li[data-key="${key}"] input[type=checkbox]`).checked = true;
    return;
  }
  const threshold = make("input", { type: "number", min: 0.01, max: 1, step: 0.05, value: 0.5, "aria-label": `Least probability of polygons of ${name}` });
  const save = (text, body) => {
    const button = make("button", { type: "button", textContent: text });
    button.addEventListener("click", async () => {
      say(`Saving ${name}…`);
      try { say(`Saved: ${(await call("save", { key, ...body() })).files.join(", ")}`); } catch (error) { fail(error); }
    });
    return button;
  };
  const tools = make("div", { className: "row" }, save("Save raster", () => ({})),
    save("Save polygons from", () => ({ threshold: Number(threshold.value) })), threshold);
  addLayer($("answers"), { key, title: name, shown: true, opacity: 1, tools: [tools] });
}

async function ask(address, body, text) {
  say(`${text}…`);
  try {
    const answer = await call(address, body);
    addAnswer(answer);
    say(`Shown: ${answer.name}`);
  } catch (error) { fail(error); }
}

const pixel = (place) => ({ row: Math.floor(-place.lat), col: Math.floor(place.lng) });

function setPicking(on) {
  picking = on;
  $("pick").setAttribute("aria-pressed", on);
  map.getContainer().classList.toggle("picking", on);
  if (on) say("Click a place in the picture.");
}

const ScaleBar = L.Control.extend({
  options: { position: "bottomleft" },
  onAdd() { this.bar = make("div", { className: "bar" }); map.on("zoomend moveend", this.update, this); this.update(); return this.bar; },
  onRemove() { map.off("zoomend moveend", this.update, this); },
  update() {
    const metres = 120 * sheet.pixel_m / 2 ** map.getZoom(), power = 10 ** Math.floor(Math.log10(metres));
    const round = [5, 2, 1].map((one) => one * power).find((one) => one <= metres);
    this.bar.style.width = `${120 * round / metres}px`;
    this.bar.textContent = round >= 1000 ? `${round / 1000} km` : `${round} m`;
  },
});
let bar = null;

function show(index) {
  number = index;
  sheet = sheets[index];
  for (const layer of layers.values()) layer.remove();
  if (outlines) outlines.remove();
  layers = new Map(); hidden = new Set(); outlines = null;
  $("title").textContent = sheet.name;
  document.title = `${sheet.name} · sovs-map`;
  $("layers").replaceChildren(); $("answers").replaceChildren(); $("answers-box").hidden = true;
  $("ask").hidden = !sheet.can_be_asked;
  map.fitBounds([[-sheet.height, 0], [0, sheet.width]]);
  for (const layer of sheet.layers) {
    addLayer($("layers"), { key: layer.key, title: layer.title, shown: layer.kind !== "confidence", opacity: layer.kind === "labels" ? 0.6 : 1 });
  }
  if (sheet.has_polygons) addOutlines($("layers"));
  showClasses();
  if (bar) bar.remove();
  bar = sheet.pixel_m ? new ScaleBar().addTo(map) : null;
}

let waiting = null;
map.on("mousemove", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const { row, col } = pixel(event.latlng);
    const told = await call(`place/${number}?row=${row}&col=${col}`);
    const degrees = told.lon === undefined ? "" : ` · ${told.lat.toFixed(5)}°, ${told.lon.toFixed(5)}°`;
    $("cursor").textContent = `row ${told.row}, column ${told.col} · x ${told.x.toFixed(1)}, y ${told.y.toFixed(1)}${degrees}`;
  }, 60);
});
map.on("moveend", () => drawOutlines().catch(fail));
map.on("click", (event) => { if (picking) { setPicking(false); ask("example", pixel(event.latlng), "Looking for what is like it"); } });
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const phrase = $("phrase").value.trim();
  if (phrase) ask("ask", { phrase }, `Asking for ${phrase}`);
});
$("pick").addEventListener("click", () => setPicking(!picking));
$("centre").addEventListener("click", () => ask("example", pixel(map.getCenter()), "Looking for what is like the middle"));
$("scene").addEventListener("change", () => show(Number($("scene").value)));

try {
  sheets = await call("facts");
  sheets.forEach((one, index) => $("scene").append(make("option", { value: index, textContent: one.name })));
  $("scene-row").hidden = sheets.length < 2;
  show(0);
  say("Ready.");
} catch (error) { fail(error); }
