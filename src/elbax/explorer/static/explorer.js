// \0rolldown/runtime.js
var e = Object.create, t = Object.defineProperty, n = Object.getOwnPropertyDescriptor, r = Object.getOwnPropertyNames, i = Object.getPrototypeOf, a = Object.prototype.hasOwnProperty, o = (e, t) => () => (t || (e((t = { exports: {} }).exports, t, t.exports), e = null), t.exports), s = (e, i, o, s) => {
	if (i && typeof i == "object" || typeof i == "function") for (var c = r(i), l = 0, u = c.length, d; l < u; l++) d = c[l], !a.call(e, d) && d !== o && t(e, d, {
		get: ((e) => i[e]).bind(null, d),
		enumerable: !(s = n(i, d)) || s.enumerable
	});
	return e;
}, c = (n, r, o) => (o = n == null ? {} : e(i(n)), s(r || !n || !n.__esModule || !a.call(n, "default") ? t(o, "default", {
	value: n,
	enumerable: !0
}) : o, n)), l = {
	float32: Float32Array,
	uint8: Uint8Array,
	int32: Int32Array
};
function u(e) {
	return "buffer" in e && "dtype" in e && "shape" in e;
}
function d(e, t) {
	return Array.isArray(e) ? e.map((e) => d(e, t)) : typeof e != "object" || !e ? e : u(e) ? {
		data: t(e),
		shape: e.shape
	} : Object.fromEntries(Object.entries(e).map(([e, n]) => [e, d(n, t)]));
}
function f(e) {
	return e.shape.reduce((e, t) => e * t, 1) * l[e.dtype].BYTES_PER_ELEMENT;
}
function p(e) {
	let t = new DataView(e).getUint32(0, !0), n = JSON.parse(new TextDecoder().decode(new Uint8Array(e, 4, t))), r = 4 + t, i = () => r += (8 - r % 8) % 8;
	return d(n, (t) => {
		i();
		let n = r + f(t), a = new l[t.dtype](e.slice(r, n));
		return r = n, a;
	});
}
function m() {
	let e = new URLSearchParams(location.hash.slice(1)).get("token"), t = { "content-type": "application/json" };
	return e && (t.authorization = `Bearer ${e}`), async (e, n = {}) => {
		let r = await fetch(`api/${e}`, {
			method: "POST",
			headers: t,
			body: JSON.stringify(n)
		});
		if (r.ok) return p(await r.arrayBuffer());
		let i = await r.text(), a = i;
		try {
			a = JSON.parse(i).detail ?? i;
		} catch {}
		throw Error(a);
	};
}
function h(e) {
	let t = /* @__PURE__ */ new Map(), n = 0, r = (e, n) => {
		let r = t.get(e.id);
		if (r) {
			if (t.delete(e.id), e.error) return r.reject(Error(e.error));
			r.resolve(d(e.reply, (e) => {
				let t = n[e.buffer], r = t.buffer.slice(t.byteOffset, t.byteOffset + t.byteLength);
				return new l[e.dtype](r);
			}));
		}
	};
	return e.on("msg:custom", r), {
		transport: (r, i = {}) => new Promise((a, o) => {
			t.set(++n, {
				resolve: a,
				reject: o
			}), e.send({
				id: n,
				name: r,
				request: i
			});
		}),
		close: () => e.off("msg:custom", r)
	};
}
var g = class {
	work;
	failed;
	busy = !1;
	next = null;
	constructor(e, t) {
		this.work = e, this.failed = t;
	}
	call(...e) {
		this.next = e, this.busy || this.run();
	}
	async run() {
		for (this.busy = !0; this.next;) {
			let e = this.next;
			this.next = null;
			try {
				await this.work(...e);
			} catch (e) {
				this.failed(e);
			}
		}
		this.busy = !1;
	}
}, _ = class {
	about;
	ask;
	say;
	open;
	useMode;
	map;
	point;
	axes;
	context;
	contextRow = null;
	coloring = null;
	pointListeners = [];
	contextListeners = [];
	constructor(e, t, n, r, i, a) {
		this.about = e, this.ask = t, this.say = n, this.open = r, this.useMode = i, this.map = a, this.point = e.latents.map(({ low: e, high: t }) => (e + t) / 2), this.axes = e.axes, this.context = e.context && Object.fromEntries(e.context.map(({ name: e, usual: t }) => [e, t])), e.context && !e.context.length && (this.contextRow = 0);
	}
	inContext() {
		return this.contextRow === null ? { context: this.context } : { context_row: this.contextRow };
	}
	setContext(e, t) {
		this.context[e] = t, this.contextListeners.forEach((e) => e());
	}
	setContextRow(e) {
		this.about.context && !this.about.context.length && (this.contextRow = e, this.contextListeners.forEach((e) => e()));
	}
	onContext(e) {
		this.contextListeners.push(e);
	}
	onPoint(e) {
		this.pointListeners.push(e);
	}
	setPoint(e) {
		this.point = e, this.map.setMarks({ probe: this.along(e) }), this.pointListeners.forEach((t) => t(e));
	}
	movePoint([e, t]) {
		this.setPoint(this.lift([e, t]));
	}
	lift([e, t]) {
		let n = [...this.point];
		return n[this.axes[0]] = e, this.axes.length > 1 && (n[this.axes[1]] = t), n;
	}
	along(e) {
		return [e[this.axes[0]], this.axes.length > 1 ? e[this.axes[1]] : 0];
	}
	alongAll(e, t = 2e3) {
		let n = e.shape[1], r = Math.max(1, Math.ceil(n / t)), i = (t, r) => e.data[t * n + r], a = [];
		for (let e = 0; e < n; e += r) a.push([i(this.axes[0], e), this.axes.length > 1 ? i(this.axes[1], e) : 0]);
		return a;
	}
	latest(e) {
		return new g(e, (e) => this.say(e.message, !0));
	}
	async run(e) {
		try {
			await e();
		} catch (e) {
			this.say(e.message, !0);
		}
	}
}, v = [
	"#440154",
	"#472d7b",
	"#3b528b",
	"#2c728e",
	"#21918c",
	"#28ae80",
	"#5ec962",
	"#addc30",
	"#fde725"
], y = 64, b = "#a3a9b1", x = .22;
function S(e) {
	let t = parseInt(e.slice(1), 16);
	return [
		t >> 16,
		t >> 8 & 255,
		t & 255
	];
}
function C([e, t, n]) {
	return "#" + [
		e,
		t,
		n
	].map((e) => Math.round(e).toString(16).padStart(2, "0")).join("");
}
function w(e) {
	let t = Math.min(Math.max(e, 0), 1) * (v.length - 1), n = Math.min(Math.floor(t), v.length - 2), [r, i] = [S(v[n]), S(v[n + 1])];
	return r.map((e, r) => e + (t - n) * (i[r] - e));
}
function T(e) {
	let t = e ? x : 0;
	return Array.from({ length: y }, (e, n) => C(w(t + (1 - t) * n / 63)));
}
function E(e, t, n) {
	if (e === null) return {
		palette: [n ? "#6aa9d8" : "#2b6a99"],
		codes: new Uint8Array(t)
	};
	let r = e.values.data;
	if (e.kind === "classes") return {
		palette: e.colors,
		codes: r
	};
	let [i, a] = [e.low, e.high], o = new Uint8Array(r.length);
	for (let e = 0; e < r.length; e++) {
		let t = (r[e] - i) / (a - i);
		o[e] = t === t ? 1 + Math.min(63, Math.max(0, Math.floor(t * y))) : 0;
	}
	return {
		palette: [b, ...T(n)],
		codes: o
	};
}
function D(e) {
	return `linear-gradient(to right, ${T(e).filter((e, t) => t % 7 == 0).join(", ")})`;
}
// src/dom.ts
function O(e, t, n) {
	for (let [n, r] of Object.entries(t)) r != null && r !== !1 && (n.startsWith("on") ? e.addEventListener(n.slice(2), r) : e.setAttribute(n, r === !0 ? "" : String(r)));
	for (let t of n) t != null && t !== !1 && e.append(t instanceof Node ? t : String(t));
}
function k(e, t = {}, ...n) {
	let r = document.createElement(e);
	return O(r, t, n), r;
}
function A(e, t = {}, ...n) {
	let r = document.createElementNS("http://www.w3.org/2000/svg", e);
	return O(r, t, n), r;
}
function j(e, t, n, r) {
	let i = k("select", {
		"aria-label": e,
		onchange: (e) => r(e.target.value)
	});
	for (let { id: e, name: n } of t) i.append(k("option", { value: e }, n));
	return i.value = n, k("label", { class: "choice" }, k("span", {}, e), i);
}
function M(e, t, n = {}) {
	return k("button", {
		type: "button",
		onclick: t,
		...n
	}, e);
}
function N(e) {
	if (!Number.isFinite(e)) return "";
	let t = Math.abs(e);
	return (Number.isInteger(e) || t >= 1e3 ? Math.round(e).toLocaleString("en") : e.toPrecision(3)).replace("-", "−");
}
// node_modules/pub-sub-es/dist/index.js
var P = new window.BroadcastChannel("pub-sub-es"), F = (e) => typeof e == "string", I = (e, t) => F(e) && t ? e.toLowerCase() : e, L = (e, t) => (n, r, i = Infinity) => {
	let a = I(n, t?.caseInsensitive), o = e[a] || [];
	return o.push({
		handler: r,
		times: +i || Infinity
	}), e[a] = o, {
		event: a,
		handler: r
	};
}, R = (e) => typeof e == "object";
function z(e, t) {
	function n(n, r) {
		let i, a;
		R(n) ? (a = n.handler, i = n.event) : (i = n, a = r);
		let o = e[I(i, t?.caseInsensitive)];
		if (!o) return;
		let s = o.findIndex((e) => e.handler === a);
		s === -1 || s >= o.length || o.splice(s, 1);
	}
	return n;
}
var ee = (e) => !!e, B = (e, t) => {
	let n = z(e);
	return (...r) => {
		let [i, a, o] = r, s = I(i, t?.caseInsensitive), c = e[s];
		if (!ee(c)) return;
		let l = [...c];
		for (let e of l) --e.times < 1 && n(s, e.handler);
		let u = o?.async === void 0 ? t?.async : o.async, d = () => {
			for (let e of l) e.handler(a);
		};
		if (u ? setTimeout(d, 0) : d(), t?.isGlobal && !o?.isNoGlobalBroadcast) try {
			P.postMessage({
				event: s,
				news: a
			});
		} catch (e) {
			if (e instanceof Error && e.name === "DataCloneError") console.warn(`Could not broadcast '${s.toString()}' globally. Payload is not clonable.`);
			else throw e;
		}
	};
};
function te(e) {
	return Object.keys(e);
}
var ne = (e) => () => {
	for (let t of te(e)) delete e[t];
}, V = () => ({}), re = (e) => {
	let t = !!e?.async, n = !!e?.caseInsensitive, r = e?.stack || V();
	return {
		publish: B(r, {
			async: t,
			caseInsensitive: n
		}),
		subscribe: L(r, { caseInsensitive: n }),
		unsubscribe: z(r, { caseInsensitive: n }),
		clear: ne(r),
		stack: r
	};
}, ie = V(), ae = {
	publish: B(ie, { isGlobal: !0 }),
	subscribe: L(ie),
	unsubscribe: z(ie),
	clear: ne(ie),
	stack: ie
};
P.onmessage = ({ data: { event: e, news: t } }) => ae.publish(e, t, { isNoGlobalBroadcast: !0 });
// node_modules/regl-scatterplot/dist/regl-scatterplot.esm.js
var oe = /* @__PURE__ */ c((/* @__PURE__ */ o(((e, t, n) => {
	(function(n, r) {
		typeof e == "object" && t !== void 0 ? t.exports = r() : typeof define == "function" && define.amd ? define(r) : n.createREGL = r();
	})(n, (function() {
		var e = function(e) {
			return e instanceof Uint8Array || e instanceof Uint16Array || e instanceof Uint32Array || e instanceof Int8Array || e instanceof Int16Array || e instanceof Int32Array || e instanceof Float32Array || e instanceof Float64Array || e instanceof Uint8ClampedArray;
		}, t = function(e, t) {
			for (var n = Object.keys(t), r = 0; r < n.length; ++r) e[n[r]] = t[n[r]];
			return e;
		}, n = "\n";
		function r(e) {
			return typeof atob < "u" ? atob(e) : "base64:" + e;
		}
		function i(e) {
			var t = /* @__PURE__ */ Error("(regl) " + e);
			throw console.error(t), t;
		}
		function a(e, t) {
			e || i(t);
		}
		function o(e) {
			return e ? ": " + e : "";
		}
		function s(e, t, n) {
			e in t || i("unknown parameter (" + e + ")" + o(n) + ". possible values: " + Object.keys(t).join());
		}
		function c(t, n) {
			e(t) || i("invalid parameter type" + o(n) + ". must be a typed array");
		}
		function l(e, t) {
			switch (t) {
				case "number": return typeof e == "number";
				case "object": return typeof e == "object";
				case "string": return typeof e == "string";
				case "boolean": return typeof e == "boolean";
				case "function": return typeof e == "function";
				case "undefined": return e === void 0;
				case "symbol": return typeof e == "symbol";
			}
		}
		function u(e, t, n) {
			l(e, t) || i("invalid parameter type" + o(n) + ". expected " + t + ", got " + typeof e);
		}
		function d(e, t) {
			e >= 0 && (e | 0) === e || i("invalid parameter type, (" + e + ")" + o(t) + ". must be a nonnegative integer");
		}
		function f(e, t, n) {
			t.indexOf(e) < 0 && i("invalid value" + o(n) + ". must be one of: " + t);
		}
		var p = [
			"gl",
			"canvas",
			"container",
			"attributes",
			"pixelRatio",
			"extensions",
			"optionalExtensions",
			"profile",
			"onDone"
		];
		function m(e) {
			Object.keys(e).forEach(function(e) {
				p.indexOf(e) < 0 && i("invalid regl constructor argument \"" + e + "\". must be one of " + p);
			});
		}
		function h(e, t) {
			for (e += ""; e.length < t;) e = " " + e;
			return e;
		}
		function g() {
			this.name = "unknown", this.lines = [], this.index = {}, this.hasErrors = !1;
		}
		function _(e, t) {
			this.number = e, this.line = t, this.errors = [];
		}
		function v(e, t, n) {
			this.file = e, this.line = t, this.message = n;
		}
		function y() {
			var e = /* @__PURE__ */ Error(), t = (e.stack || e).toString(), n = /compileProcedure.*\n\s*at.*\((.*)\)/.exec(t);
			if (n) return n[1];
			var r = /compileProcedure.*\n\s*at\s+(.*)(\n|$)/.exec(t);
			return r ? r[1] : "unknown";
		}
		function b() {
			var e = /* @__PURE__ */ Error(), t = (e.stack || e).toString(), n = /at REGLCommand.*\n\s+at.*\((.*)\)/.exec(t);
			if (n) return n[1];
			var r = /at REGLCommand.*\n\s+at\s+(.*)\n/.exec(t);
			return r ? r[1] : "unknown";
		}
		function x(e, t) {
			var n = e.split("\n"), i = 1, a = 0, o = {
				unknown: new g(),
				0: new g()
			};
			o.unknown.name = o[0].name = t || y(), o.unknown.lines.push(new _(0, ""));
			for (var s = 0; s < n.length; ++s) {
				var c = n[s], l = /^\s*#\s*(\w+)\s+(.+)\s*$/.exec(c);
				if (l) switch (l[1]) {
					case "line":
						var u = /(\d+)(\s+\d+)?/.exec(l[2]);
						u && (i = u[1] | 0, u[2] && (a = u[2] | 0, a in o || (o[a] = new g())));
						break;
					case "define":
						var d = /SHADER_NAME(_B64)?\s+(.*)$/.exec(l[2]);
						d && (o[a].name = d[1] ? r(d[2]) : d[2]);
				}
				o[a].lines.push(new _(i++, c));
			}
			return Object.keys(o).forEach(function(e) {
				var t = o[e];
				t.lines.forEach(function(e) {
					t.index[e.number] = e;
				});
			}), o;
		}
		function S(e) {
			var t = [];
			return e.split("\n").forEach(function(e) {
				if (!(e.length < 5)) {
					var n = /^ERROR:\s+(\d+):(\d+):\s*(.*)$/.exec(e);
					n ? t.push(new v(n[1] | 0, n[2] | 0, n[3].trim())) : e.length > 0 && t.push(new v("unknown", 0, e));
				}
			}), t;
		}
		function C(e, t) {
			t.forEach(function(t) {
				var n = e[t.file];
				if (n) {
					var r = n.index[t.line];
					if (r) {
						r.errors.push(t), n.hasErrors = !0;
						return;
					}
				}
				e.unknown.hasErrors = !0, e.unknown.lines[0].errors.push(t);
			});
		}
		function w(e, t, r, i, o) {
			if (!e.getShaderParameter(t, e.COMPILE_STATUS)) {
				var s = e.getShaderInfoLog(t), c = i === e.FRAGMENT_SHADER ? "fragment" : "vertex";
				j(r, "string", c + " shader source must be a string", o);
				var l = x(r, o);
				C(l, S(s)), Object.keys(l).forEach(function(e) {
					var t = l[e];
					if (!t.hasErrors) return;
					var r = [""], i = [""];
					function a(e, t) {
						r.push(e), i.push(t || "");
					}
					a("file number " + e + ": " + t.name + "\n", "color:red;text-decoration:underline;font-weight:bold"), t.lines.forEach(function(e) {
						if (e.errors.length > 0) {
							a(h(e.number, 4) + "|  ", "background-color:yellow; font-weight:bold"), a(e.line + n, "color:red; background-color:yellow; font-weight:bold");
							var t = 0;
							e.errors.forEach(function(r) {
								var i = r.message, o = /^\s*'(.*)'\s*:\s*(.*)$/.exec(i);
								if (o) {
									var s = o[1];
									i = o[2], s === "assign" && (s = "="), t = Math.max(e.line.indexOf(s, t), 0);
								} else t = 0;
								a(h("| ", 6)), a(h("^^^", t + 3) + n, "font-weight:bold"), a(h("| ", 6)), a(i + n, "font-weight:bold");
							}), a(h("| ", 6) + n);
						} else a(h(e.number, 4) + "|  "), a(e.line + n, "color:red");
					}), typeof document < "u" && !window.chrome ? (i[0] = r.join("%c"), console.log.apply(console, i)) : console.log(r.join(""));
				}), a.raise("Error compiling " + c + " shader, " + l[0].name);
			}
		}
		function T(e, t, r, i, o) {
			if (!e.getProgramParameter(t, e.LINK_STATUS)) {
				var s = e.getProgramInfoLog(t), c = x(r, o), l = "Error linking program with vertex shader, \"" + x(i, o)[0].name + "\", and fragment shader \"" + c[0].name + "\"";
				typeof document < "u" ? console.log("%c" + l + n + "%c" + s, "color:red;text-decoration:underline;font-weight:bold", "color:red") : console.log(l + n + s), a.raise(l);
			}
		}
		function E(e) {
			e._commandRef = y();
		}
		function D(e, t, n, r) {
			E(e);
			function i(e) {
				return e ? r.id(e) : 0;
			}
			e._fragId = i(e.static.frag), e._vertId = i(e.static.vert);
			function a(e, t) {
				Object.keys(t).forEach(function(t) {
					e[r.id(t)] = !0;
				});
			}
			var o = e._uniformSet = {};
			a(o, t.static), a(o, t.dynamic);
			var s = e._attributeSet = {};
			a(s, n.static), a(s, n.dynamic), e._hasCount = "count" in e.static || "count" in e.dynamic || "elements" in e.static || "elements" in e.dynamic;
		}
		function O(e, t) {
			var n = b();
			i(e + " in command " + (t || y()) + (n === "unknown" ? "" : " called from " + n));
		}
		function k(e, t, n) {
			e || O(t, n || y());
		}
		function A(e, t, n, r) {
			e in t || O("unknown parameter (" + e + ")" + o(n) + ". possible values: " + Object.keys(t).join(), r || y());
		}
		function j(e, t, n, r) {
			l(e, t) || O("invalid parameter type" + o(n) + ". expected " + t + ", got " + typeof e, r || y());
		}
		function M(e) {
			e();
		}
		function N(e, t, n) {
			e.texture ? f(e.texture._texture.internalformat, t, "unsupported texture format for attachment") : f(e.renderbuffer._renderbuffer.format, n, "unsupported renderbuffer format for attachment");
		}
		var P = 33071, F = 9728, I = 9984, L = 9985, R = 9986, z = 9987, ee = 5120, B = 5121, te = 5122, ne = 5123, V = 5124, re = 5125, ie = 5126, ae = 32819, oe = 32820, se = 33635, H = 34042, ce = 36193, U = {};
		U[ee] = U[B] = 1, U[te] = U[ne] = U[ce] = U[se] = U[ae] = U[oe] = 2, U[V] = U[re] = U[ie] = U[H] = 4;
		function le(e, t) {
			return e === oe || e === ae || e === se ? 2 : e === H ? 4 : U[e] * t;
		}
		function W(e) {
			return !(e & e - 1) && !!e;
		}
		function ue(e, t, n) {
			var r, i = t.width, o = t.height, s = t.channels;
			a(i > 0 && i <= n.maxTextureSize && o > 0 && o <= n.maxTextureSize, "invalid texture shape"), (e.wrapS !== P || e.wrapT !== P) && a(W(i) && W(o), "incompatible wrap mode for texture, both width and height must be power of 2"), t.mipmask === 1 ? i !== 1 && o !== 1 && a(e.minFilter !== I && e.minFilter !== R && e.minFilter !== L && e.minFilter !== z, "min filter requires mipmap") : (a(W(i) && W(o), "texture must be a square power of 2 to support mipmapping"), a(t.mipmask === (i << 1) - 1, "missing or incomplete mipmap data")), t.type === ie && (n.extensions.indexOf("oes_texture_float_linear") < 0 && a(e.minFilter === F && e.magFilter === F, "filter not supported, must enable oes_texture_float_linear"), a(!e.genMipmaps, "mipmap generation not supported with float textures"));
			var c = t.images;
			for (r = 0; r < 16; ++r) if (c[r]) {
				var l = i >> r, u = o >> r;
				a(t.mipmask & 1 << r, "missing mipmap data");
				var d = c[r];
				if (a(d.width === l && d.height === u, "invalid shape for mip images"), a(d.format === t.format && d.internalformat === t.internalformat && d.type === t.type, "incompatible type for mip image"), !d.compressed) {
					if (d.data) {
						var f = Math.ceil(le(d.type, s) * l / d.unpackAlignment) * d.unpackAlignment;
						a(d.data.byteLength === f * u, "invalid data for image, buffer size is inconsistent with image format");
					} else d.element || d.copy;
				}
			} else e.genMipmaps || a(!(t.mipmask & 1 << r), "extra mipmap data");
			t.compressed && a(!e.genMipmaps, "mipmap generation for compressed images not supported");
		}
		function de(e, t, n, r) {
			var i = e.width, o = e.height, s = e.channels;
			a(i > 0 && i <= r.maxTextureSize && o > 0 && o <= r.maxTextureSize, "invalid texture shape"), a(i === o, "cube map must be square"), a(t.wrapS === P && t.wrapT === P, "wrap mode not supported by cube map");
			for (var c = 0; c < n.length; ++c) {
				var l = n[c];
				a(l.width === i && l.height === o, "inconsistent cube map face shape"), t.genMipmaps && (a(!l.compressed, "can not generate mipmap for compressed textures"), a(l.mipmask === 1, "can not specify mipmaps and generate mipmaps"));
				for (var u = l.images, d = 0; d < 16; ++d) {
					var f = u[d];
					if (f) {
						var p = i >> d, m = o >> d;
						a(l.mipmask & 1 << d, "missing mipmap data"), a(f.width === p && f.height === m, "invalid shape for mip images"), a(f.format === e.format && f.internalformat === e.internalformat && f.type === e.type, "incompatible type for mip image"), f.compressed || (f.data ? a(f.data.byteLength === p * m * Math.max(le(f.type, s), f.unpackAlignment), "invalid data for image, buffer size is inconsistent with image format") : f.element || f.copy);
					}
				}
			}
		}
		var G = t(a, {
			optional: M,
			raise: i,
			commandRaise: O,
			command: k,
			parameter: s,
			commandParameter: A,
			constructor: m,
			type: u,
			commandType: j,
			isTypedArray: c,
			nni: d,
			oneOf: f,
			shaderError: w,
			linkError: T,
			callSite: b,
			saveCommandRef: E,
			saveDrawInfo: D,
			framebufferFormat: N,
			guessCommand: y,
			texture2D: ue,
			textureCube: de
		}), fe = 0, pe = 0, me = 5, he = 6;
		function K(e, t) {
			this.id = fe++, this.type = e, this.data = t;
		}
		function ge(e) {
			return e.replace(/\\/g, "\\\\").replace(/"/g, "\\\"");
		}
		function _e(e) {
			if (e.length === 0) return [];
			var t = e.charAt(0), n = e.charAt(e.length - 1);
			if (e.length > 1 && t === n && (t === "\"" || t === "'")) return ["\"" + ge(e.substr(1, e.length - 2)) + "\""];
			var r = /\[(false|true|null|\d+|'[^']*'|"[^"]*")\]/.exec(e);
			if (r) return _e(e.substr(0, r.index)).concat(_e(r[1])).concat(_e(e.substr(r.index + r[0].length)));
			var i = e.split(".");
			if (i.length === 1) return ["\"" + ge(e) + "\""];
			for (var a = [], o = 0; o < i.length; ++o) a = a.concat(_e(i[o]));
			return a;
		}
		function ve(e) {
			return "[" + _e(e).join("][") + "]";
		}
		function ye(e, t) {
			return new K(e, ve(t + ""));
		}
		function be(e) {
			return typeof e == "function" && !e._reglType || e instanceof K;
		}
		function xe(e, t) {
			if (typeof e == "function") return new K(pe, e);
			if (typeof e == "number" || typeof e == "boolean") return new K(me, e);
			if (Array.isArray(e)) return new K(he, e.map(function(e, n) {
				return xe(e, t + "[" + n + "]");
			}));
			if (e instanceof K) return e;
			G(!1, "invalid option type in uniform " + t);
		}
		var Se = {
			DynamicVariable: K,
			define: ye,
			isDynamic: be,
			unbox: xe,
			accessor: ve
		}, Ce = {
			next: typeof requestAnimationFrame == "function" ? function(e) {
				return requestAnimationFrame(e);
			} : function(e) {
				return setTimeout(e, 16);
			},
			cancel: typeof cancelAnimationFrame == "function" ? function(e) {
				return cancelAnimationFrame(e);
			} : clearTimeout
		}, we = typeof performance < "u" && performance.now ? function() {
			return performance.now();
		} : function() {
			return +/* @__PURE__ */ new Date();
		};
		function Te() {
			var e = { "": 0 }, t = [""];
			return {
				id: function(n) {
					var r = e[n];
					return r || (r = e[n] = t.length, t.push(n), r);
				},
				str: function(e) {
					return t[e];
				}
			};
		}
		function Ee(e, n, r) {
			var i = document.createElement("canvas");
			t(i.style, {
				border: 0,
				margin: 0,
				padding: 0,
				top: 0,
				left: 0,
				width: "100%",
				height: "100%"
			}), e.appendChild(i), e === document.body && (i.style.position = "absolute", t(e.style, {
				margin: 0,
				padding: 0
			}));
			function a() {
				var t = window.innerWidth, n = window.innerHeight;
				if (e !== document.body) {
					var a = i.getBoundingClientRect();
					t = a.right - a.left, n = a.bottom - a.top;
				}
				i.width = r * t, i.height = r * n;
			}
			var o;
			e !== document.body && typeof ResizeObserver == "function" ? (o = new ResizeObserver(function() {
				setTimeout(a);
			}), o.observe(e)) : window.addEventListener("resize", a, !1);
			function s() {
				o ? o.disconnect() : window.removeEventListener("resize", a), e.removeChild(i);
			}
			return a(), {
				canvas: i,
				onDestroy: s
			};
		}
		function De(e, t) {
			function n(n) {
				try {
					return e.getContext(n, t);
				} catch {
					return null;
				}
			}
			return n("webgl") || n("experimental-webgl") || n("webgl-experimental");
		}
		function Oe(e) {
			return typeof e.nodeName == "string" && typeof e.appendChild == "function" && typeof e.getBoundingClientRect == "function";
		}
		function ke(e) {
			return typeof e.drawArrays == "function" || typeof e.drawElements == "function";
		}
		function Ae(e) {
			return typeof e == "string" ? e.split() : (G(Array.isArray(e), "invalid extension array"), e);
		}
		function je(e) {
			return typeof e == "string" ? (G(typeof document < "u", "not supported outside of DOM"), document.querySelector(e)) : e;
		}
		function Me(e) {
			var t = e || {}, n, r, i, a, o = {}, s = [], c = [], l = typeof window > "u" ? 1 : window.devicePixelRatio, u = !1, d = function(e) {
				e && G.raise(e);
			}, f = function() {};
			if (typeof t == "string" ? (G(typeof document < "u", "selector queries only supported in DOM environments"), n = document.querySelector(t), G(n, "invalid query string for element")) : typeof t == "object" ? Oe(t) ? n = t : ke(t) ? (a = t, i = a.canvas) : (G.constructor(t), "gl" in t ? a = t.gl : "canvas" in t ? i = je(t.canvas) : "container" in t && (r = je(t.container)), "attributes" in t && (o = t.attributes, G.type(o, "object", "invalid context attributes")), "extensions" in t && (s = Ae(t.extensions)), "optionalExtensions" in t && (c = Ae(t.optionalExtensions)), "onDone" in t && (G.type(t.onDone, "function", "invalid or missing onDone callback"), d = t.onDone), "profile" in t && (u = !!t.profile), "pixelRatio" in t && (l = +t.pixelRatio, G(l > 0, "invalid pixel ratio"))) : G.raise("invalid arguments to regl"), n && (n.nodeName.toLowerCase() === "canvas" ? i = n : r = n), !a) {
				if (!i) {
					G(typeof document < "u", "must manually specify webgl context outside of DOM environments");
					var p = Ee(r || document.body, d, l);
					if (!p) return null;
					i = p.canvas, f = p.onDestroy;
				}
				o.premultipliedAlpha === void 0 && (o.premultipliedAlpha = !0), a = De(i, o);
			}
			return a ? {
				gl: a,
				canvas: i,
				container: r,
				extensions: s,
				optionalExtensions: c,
				pixelRatio: l,
				profile: u,
				onDone: d,
				onDestroy: f
			} : (f(), d("webgl not supported, try upgrading your browser or graphics drivers http://get.webgl.org"), null);
		}
		function Ne(e, t) {
			var n = {};
			function r(t) {
				G.type(t, "string", "extension name must be string");
				var r = t.toLowerCase(), i;
				try {
					i = n[r] = e.getExtension(r);
				} catch {}
				return !!i;
			}
			for (var i = 0; i < t.extensions.length; ++i) {
				var a = t.extensions[i];
				if (!r(a)) return t.onDestroy(), t.onDone("\"" + a + "\" extension is not supported by the current WebGL context, try upgrading your system or a different browser"), null;
			}
			return t.optionalExtensions.forEach(r), {
				extensions: n,
				restore: function() {
					Object.keys(n).forEach(function(e) {
						if (n[e] && !r(e)) throw Error("(regl): error restoring extension " + e);
					});
				}
			};
		}
		function Pe(e, t) {
			for (var n = Array(e), r = 0; r < e; ++r) n[r] = t(r);
			return n;
		}
		var Fe = 5120, Ie = 5121, Le = 5122, Re = 5123, ze = 5124, Be = 5125, Ve = 5126;
		function He(e) {
			for (var t = 16; t <= 1 << 28; t *= 16) if (e <= t) return t;
			return 0;
		}
		function Ue(e) {
			var t = (e > 65535) << 4, n;
			return e >>>= t, n = (e > 255) << 3, e >>>= n, t |= n, n = (e > 15) << 2, e >>>= n, t |= n, n = (e > 3) << 1, e >>>= n, t |= n, t | e >> 1;
		}
		function q() {
			var e = Pe(8, function() {
				return [];
			});
			function t(t) {
				var n = He(t), r = e[Ue(n) >> 2];
				return r.length > 0 ? r.pop() : new ArrayBuffer(n);
			}
			function n(t) {
				e[Ue(t.byteLength) >> 2].push(t);
			}
			function r(e, n) {
				var r = null;
				switch (e) {
					case Fe:
						r = new Int8Array(t(n), 0, n);
						break;
					case Ie:
						r = new Uint8Array(t(n), 0, n);
						break;
					case Le:
						r = new Int16Array(t(2 * n), 0, n);
						break;
					case Re:
						r = new Uint16Array(t(2 * n), 0, n);
						break;
					case ze:
						r = new Int32Array(t(4 * n), 0, n);
						break;
					case Be:
						r = new Uint32Array(t(4 * n), 0, n);
						break;
					case Ve:
						r = new Float32Array(t(4 * n), 0, n);
						break;
					default: return null;
				}
				return r.length === n ? r : r.subarray(0, n);
			}
			function i(e) {
				n(e.buffer);
			}
			return {
				alloc: t,
				free: n,
				allocType: r,
				freeType: i
			};
		}
		var J = q();
		J.zero = q();
		var We = 3408, Ge = 3410, Ke = 3411, qe = 3412, Je = 3413, Y = 3414, Ye = 3415, Xe = 33901, Ze = 33902, Qe = 3379, X = 3386, $e = 34921, et = 36347, tt = 36348, nt = 35661, rt = 35660, it = 34930, at = 36349, ot = 34076, st = 34024, ct = 7936, lt = 7937, ut = 7938, dt = 35724, ft = 34047, pt = 36063, mt = 34852, ht = 3553, gt = 34067, _t = 34069, vt = 33984, Z = 6408, yt = 5126, bt = 5121, xt = 36160, St = 36053, Ct = 36064, wt = 16384, Tt = function(e, t) {
			var n = 1;
			t.ext_texture_filter_anisotropic && (n = e.getParameter(ft));
			var r = 1, i = 1;
			t.webgl_draw_buffers && (r = e.getParameter(mt), i = e.getParameter(pt));
			var a = !!t.oes_texture_float;
			if (a) {
				var o = e.createTexture();
				e.bindTexture(ht, o), e.texImage2D(ht, 0, Z, 1, 1, 0, Z, yt, null);
				var s = e.createFramebuffer();
				if (e.bindFramebuffer(xt, s), e.framebufferTexture2D(xt, Ct, ht, o, 0), e.bindTexture(ht, null), e.checkFramebufferStatus(xt) !== St) a = !1;
				else {
					e.viewport(0, 0, 1, 1), e.clearColor(1, 0, 0, 1), e.clear(wt);
					var c = J.allocType(yt, 4);
					e.readPixels(0, 0, 1, 1, Z, yt, c), e.getError() ? a = !1 : (e.deleteFramebuffer(s), e.deleteTexture(o), a = c[0] === 1), J.freeType(c);
				}
			}
			var l = typeof navigator < "u" && (/MSIE/.test(navigator.userAgent) || /Trident\//.test(navigator.appVersion) || /Edge/.test(navigator.userAgent)), u = !0;
			if (!l) {
				var d = e.createTexture(), f = J.allocType(bt, 36);
				e.activeTexture(vt), e.bindTexture(gt, d), e.texImage2D(_t, 0, Z, 3, 3, 0, Z, bt, f), J.freeType(f), e.bindTexture(gt, null), e.deleteTexture(d), u = !e.getError();
			}
			return {
				colorBits: [
					e.getParameter(Ge),
					e.getParameter(Ke),
					e.getParameter(qe),
					e.getParameter(Je)
				],
				depthBits: e.getParameter(Y),
				stencilBits: e.getParameter(Ye),
				subpixelBits: e.getParameter(We),
				extensions: Object.keys(t).filter(function(e) {
					return !!t[e];
				}),
				maxAnisotropic: n,
				maxDrawbuffers: r,
				maxColorAttachments: i,
				pointSizeDims: e.getParameter(Xe),
				lineWidthDims: e.getParameter(Ze),
				maxViewportDims: e.getParameter(X),
				maxCombinedTextureUnits: e.getParameter(nt),
				maxCubeMapSize: e.getParameter(ot),
				maxRenderbufferSize: e.getParameter(st),
				maxTextureUnits: e.getParameter(it),
				maxTextureSize: e.getParameter(Qe),
				maxAttributes: e.getParameter($e),
				maxVertexUniforms: e.getParameter(et),
				maxVertexTextureUnits: e.getParameter(rt),
				maxVaryingVectors: e.getParameter(tt),
				maxFragmentUniforms: e.getParameter(at),
				glsl: e.getParameter(dt),
				renderer: e.getParameter(lt),
				vendor: e.getParameter(ct),
				version: e.getParameter(ut),
				readFloat: a,
				npotTextureCube: u
			};
		};
		function Et(t) {
			return !!t && typeof t == "object" && Array.isArray(t.shape) && Array.isArray(t.stride) && typeof t.offset == "number" && t.shape.length === t.stride.length && (Array.isArray(t.data) || e(t.data));
		}
		var Dt = function(e) {
			return Object.keys(e).map(function(t) {
				return e[t];
			});
		}, Ot = {
			shape: Pt,
			flatten: Nt
		};
		function kt(e, t, n) {
			for (var r = 0; r < t; ++r) n[r] = e[r];
		}
		function At(e, t, n, r) {
			for (var i = 0, a = 0; a < t; ++a) for (var o = e[a], s = 0; s < n; ++s) r[i++] = o[s];
		}
		function jt(e, t, n, r, i, a) {
			for (var o = a, s = 0; s < t; ++s) for (var c = e[s], l = 0; l < n; ++l) for (var u = c[l], d = 0; d < r; ++d) i[o++] = u[d];
		}
		function Mt(e, t, n, r, i) {
			for (var a = 1, o = n + 1; o < t.length; ++o) a *= t[o];
			var s = t[n];
			if (t.length - n === 4) {
				var c = t[n + 1], l = t[n + 2], u = t[n + 3];
				for (o = 0; o < s; ++o) jt(e[o], c, l, u, r, i), i += a;
			} else for (o = 0; o < s; ++o) Mt(e[o], t, n + 1, r, i), i += a;
		}
		function Nt(e, t, n, r) {
			var i = 1;
			if (t.length) for (var a = 0; a < t.length; ++a) i *= t[a];
			else i = 0;
			var o = r || J.allocType(n, i);
			switch (t.length) {
				case 0: break;
				case 1:
					kt(e, t[0], o);
					break;
				case 2:
					At(e, t[0], t[1], o);
					break;
				case 3:
					jt(e, t[0], t[1], t[2], o, 0);
					break;
				default: Mt(e, t, 0, o, 0);
			}
			return o;
		}
		function Pt(e) {
			for (var t = [], n = e; n.length; n = n[0]) t.push(n.length);
			return t;
		}
		var Ft = {
			"[object Int8Array]": 5120,
			"[object Int16Array]": 5122,
			"[object Int32Array]": 5124,
			"[object Uint8Array]": 5121,
			"[object Uint8ClampedArray]": 5121,
			"[object Uint16Array]": 5123,
			"[object Uint32Array]": 5125,
			"[object Float32Array]": 5126,
			"[object Float64Array]": 5121,
			"[object ArrayBuffer]": 5121
		}, It = {
			int8: 5120,
			int16: 5122,
			int32: 5124,
			uint8: 5121,
			uint16: 5123,
			uint32: 5125,
			float: 5126,
			float32: 5126
		}, Lt = {
			dynamic: 35048,
			stream: 35040,
			static: 35044
		}, Rt = Ot.flatten, zt = Ot.shape, Bt = 35044, Vt = 35040, Ht = 5121, Ut = 5126, Wt = [];
		Wt[5120] = 1, Wt[5122] = 2, Wt[5124] = 4, Wt[5121] = 1, Wt[5123] = 2, Wt[5125] = 4, Wt[5126] = 4;
		function Gt(e) {
			return Ft[Object.prototype.toString.call(e)] | 0;
		}
		function Kt(e, t) {
			for (var n = 0; n < t.length; ++n) e[n] = t[n];
		}
		function qt(e, t, n, r, i, a, o) {
			for (var s = 0, c = 0; c < n; ++c) for (var l = 0; l < r; ++l) e[s++] = t[i * c + a * l + o];
		}
		function Jt(t, n, r, i) {
			var a = 0, o = {};
			function s(e) {
				this.id = a++, this.buffer = t.createBuffer(), this.type = e, this.usage = Bt, this.byteLength = 0, this.dimension = 1, this.dtype = Ht, this.persistentData = null, r.profile && (this.stats = { size: 0 });
			}
			s.prototype.bind = function() {
				t.bindBuffer(this.type, this.buffer);
			}, s.prototype.destroy = function() {
				p(this);
			};
			var c = [];
			function l(e, t) {
				var n = c.pop();
				return n ||= new s(e), n.bind(), f(n, t, Vt, 0, 1, !1), n;
			}
			function u(e) {
				c.push(e);
			}
			function d(e, n, r) {
				e.byteLength = n.byteLength, t.bufferData(e.type, n, r);
			}
			function f(t, n, r, i, a, o) {
				var s;
				if (t.usage = r, Array.isArray(n)) {
					if (t.dtype = i || Ut, n.length > 0) {
						var c;
						if (Array.isArray(n[0])) {
							s = zt(n);
							for (var l = 1, u = 1; u < s.length; ++u) l *= s[u];
							t.dimension = l, c = Rt(n, s, t.dtype), d(t, c, r), o ? t.persistentData = c : J.freeType(c);
						} else if (typeof n[0] == "number") {
							t.dimension = a;
							var f = J.allocType(t.dtype, n.length);
							Kt(f, n), d(t, f, r), o ? t.persistentData = f : J.freeType(f);
						} else e(n[0]) ? (t.dimension = n[0].length, t.dtype = i || Gt(n[0]) || Ut, c = Rt(n, [n.length, n[0].length], t.dtype), d(t, c, r), o ? t.persistentData = c : J.freeType(c)) : G.raise("invalid buffer data");
					}
				} else if (e(n)) t.dtype = i || Gt(n), t.dimension = a, d(t, n, r), o && (t.persistentData = new Uint8Array(new Uint8Array(n.buffer)));
				else if (Et(n)) {
					s = n.shape;
					var p = n.stride, m = n.offset, h = 0, g = 0, _ = 0, v = 0;
					s.length === 1 ? (h = s[0], g = 1, _ = p[0], v = 0) : s.length === 2 ? (h = s[0], g = s[1], _ = p[0], v = p[1]) : G.raise("invalid shape"), t.dtype = i || Gt(n.data) || Ut, t.dimension = g;
					var y = J.allocType(t.dtype, h * g);
					qt(y, n.data, h, g, _, v, m), d(t, y, r), o ? t.persistentData = y : J.freeType(y);
				} else n instanceof ArrayBuffer ? (t.dtype = Ht, t.dimension = a, d(t, n, r), o && (t.persistentData = new Uint8Array(new Uint8Array(n)))) : G.raise("invalid buffer data");
			}
			function p(e) {
				n.bufferCount--, i(e);
				var r = e.buffer;
				G(r, "buffer must not be deleted already"), t.deleteBuffer(r), e.buffer = null, delete o[e.id];
			}
			function m(i, a, c, l) {
				n.bufferCount++;
				var u = new s(a);
				o[u.id] = u;
				function d(n) {
					var i = Bt, a = null, o = 0, s = 0, c = 1;
					return Array.isArray(n) || e(n) || Et(n) || n instanceof ArrayBuffer ? a = n : typeof n == "number" ? o = n | 0 : n && (G.type(n, "object", "buffer arguments must be an object, a number or an array"), "data" in n && (G(a === null || Array.isArray(a) || e(a) || Et(a), "invalid data for buffer"), a = n.data), "usage" in n && (G.parameter(n.usage, Lt, "invalid buffer usage"), i = Lt[n.usage]), "type" in n && (G.parameter(n.type, It, "invalid buffer type"), s = It[n.type]), "dimension" in n && (G.type(n.dimension, "number", "invalid dimension"), c = n.dimension | 0), "length" in n && (G.nni(o, "buffer length must be a nonnegative integer"), o = n.length | 0)), u.bind(), a ? f(u, a, i, s, c, l) : (o && t.bufferData(u.type, o, i), u.dtype = s || Ht, u.usage = i, u.dimension = c, u.byteLength = o), r.profile && (u.stats.size = u.byteLength * Wt[u.dtype]), d;
				}
				function m(e, n) {
					G(n + e.byteLength <= u.byteLength, "invalid buffer subdata call, buffer is too small.  Can't write data of size " + e.byteLength + " starting from offset " + n + " to a buffer of size " + u.byteLength), t.bufferSubData(u.type, n, e);
				}
				function h(t, n) {
					var r = (n || 0) | 0, i;
					if (u.bind(), e(t) || t instanceof ArrayBuffer) m(t, r);
					else if (Array.isArray(t)) {
						if (t.length > 0) {
							if (typeof t[0] == "number") {
								var a = J.allocType(u.dtype, t.length);
								Kt(a, t), m(a, r), J.freeType(a);
							} else if (Array.isArray(t[0]) || e(t[0])) {
								i = zt(t);
								var o = Rt(t, i, u.dtype);
								m(o, r), J.freeType(o);
							} else G.raise("invalid buffer data");
						}
					} else if (Et(t)) {
						i = t.shape;
						var s = t.stride, c = 0, l = 0, f = 0, p = 0;
						i.length === 1 ? (c = i[0], l = 1, f = s[0], p = 0) : i.length === 2 ? (c = i[0], l = i[1], f = s[0], p = s[1]) : G.raise("invalid shape");
						var h = Array.isArray(t.data) ? u.dtype : Gt(t.data), g = J.allocType(h, c * l);
						qt(g, t.data, c, l, f, p, t.offset), m(g, r), J.freeType(g);
					} else G.raise("invalid data for buffer subdata");
					return d;
				}
				return c || d(i), d._reglType = "buffer", d._buffer = u, d.subdata = h, r.profile && (d.stats = u.stats), d.destroy = function() {
					p(u);
				}, d;
			}
			function h() {
				Dt(o).forEach(function(e) {
					e.buffer = t.createBuffer(), t.bindBuffer(e.type, e.buffer), t.bufferData(e.type, e.persistentData || e.byteLength, e.usage);
				});
			}
			return r.profile && (n.getTotalBufferSize = function() {
				var e = 0;
				return Object.keys(o).forEach(function(t) {
					e += o[t].stats.size;
				}), e;
			}), {
				create: m,
				createStream: l,
				destroyStream: u,
				clear: function() {
					Dt(o).forEach(p), c.forEach(p);
				},
				getBuffer: function(e) {
					return e && e._buffer instanceof s ? e._buffer : null;
				},
				restore: h,
				_initBuffer: f
			};
		}
		var Yt = {
			points: 0,
			point: 0,
			lines: 1,
			line: 1,
			triangles: 4,
			triangle: 4,
			"line loop": 2,
			"line strip": 3,
			"triangle strip": 5,
			"triangle fan": 6
		}, Xt = 0, Zt = 1, Qt = 4, $t = 5120, en = 5121, tn = 5122, nn = 5123, rn = 5124, an = 5125, on = 34963, sn = 35040, cn = 35044;
		function ln(t, n, r, i) {
			var a = {}, o = 0, s = {
				uint8: en,
				uint16: nn
			};
			n.oes_element_index_uint && (s.uint32 = an);
			function c(e) {
				this.id = o++, a[this.id] = this, this.buffer = e, this.primType = Qt, this.vertCount = 0, this.type = 0;
			}
			c.prototype.bind = function() {
				this.buffer.bind();
			};
			var l = [];
			function u(e) {
				var t = l.pop();
				return t ||= new c(r.create(null, on, !0, !1)._buffer), f(t, e, sn, -1, -1, 0, 0), t;
			}
			function d(e) {
				l.push(e);
			}
			function f(i, a, o, s, c, l, u) {
				i.buffer.bind();
				var d;
				if (a) {
					var f = u;
					!u && (!e(a) || Et(a) && !e(a.data)) && (f = n.oes_element_index_uint ? an : nn), r._initBuffer(i.buffer, a, o, f, 3);
				} else t.bufferData(on, l, o), i.buffer.dtype = d || en, i.buffer.usage = o, i.buffer.dimension = 3, i.buffer.byteLength = l;
				if (d = u, !u) {
					switch (i.buffer.dtype) {
						case en:
						case $t:
							d = en;
							break;
						case nn:
						case tn:
							d = nn;
							break;
						case an:
						case rn:
							d = an;
							break;
						default: G.raise("unsupported type for element array");
					}
					i.buffer.dtype = d;
				}
				i.type = d, G(d !== an || !!n.oes_element_index_uint, "32 bit element buffers not supported, enable oes_element_index_uint first");
				var p = c;
				p < 0 && (p = i.buffer.byteLength, d === nn ? p >>= 1 : d === an && (p >>= 2)), i.vertCount = p;
				var m = s;
				if (s < 0) {
					m = Qt;
					var h = i.buffer.dimension;
					h === 1 && (m = Xt), h === 2 && (m = Zt), h === 3 && (m = Qt);
				}
				i.primType = m;
			}
			function p(e) {
				i.elementsCount--, G(e.buffer !== null, "must not double destroy elements"), delete a[e.id], e.buffer.destroy(), e.buffer = null;
			}
			function m(t, n) {
				var a = r.create(null, on, !0), o = new c(a._buffer);
				i.elementsCount++;
				function l(t) {
					if (!t) a(), o.primType = Qt, o.vertCount = 0, o.type = en;
					else if (typeof t == "number") a(t), o.primType = Qt, o.vertCount = t | 0, o.type = en;
					else {
						var n = null, r = cn, i = -1, c = -1, u = 0, d = 0;
						Array.isArray(t) || e(t) || Et(t) ? n = t : (G.type(t, "object", "invalid arguments for elements"), "data" in t && (n = t.data, G(Array.isArray(n) || e(n) || Et(n), "invalid data for element buffer")), "usage" in t && (G.parameter(t.usage, Lt, "invalid element buffer usage"), r = Lt[t.usage]), "primitive" in t && (G.parameter(t.primitive, Yt, "invalid element buffer primitive"), i = Yt[t.primitive]), "count" in t && (G(typeof t.count == "number" && t.count >= 0, "invalid vertex count for elements"), c = t.count | 0), "type" in t && (G.parameter(t.type, s, "invalid buffer type"), d = s[t.type]), "length" in t ? u = t.length | 0 : (u = c, d === nn || d === tn ? u *= 2 : (d === an || d === rn) && (u *= 4))), f(o, n, r, i, c, u, d);
					}
					return l;
				}
				return l(t), l._reglType = "elements", l._elements = o, l.subdata = function(e, t) {
					return a.subdata(e, t), l;
				}, l.destroy = function() {
					p(o);
				}, l;
			}
			return {
				create: m,
				createStream: u,
				destroyStream: d,
				getElements: function(e) {
					return typeof e == "function" && e._elements instanceof c ? e._elements : null;
				},
				clear: function() {
					Dt(a).forEach(p);
				}
			};
		}
		var un = /* @__PURE__ */ new Float32Array(1), dn = new Uint32Array(un.buffer), fn = 5123;
		function pn(e) {
			for (var t = J.allocType(fn, e.length), n = 0; n < e.length; ++n) if (isNaN(e[n])) t[n] = 65535;
			else if (e[n] === Infinity) t[n] = 31744;
			else if (e[n] === -Infinity) t[n] = 64512;
			else {
				un[0] = e[n];
				var r = dn[0], i = r >>> 31 << 15, a = (r << 1 >>> 24) - 127, o = r >> 13 & 1023;
				if (a < -24) t[n] = i;
				else if (a < -14) {
					var s = -14 - a;
					t[n] = i + (o + 1024 >> s);
				} else a > 15 ? t[n] = i + 31744 : t[n] = i + (a + 15 << 10) + o;
			}
			return t;
		}
		function Q(t) {
			return Array.isArray(t) || e(t);
		}
		var mn = function(e) {
			return !(e & e - 1) && !!e;
		}, hn = 34467, gn = 3553, _n = 34067, vn = 34069, yn = 6408, bn = 6406, xn = 6407, Sn = 6409, Cn = 6410, wn = 32854, Tn = 32855, En = 36194, Dn = 32819, On = 32820, kn = 33635, An = 34042, jn = 6402, Mn = 34041, Nn = 35904, Pn = 35906, Fn = 36193, In = 33776, Ln = 33777, Rn = 33778, zn = 33779, Bn = 35986, Vn = 35987, Hn = 34798, Un = 35840, Wn = 35841, Gn = 35842, Kn = 35843, qn = 36196, Jn = 5121, Yn = 5123, Xn = 5125, Zn = 5126, Qn = 10242, $n = 10243, er = 10497, tr = 33071, nr = 33648, rr = 10240, ir = 10241, ar = 9728, or = 9729, sr = 9984, cr = 9985, lr = 9986, ur = 9987, dr = 33170, fr = 4352, pr = 4353, mr = 4354, hr = 34046, gr = 3317, _r = 37440, vr = 37441, yr = 37443, br = 37444, xr = 33984, Sr = [
			sr,
			lr,
			cr,
			ur
		], Cr = [
			0,
			Sn,
			Cn,
			xn,
			yn
		], wr = {};
		wr[Sn] = wr[bn] = wr[jn] = 1, wr[Mn] = wr[Cn] = 2, wr[xn] = wr[Nn] = 3, wr[yn] = wr[Pn] = 4;
		function Tr(e) {
			return "[object " + e + "]";
		}
		var Er = Tr("HTMLCanvasElement"), Dr = Tr("OffscreenCanvas"), Or = Tr("CanvasRenderingContext2D"), kr = Tr("ImageBitmap"), Ar = Tr("HTMLImageElement"), jr = Tr("HTMLVideoElement"), Mr = Object.keys(Ft).concat([
			Er,
			Dr,
			Or,
			kr,
			Ar,
			jr
		]), Nr = [];
		Nr[Jn] = 1, Nr[Zn] = 4, Nr[Fn] = 2, Nr[Yn] = 2, Nr[Xn] = 4;
		var Pr = [];
		Pr[wn] = 2, Pr[Tn] = 2, Pr[En] = 2, Pr[Mn] = 4, Pr[In] = .5, Pr[Ln] = .5, Pr[Rn] = 1, Pr[zn] = 1, Pr[Bn] = .5, Pr[Vn] = 1, Pr[Hn] = 1, Pr[Un] = .5, Pr[Wn] = .25, Pr[Gn] = .5, Pr[Kn] = .25, Pr[qn] = .5;
		function Fr(e) {
			return Array.isArray(e) && (e.length === 0 || typeof e[0] == "number");
		}
		function Ir(e) {
			return !(!Array.isArray(e) || e.length === 0 || !Q(e[0]));
		}
		function Lr(e) {
			return Object.prototype.toString.call(e);
		}
		function Rr(e) {
			return Lr(e) === Er;
		}
		function zr(e) {
			return Lr(e) === Dr;
		}
		function Br(e) {
			return Lr(e) === Or;
		}
		function Vr(e) {
			return Lr(e) === kr;
		}
		function Hr(e) {
			return Lr(e) === Ar;
		}
		function Ur(e) {
			return Lr(e) === jr;
		}
		function Wr(e) {
			if (!e) return !1;
			var t = Lr(e);
			return Mr.indexOf(t) >= 0 || Fr(e) || Ir(e) || Et(e);
		}
		function Gr(e) {
			return Ft[Object.prototype.toString.call(e)] | 0;
		}
		function Kr(e, t) {
			var n = t.length;
			switch (e.type) {
				case Jn:
				case Yn:
				case Xn:
				case Zn:
					var r = J.allocType(e.type, n);
					r.set(t), e.data = r;
					break;
				case Fn:
					e.data = pn(t);
					break;
				default: G.raise("unsupported texture type, must specify a typed array");
			}
		}
		function qr(e, t) {
			return J.allocType(e.type === Fn ? Zn : e.type, t);
		}
		function Jr(e, t) {
			e.type === Fn ? (e.data = pn(t), J.freeType(t)) : e.data = t;
		}
		function Yr(e, t, n, r, i, a) {
			for (var o = e.width, s = e.height, c = e.channels, l = qr(e, o * s * c), u = 0, d = 0; d < s; ++d) for (var f = 0; f < o; ++f) for (var p = 0; p < c; ++p) l[u++] = t[n * f + r * d + i * p + a];
			Jr(e, l);
		}
		function Xr(e, t, n, r, i, a) {
			var o = Pr[e] === void 0 ? wr[e] * Nr[t] : Pr[e];
			if (a && (o *= 6), i) {
				for (var s = 0, c = n; c >= 1;) s += o * c * c, c /= 2;
				return s;
			}
			return o * n * r;
		}
		function Zr(n, r, i, a, o, s, c) {
			var l = {
				"don't care": fr,
				"dont care": fr,
				nice: mr,
				fast: pr
			}, u = {
				repeat: er,
				clamp: tr,
				mirror: nr
			}, d = {
				nearest: ar,
				linear: or
			}, f = t({
				mipmap: ur,
				"nearest mipmap nearest": sr,
				"linear mipmap nearest": cr,
				"nearest mipmap linear": lr,
				"linear mipmap linear": ur
			}, d), p = {
				none: 0,
				browser: br
			}, m = {
				uint8: Jn,
				rgba4: Dn,
				rgb565: kn,
				"rgb5 a1": On
			}, h = {
				alpha: bn,
				luminance: Sn,
				"luminance alpha": Cn,
				rgb: xn,
				rgba: yn,
				rgba4: wn,
				"rgb5 a1": Tn,
				rgb565: En
			}, g = {};
			r.ext_srgb && (h.srgb = Nn, h.srgba = Pn), r.oes_texture_float && (m.float32 = m.float = Zn), r.oes_texture_half_float && (m.float16 = m["half float"] = Fn), r.webgl_depth_texture && (t(h, {
				depth: jn,
				"depth stencil": Mn
			}), t(m, {
				uint16: Yn,
				uint32: Xn,
				"depth stencil": An
			})), r.webgl_compressed_texture_s3tc && t(g, {
				"rgb s3tc dxt1": In,
				"rgba s3tc dxt1": Ln,
				"rgba s3tc dxt3": Rn,
				"rgba s3tc dxt5": zn
			}), r.webgl_compressed_texture_atc && t(g, {
				"rgb atc": Bn,
				"rgba atc explicit alpha": Vn,
				"rgba atc interpolated alpha": Hn
			}), r.webgl_compressed_texture_pvrtc && t(g, {
				"rgb pvrtc 4bppv1": Un,
				"rgb pvrtc 2bppv1": Wn,
				"rgba pvrtc 4bppv1": Gn,
				"rgba pvrtc 2bppv1": Kn
			}), r.webgl_compressed_texture_etc1 && (g["rgb etc1"] = qn);
			var _ = Array.prototype.slice.call(n.getParameter(hn));
			Object.keys(g).forEach(function(e) {
				var t = g[e];
				_.indexOf(t) >= 0 && (h[e] = t);
			});
			var v = Object.keys(h);
			i.textureFormats = v;
			var y = [];
			Object.keys(h).forEach(function(e) {
				var t = h[e];
				y[t] = e;
			});
			var b = [];
			Object.keys(m).forEach(function(e) {
				var t = m[e];
				b[t] = e;
			});
			var x = [];
			Object.keys(d).forEach(function(e) {
				var t = d[e];
				x[t] = e;
			});
			var S = [];
			Object.keys(f).forEach(function(e) {
				var t = f[e];
				S[t] = e;
			});
			var C = [];
			Object.keys(u).forEach(function(e) {
				var t = u[e];
				C[t] = e;
			});
			var w = v.reduce(function(e, t) {
				var n = h[t];
				return e[n] = n === Sn || n === bn || n === Sn || n === Cn || n === jn || n === Mn || r.ext_srgb && (n === Nn || n === Pn) ? n : n === Tn || t.indexOf("rgba") >= 0 ? yn : xn, e;
			}, {});
			function T() {
				this.internalformat = yn, this.format = yn, this.type = Jn, this.compressed = !1, this.premultiplyAlpha = !1, this.flipY = !1, this.unpackAlignment = 1, this.colorSpace = br, this.width = 0, this.height = 0, this.channels = 0;
			}
			function E(e, t) {
				e.internalformat = t.internalformat, e.format = t.format, e.type = t.type, e.compressed = t.compressed, e.premultiplyAlpha = t.premultiplyAlpha, e.flipY = t.flipY, e.unpackAlignment = t.unpackAlignment, e.colorSpace = t.colorSpace, e.width = t.width, e.height = t.height, e.channels = t.channels;
			}
			function D(e, t) {
				if (typeof t == "object" && t) {
					if ("premultiplyAlpha" in t && (G.type(t.premultiplyAlpha, "boolean", "invalid premultiplyAlpha"), e.premultiplyAlpha = t.premultiplyAlpha), "flipY" in t && (G.type(t.flipY, "boolean", "invalid texture flip"), e.flipY = t.flipY), "alignment" in t && (G.oneOf(t.alignment, [
						1,
						2,
						4,
						8
					], "invalid texture unpack alignment"), e.unpackAlignment = t.alignment), "colorSpace" in t && (G.parameter(t.colorSpace, p, "invalid colorSpace"), e.colorSpace = p[t.colorSpace]), "type" in t) {
						var n = t.type;
						G(r.oes_texture_float || n !== "float" && n !== "float32", "you must enable the OES_texture_float extension in order to use floating point textures."), G(r.oes_texture_half_float || n !== "half float" && n !== "float16", "you must enable the OES_texture_half_float extension in order to use 16-bit floating point textures."), G(r.webgl_depth_texture || n !== "uint16" && n !== "uint32" && n !== "depth stencil", "you must enable the WEBGL_depth_texture extension in order to use depth/stencil textures."), G.parameter(n, m, "invalid texture type"), e.type = m[n];
					}
					var a = e.width, o = e.height, s = e.channels, c = !1;
					"shape" in t ? (G(Array.isArray(t.shape) && t.shape.length >= 2, "shape must be an array"), a = t.shape[0], o = t.shape[1], t.shape.length === 3 && (s = t.shape[2], G(s > 0 && s <= 4, "invalid number of channels"), c = !0), G(a >= 0 && a <= i.maxTextureSize, "invalid width"), G(o >= 0 && o <= i.maxTextureSize, "invalid height")) : ("radius" in t && (a = o = t.radius, G(a >= 0 && a <= i.maxTextureSize, "invalid radius")), "width" in t && (a = t.width, G(a >= 0 && a <= i.maxTextureSize, "invalid width")), "height" in t && (o = t.height, G(o >= 0 && o <= i.maxTextureSize, "invalid height")), "channels" in t && (s = t.channels, G(s > 0 && s <= 4, "invalid number of channels"), c = !0)), e.width = a | 0, e.height = o | 0, e.channels = s | 0;
					var l = !1;
					if ("format" in t) {
						var u = t.format;
						G(r.webgl_depth_texture || u !== "depth" && u !== "depth stencil", "you must enable the WEBGL_depth_texture extension in order to use depth/stencil textures."), G.parameter(u, h, "invalid texture format"), e.format = w[e.internalformat = h[u]], u in m && ("type" in t || (e.type = m[u])), u in g && (e.compressed = !0), l = !0;
					}
					!c && l ? e.channels = wr[e.format] : c && !l ? e.channels !== Cr[e.format] && (e.format = e.internalformat = Cr[e.channels]) : l && c && G(e.channels === wr[e.format], "number of channels inconsistent with specified format");
				}
			}
			function O(e) {
				n.pixelStorei(_r, e.flipY), n.pixelStorei(vr, e.premultiplyAlpha), n.pixelStorei(yr, e.colorSpace), n.pixelStorei(gr, e.unpackAlignment);
			}
			function k() {
				T.call(this), this.xOffset = 0, this.yOffset = 0, this.data = null, this.needsFree = !1, this.element = null, this.needsCopy = !1;
			}
			function A(t, n) {
				var r = null;
				if (Wr(n) ? r = n : n && (G.type(n, "object", "invalid pixel data type"), D(t, n), "x" in n && (t.xOffset = n.x | 0), "y" in n && (t.yOffset = n.y | 0), Wr(n.data) && (r = n.data)), G(!t.compressed || r instanceof Uint8Array, "compressed texture data must be stored in a uint8array"), n.copy) {
					G(!r, "can not specify copy and data field for the same texture");
					var a = o.viewportWidth, s = o.viewportHeight;
					t.width = t.width || a - t.xOffset, t.height = t.height || s - t.yOffset, t.needsCopy = !0, G(t.xOffset >= 0 && t.xOffset < a && t.yOffset >= 0 && t.yOffset < s && t.width > 0 && t.width <= a && t.height > 0 && t.height <= s, "copy texture read out of bounds");
				} else if (!r) t.width = t.width || 1, t.height = t.height || 1, t.channels = t.channels || 4;
				else if (e(r)) t.channels = t.channels || 4, t.data = r, !("type" in n) && t.type === Jn && (t.type = Gr(r));
				else if (Fr(r)) t.channels = t.channels || 4, Kr(t, r), t.alignment = 1, t.needsFree = !0;
				else if (Et(r)) {
					var c = r.data;
					!Array.isArray(c) && t.type === Jn && (t.type = Gr(c));
					var l = r.shape, u = r.stride, d, f, p, m, h, g;
					l.length === 3 ? (p = l[2], g = u[2]) : (G(l.length === 2, "invalid ndarray pixel data, must be 2 or 3D"), p = 1, g = 1), d = l[0], f = l[1], m = u[0], h = u[1], t.alignment = 1, t.width = d, t.height = f, t.channels = p, t.format = t.internalformat = Cr[p], t.needsFree = !0, Yr(t, c, m, h, g, r.offset);
				} else if (Rr(r) || zr(r) || Br(r)) t.element = Rr(r) || zr(r) ? r : r.canvas, t.width = t.element.width, t.height = t.element.height, t.channels = 4;
				else if (Vr(r)) t.element = r, t.width = r.width, t.height = r.height, t.channels = 4;
				else if (Hr(r)) t.element = r, t.width = r.naturalWidth, t.height = r.naturalHeight, t.channels = 4;
				else if (Ur(r)) t.element = r, t.width = r.videoWidth, t.height = r.videoHeight, t.channels = 4;
				else if (Ir(r)) {
					var _ = t.width || r[0].length, v = t.height || r.length, y = t.channels;
					Q(r[0][0]) ? y ||= r[0][0].length : y ||= 1;
					for (var b = Ot.shape(r), x = 1, S = 0; S < b.length; ++S) x *= b[S];
					var C = qr(t, x);
					Ot.flatten(r, b, "", C), Jr(t, C), t.alignment = 1, t.width = _, t.height = v, t.channels = y, t.format = t.internalformat = Cr[y], t.needsFree = !0;
				}
				t.type === Zn ? G(i.extensions.indexOf("oes_texture_float") >= 0, "oes_texture_float extension not enabled") : t.type === Fn && G(i.extensions.indexOf("oes_texture_half_float") >= 0, "oes_texture_half_float extension not enabled");
			}
			function j(e, t, r) {
				var i = e.element, o = e.data, s = e.internalformat, c = e.format, l = e.type, u = e.width, d = e.height;
				O(e), i ? n.texImage2D(t, r, c, c, l, i) : e.compressed ? n.compressedTexImage2D(t, r, s, u, d, 0, o) : e.needsCopy ? (a(), n.copyTexImage2D(t, r, c, e.xOffset, e.yOffset, u, d, 0)) : n.texImage2D(t, r, c, u, d, 0, c, l, o || null);
			}
			function M(e, t, r, i, o) {
				var s = e.element, c = e.data, l = e.internalformat, u = e.format, d = e.type, f = e.width, p = e.height;
				O(e), s ? n.texSubImage2D(t, o, r, i, u, d, s) : e.compressed ? n.compressedTexSubImage2D(t, o, r, i, l, f, p, c) : e.needsCopy ? (a(), n.copyTexSubImage2D(t, o, r, i, e.xOffset, e.yOffset, f, p)) : n.texSubImage2D(t, o, r, i, f, p, u, d, c);
			}
			var N = [];
			function P() {
				return N.pop() || new k();
			}
			function F(e) {
				e.needsFree && J.freeType(e.data), k.call(e), N.push(e);
			}
			function I() {
				T.call(this), this.genMipmaps = !1, this.mipmapHint = fr, this.mipmask = 0, this.images = Array(16);
			}
			function L(e, t, n) {
				var r = e.images[0] = P();
				e.mipmask = 1, r.width = e.width = t, r.height = e.height = n, r.channels = e.channels = 4;
			}
			function R(e, t) {
				var n = null;
				if (Wr(t)) n = e.images[0] = P(), E(n, e), A(n, t), e.mipmask = 1;
				else if (D(e, t), Array.isArray(t.mipmap)) for (var r = t.mipmap, i = 0; i < r.length; ++i) n = e.images[i] = P(), E(n, e), n.width >>= i, n.height >>= i, A(n, r[i]), e.mipmask |= 1 << i;
				else n = e.images[0] = P(), E(n, e), A(n, t), e.mipmask = 1;
				E(e, e.images[0]), e.compressed && (e.internalformat === In || e.internalformat === Ln || e.internalformat === Rn || e.internalformat === zn) && G(e.width % 4 == 0 && e.height % 4 == 0, "for compressed texture formats, mipmap level 0 must have width and height that are a multiple of 4");
			}
			function z(e, t) {
				for (var n = e.images, r = 0; r < n.length; ++r) {
					if (!n[r]) return;
					j(n[r], t, r);
				}
			}
			var ee = [];
			function B() {
				var e = ee.pop() || new I();
				T.call(e), e.mipmask = 0;
				for (var t = 0; t < 16; ++t) e.images[t] = null;
				return e;
			}
			function te(e) {
				for (var t = e.images, n = 0; n < t.length; ++n) t[n] && F(t[n]), t[n] = null;
				ee.push(e);
			}
			function ne() {
				this.minFilter = ar, this.magFilter = ar, this.wrapS = tr, this.wrapT = tr, this.anisotropic = 1, this.genMipmaps = !1, this.mipmapHint = fr;
			}
			function V(e, t) {
				if ("min" in t) {
					var n = t.min;
					G.parameter(n, f), e.minFilter = f[n], Sr.indexOf(e.minFilter) >= 0 && !("faces" in t) && (e.genMipmaps = !0);
				}
				if ("mag" in t) {
					var r = t.mag;
					G.parameter(r, d), e.magFilter = d[r];
				}
				var a = e.wrapS, o = e.wrapT;
				if ("wrap" in t) {
					var s = t.wrap;
					typeof s == "string" ? (G.parameter(s, u), a = o = u[s]) : Array.isArray(s) && (G.parameter(s[0], u), G.parameter(s[1], u), a = u[s[0]], o = u[s[1]]);
				} else {
					if ("wrapS" in t) {
						var c = t.wrapS;
						G.parameter(c, u), a = u[c];
					}
					if ("wrapT" in t) {
						var p = t.wrapT;
						G.parameter(p, u), o = u[p];
					}
				}
				if (e.wrapS = a, e.wrapT = o, "anisotropic" in t) {
					var m = t.anisotropic;
					G(typeof m == "number" && m >= 1 && m <= i.maxAnisotropic, "aniso samples must be between 1 and "), e.anisotropic = t.anisotropic;
				}
				if ("mipmap" in t) {
					var h = !1;
					switch (typeof t.mipmap) {
						case "string":
							G.parameter(t.mipmap, l, "invalid mipmap hint"), e.mipmapHint = l[t.mipmap], e.genMipmaps = !0, h = !0;
							break;
						case "boolean":
							h = e.genMipmaps = t.mipmap;
							break;
						case "object":
							G(Array.isArray(t.mipmap), "invalid mipmap type"), e.genMipmaps = !1, h = !0;
							break;
						default: G.raise("invalid mipmap type");
					}
					h && !("min" in t) && (e.minFilter = sr);
				}
			}
			function re(e, t) {
				n.texParameteri(t, ir, e.minFilter), n.texParameteri(t, rr, e.magFilter), n.texParameteri(t, Qn, e.wrapS), n.texParameteri(t, $n, e.wrapT), r.ext_texture_filter_anisotropic && n.texParameteri(t, hr, e.anisotropic), e.genMipmaps && (n.hint(dr, e.mipmapHint), n.generateMipmap(t));
			}
			var ie = 0, ae = {}, oe = i.maxTextureUnits, se = Array(oe).map(function() {
				return null;
			});
			function H(e) {
				T.call(this), this.mipmask = 0, this.internalformat = yn, this.id = ie++, this.refCount = 1, this.target = e, this.texture = n.createTexture(), this.unit = -1, this.bindCount = 0, this.texInfo = new ne(), c.profile && (this.stats = { size: 0 });
			}
			function ce(e) {
				n.activeTexture(xr), n.bindTexture(e.target, e.texture);
			}
			function U() {
				var e = se[0];
				e ? n.bindTexture(e.target, e.texture) : n.bindTexture(gn, null);
			}
			function le(e) {
				var t = e.texture;
				G(t, "must not double destroy texture");
				var r = e.unit, i = e.target;
				r >= 0 && (n.activeTexture(xr + r), n.bindTexture(i, null), se[r] = null), n.deleteTexture(t), e.texture = null, e.params = null, e.pixels = null, e.refCount = 0, delete ae[e.id], s.textureCount--;
			}
			t(H.prototype, {
				bind: function() {
					var e = this;
					e.bindCount += 1;
					var t = e.unit;
					if (t < 0) {
						for (var r = 0; r < oe; ++r) {
							var i = se[r];
							if (i) {
								if (i.bindCount > 0) continue;
								i.unit = -1;
							}
							se[r] = e, t = r;
							break;
						}
						t >= oe && G.raise("insufficient number of texture units"), c.profile && s.maxTextureUnits < t + 1 && (s.maxTextureUnits = t + 1), e.unit = t, n.activeTexture(xr + t), n.bindTexture(e.target, e.texture);
					}
					return t;
				},
				unbind: function() {
					--this.bindCount;
				},
				decRef: function() {
					--this.refCount <= 0 && le(this);
				}
			});
			function W(e, t) {
				var r = new H(gn);
				ae[r.id] = r, s.textureCount++;
				function a(e, t) {
					var n = r.texInfo;
					ne.call(n);
					var o = B();
					return typeof e == "number" ? typeof t == "number" ? L(o, e | 0, t | 0) : L(o, e | 0, e | 0) : e ? (G.type(e, "object", "invalid arguments to regl.texture"), V(n, e), R(o, e)) : L(o, 1, 1), n.genMipmaps && (o.mipmask = (o.width << 1) - 1), r.mipmask = o.mipmask, E(r, o), G.texture2D(n, o, i), r.internalformat = o.internalformat, a.width = o.width, a.height = o.height, ce(r), z(o, gn), re(n, gn), U(), te(o), c.profile && (r.stats.size = Xr(r.internalformat, r.type, o.width, o.height, n.genMipmaps, !1)), a.format = y[r.internalformat], a.type = b[r.type], a.mag = x[n.magFilter], a.min = S[n.minFilter], a.wrapS = C[n.wrapS], a.wrapT = C[n.wrapT], a;
				}
				function o(e, t, n, i) {
					G(!!e, "must specify image data");
					var o = t | 0, s = n | 0, c = i | 0, l = P();
					return E(l, r), l.width = 0, l.height = 0, A(l, e), l.width = l.width || (r.width >> c) - o, l.height = l.height || (r.height >> c) - s, G(r.type === l.type && r.format === l.format && r.internalformat === l.internalformat, "incompatible format for texture.subimage"), G(o >= 0 && s >= 0 && o + l.width <= r.width && s + l.height <= r.height, "texture.subimage write out of bounds"), G(r.mipmask & 1 << c, "missing mipmap data"), G(l.data || l.element || l.needsCopy, "missing image data"), ce(r), M(l, gn, o, s, c), U(), F(l), a;
				}
				function l(e, t) {
					var i = e | 0, o = t | 0 || i;
					if (i === r.width && o === r.height) return a;
					a.width = r.width = i, a.height = r.height = o, ce(r);
					for (var s = 0; r.mipmask >> s; ++s) {
						var l = i >> s, u = o >> s;
						if (!l || !u) break;
						n.texImage2D(gn, s, r.format, l, u, 0, r.format, r.type, null);
					}
					return U(), c.profile && (r.stats.size = Xr(r.internalformat, r.type, i, o, !1, !1)), a;
				}
				return a(e, t), a.subimage = o, a.resize = l, a._reglType = "texture2d", a._texture = r, c.profile && (a.stats = r.stats), a.destroy = function() {
					r.decRef();
				}, a;
			}
			function ue(e, t, r, a, o, l) {
				var u = new H(_n);
				ae[u.id] = u, s.cubeCount++;
				var d = [
					,
					,
					,
					,
					,
					,
				];
				function f(e, t, n, r, a, o) {
					var s, l = u.texInfo;
					for (ne.call(l), s = 0; s < 6; ++s) d[s] = B();
					if (typeof e == "number" || !e) {
						var p = e | 0 || 1;
						for (s = 0; s < 6; ++s) L(d[s], p, p);
					} else if (typeof e == "object") {
						if (t) R(d[0], e), R(d[1], t), R(d[2], n), R(d[3], r), R(d[4], a), R(d[5], o);
						else if (V(l, e), D(u, e), "faces" in e) {
							var m = e.faces;
							for (G(Array.isArray(m) && m.length === 6, "cube faces must be a length 6 array"), s = 0; s < 6; ++s) G(typeof m[s] == "object" && !!m[s], "invalid input for cube map face"), E(d[s], u), R(d[s], m[s]);
						} else for (s = 0; s < 6; ++s) R(d[s], e);
					} else G.raise("invalid arguments to cube map");
					for (E(u, d[0]), G.optional(function() {
						i.npotTextureCube || G(mn(u.width) && mn(u.height), "your browser does not support non power or two texture dimensions");
					}), u.mipmask = l.genMipmaps ? (d[0].width << 1) - 1 : d[0].mipmask, G.textureCube(u, l, d, i), u.internalformat = d[0].internalformat, f.width = d[0].width, f.height = d[0].height, ce(u), s = 0; s < 6; ++s) z(d[s], vn + s);
					for (re(l, _n), U(), c.profile && (u.stats.size = Xr(u.internalformat, u.type, f.width, f.height, l.genMipmaps, !0)), f.format = y[u.internalformat], f.type = b[u.type], f.mag = x[l.magFilter], f.min = S[l.minFilter], f.wrapS = C[l.wrapS], f.wrapT = C[l.wrapT], s = 0; s < 6; ++s) te(d[s]);
					return f;
				}
				function p(e, t, n, r, i) {
					G(!!t, "must specify image data"), G(typeof e == "number" && e === (e | 0) && e >= 0 && e < 6, "invalid face");
					var a = n | 0, o = r | 0, s = i | 0, c = P();
					return E(c, u), c.width = 0, c.height = 0, A(c, t), c.width = c.width || (u.width >> s) - a, c.height = c.height || (u.height >> s) - o, G(u.type === c.type && u.format === c.format && u.internalformat === c.internalformat, "incompatible format for texture.subimage"), G(a >= 0 && o >= 0 && a + c.width <= u.width && o + c.height <= u.height, "texture.subimage write out of bounds"), G(u.mipmask & 1 << s, "missing mipmap data"), G(c.data || c.element || c.needsCopy, "missing image data"), ce(u), M(c, vn + e, a, o, s), U(), F(c), f;
				}
				function m(e) {
					var t = e | 0;
					if (t !== u.width) {
						f.width = u.width = t, f.height = u.height = t, ce(u);
						for (var r = 0; r < 6; ++r) for (var i = 0; u.mipmask >> i; ++i) n.texImage2D(vn + r, i, u.format, t >> i, t >> i, 0, u.format, u.type, null);
						return U(), c.profile && (u.stats.size = Xr(u.internalformat, u.type, f.width, f.height, !1, !0)), f;
					}
				}
				return f(e, t, r, a, o, l), f.subimage = p, f.resize = m, f._reglType = "textureCube", f._texture = u, c.profile && (f.stats = u.stats), f.destroy = function() {
					u.decRef();
				}, f;
			}
			function de() {
				for (var e = 0; e < oe; ++e) n.activeTexture(xr + e), n.bindTexture(gn, null), se[e] = null;
				Dt(ae).forEach(le), s.cubeCount = 0, s.textureCount = 0;
			}
			c.profile && (s.getTotalTextureSize = function() {
				var e = 0;
				return Object.keys(ae).forEach(function(t) {
					e += ae[t].stats.size;
				}), e;
			});
			function fe() {
				for (var e = 0; e < oe; ++e) {
					var t = se[e];
					t && (t.bindCount = 0, t.unit = -1, se[e] = null);
				}
				Dt(ae).forEach(function(e) {
					e.texture = n.createTexture(), n.bindTexture(e.target, e.texture);
					for (var t = 0; t < 32; ++t) if (e.mipmask & 1 << t) {
						if (e.target === gn) n.texImage2D(gn, t, e.internalformat, e.width >> t, e.height >> t, 0, e.internalformat, e.type, null);
						else for (var r = 0; r < 6; ++r) n.texImage2D(vn + r, t, e.internalformat, e.width >> t, e.height >> t, 0, e.internalformat, e.type, null);
					}
					re(e.texInfo, e.target);
				});
			}
			function pe() {
				for (var e = 0; e < oe; ++e) {
					var t = se[e];
					t && (t.bindCount = 0, t.unit = -1, se[e] = null), n.activeTexture(xr + e), n.bindTexture(gn, null), n.bindTexture(_n, null);
				}
			}
			return {
				create2D: W,
				createCube: ue,
				clear: de,
				getTexture: function(e) {
					return null;
				},
				restore: fe,
				refresh: pe
			};
		}
		var Qr = 36161, $r = 32854, ei = 32855, ti = 36194, ni = 33189, ri = 36168, ii = 34041, ai = 35907, oi = 34836, si = 34842, ci = 34843, li = [];
		li[$r] = 2, li[ei] = 2, li[ti] = 2, li[ni] = 2, li[ri] = 1, li[ii] = 4, li[ai] = 4, li[oi] = 16, li[si] = 8, li[ci] = 6;
		function ui(e, t, n) {
			return li[e] * t * n;
		}
		var di = function(e, t, n, r, i) {
			var a = {
				rgba4: $r,
				rgb565: ti,
				"rgb5 a1": ei,
				depth: ni,
				stencil: ri,
				"depth stencil": ii
			};
			t.ext_srgb && (a.srgba = ai), t.ext_color_buffer_half_float && (a.rgba16f = si, a.rgb16f = ci), t.webgl_color_buffer_float && (a.rgba32f = oi);
			var o = [];
			Object.keys(a).forEach(function(e) {
				var t = a[e];
				o[t] = e;
			});
			var s = 0, c = {};
			function l(e) {
				this.id = s++, this.refCount = 1, this.renderbuffer = e, this.format = $r, this.width = 0, this.height = 0, i.profile && (this.stats = { size: 0 });
			}
			l.prototype.decRef = function() {
				--this.refCount <= 0 && u(this);
			};
			function u(t) {
				var n = t.renderbuffer;
				G(n, "must not double destroy renderbuffer"), e.bindRenderbuffer(Qr, null), e.deleteRenderbuffer(n), t.renderbuffer = null, t.refCount = 0, delete c[t.id], r.renderbufferCount--;
			}
			function d(t, s) {
				var u = new l(e.createRenderbuffer());
				c[u.id] = u, r.renderbufferCount++;
				function d(t, r) {
					var s = 0, c = 0, l = $r;
					if (typeof t == "object" && t) {
						var f = t;
						if ("shape" in f) {
							var p = f.shape;
							G(Array.isArray(p) && p.length >= 2, "invalid renderbuffer shape"), s = p[0] | 0, c = p[1] | 0;
						} else "radius" in f && (s = c = f.radius | 0), "width" in f && (s = f.width | 0), "height" in f && (c = f.height | 0);
						"format" in f && (G.parameter(f.format, a, "invalid renderbuffer format"), l = a[f.format]);
					} else typeof t == "number" ? (s = t | 0, c = typeof r == "number" ? r | 0 : s) : t ? G.raise("invalid arguments to renderbuffer constructor") : s = c = 1;
					if (G(s > 0 && c > 0 && s <= n.maxRenderbufferSize && c <= n.maxRenderbufferSize, "invalid renderbuffer size"), s !== u.width || c !== u.height || l !== u.format) return d.width = u.width = s, d.height = u.height = c, u.format = l, e.bindRenderbuffer(Qr, u.renderbuffer), e.renderbufferStorage(Qr, l, s, c), G(e.getError() === 0, "invalid render buffer format"), i.profile && (u.stats.size = ui(u.format, u.width, u.height)), d.format = o[u.format], d;
				}
				function f(t, r) {
					var a = t | 0, o = r | 0 || a;
					return a === u.width && o === u.height || (G(a > 0 && o > 0 && a <= n.maxRenderbufferSize && o <= n.maxRenderbufferSize, "invalid renderbuffer size"), d.width = u.width = a, d.height = u.height = o, e.bindRenderbuffer(Qr, u.renderbuffer), e.renderbufferStorage(Qr, u.format, a, o), G(e.getError() === 0, "invalid render buffer format"), i.profile && (u.stats.size = ui(u.format, u.width, u.height))), d;
				}
				return d(t, s), d.resize = f, d._reglType = "renderbuffer", d._renderbuffer = u, i.profile && (d.stats = u.stats), d.destroy = function() {
					u.decRef();
				}, d;
			}
			i.profile && (r.getTotalRenderbufferSize = function() {
				var e = 0;
				return Object.keys(c).forEach(function(t) {
					e += c[t].stats.size;
				}), e;
			});
			function f() {
				Dt(c).forEach(function(t) {
					t.renderbuffer = e.createRenderbuffer(), e.bindRenderbuffer(Qr, t.renderbuffer), e.renderbufferStorage(Qr, t.format, t.width, t.height);
				}), e.bindRenderbuffer(Qr, null);
			}
			return {
				create: d,
				clear: function() {
					Dt(c).forEach(u);
				},
				restore: f
			};
		}, fi = 36160, pi = 36161, mi = 3553, hi = 34069, gi = 36064, _i = 36096, vi = 36128, yi = 33306, bi = 36053, xi = 36054, Si = 36055, Ci = 36057, wi = 36061, Ti = 36193, Ei = 5121, Di = 5126, Oi = 6407, ki = 6408, Ai = 6402, ji = [Oi, ki], Mi = [];
		Mi[ki] = 4, Mi[Oi] = 3;
		var Ni = [];
		Ni[Ei] = 1, Ni[Di] = 4, Ni[Ti] = 2;
		var Pi = 32854, Fi = 32855, Ii = 36194, Li = 33189, Ri = 36168, zi = 34041, Bi = [
			Pi,
			Fi,
			Ii,
			35907,
			34842,
			34843,
			34836
		], Vi = {};
		Vi[bi] = "complete", Vi[xi] = "incomplete attachment", Vi[Ci] = "incomplete dimensions", Vi[Si] = "incomplete, missing attachment", Vi[wi] = "unsupported";
		function Hi(e, n, r, i, a, o) {
			var s = {
				cur: null,
				next: null,
				dirty: !1,
				setFBO: null
			}, c = ["rgba"], l = [
				"rgba4",
				"rgb565",
				"rgb5 a1"
			];
			n.ext_srgb && l.push("srgba"), n.ext_color_buffer_half_float && l.push("rgba16f", "rgb16f"), n.webgl_color_buffer_float && l.push("rgba32f");
			var u = ["uint8"];
			n.oes_texture_half_float && u.push("half float", "float16"), n.oes_texture_float && u.push("float", "float32");
			function d(e, t, n) {
				this.target = e, this.texture = t, this.renderbuffer = n;
				var r = 0, i = 0;
				t ? (r = t.width, i = t.height) : n && (r = n.width, i = n.height), this.width = r, this.height = i;
			}
			function f(e) {
				e && (e.texture && e.texture._texture.decRef(), e.renderbuffer && e.renderbuffer._renderbuffer.decRef());
			}
			function p(e, t, n) {
				if (e) {
					if (e.texture) {
						var r = e.texture._texture, i = Math.max(1, r.width), a = Math.max(1, r.height);
						G(i === t && a === n, "inconsistent width/height for supplied texture"), r.refCount += 1;
					} else {
						var o = e.renderbuffer._renderbuffer;
						G(o.width === t && o.height === n, "inconsistent width/height for renderbuffer"), o.refCount += 1;
					}
				}
			}
			function m(t, n) {
				n && (n.texture ? e.framebufferTexture2D(fi, t, n.target, n.texture._texture.texture, 0) : e.framebufferRenderbuffer(fi, t, pi, n.renderbuffer._renderbuffer.renderbuffer));
			}
			function h(e) {
				var t = mi, n = null, r = null, i = e;
				typeof e == "object" && (i = e.data, "target" in e && (t = e.target | 0)), G.type(i, "function", "invalid attachment data");
				var a = i._reglType;
				return a === "texture2d" ? (n = i, G(t === mi)) : a === "textureCube" ? (n = i, G(t >= hi && t < hi + 6, "invalid cube map target")) : a === "renderbuffer" ? (r = i, t = pi) : G.raise("invalid regl object for attachment"), new d(t, n, r);
			}
			function g(e, t, n, r, o) {
				if (n) {
					var s = i.create2D({
						width: e,
						height: t,
						format: r,
						type: o
					});
					return s._texture.refCount = 0, new d(mi, s, null);
				}
				var c = a.create({
					width: e,
					height: t,
					format: r
				});
				return c._renderbuffer.refCount = 0, new d(pi, null, c);
			}
			function _(e) {
				return e && (e.texture || e.renderbuffer);
			}
			function v(e, t, n) {
				e && (e.texture ? e.texture.resize(t, n) : e.renderbuffer && e.renderbuffer.resize(t, n), e.width = t, e.height = n);
			}
			var y = 0, b = {};
			function x() {
				this.id = y++, b[this.id] = this, this.framebuffer = e.createFramebuffer(), this.width = 0, this.height = 0, this.colorAttachments = [], this.depthAttachment = null, this.stencilAttachment = null, this.depthStencilAttachment = null;
			}
			function S(e) {
				e.colorAttachments.forEach(f), f(e.depthAttachment), f(e.stencilAttachment), f(e.depthStencilAttachment);
			}
			function C(t) {
				var n = t.framebuffer;
				G(n, "must not double destroy framebuffer"), e.deleteFramebuffer(n), t.framebuffer = null, o.framebufferCount--, delete b[t.id];
			}
			function w(t) {
				var n;
				e.bindFramebuffer(fi, t.framebuffer);
				var i = t.colorAttachments;
				for (n = 0; n < i.length; ++n) m(gi + n, i[n]);
				for (n = i.length; n < r.maxColorAttachments; ++n) e.framebufferTexture2D(fi, gi + n, mi, null, 0);
				e.framebufferTexture2D(fi, yi, mi, null, 0), e.framebufferTexture2D(fi, _i, mi, null, 0), e.framebufferTexture2D(fi, vi, mi, null, 0), m(_i, t.depthAttachment), m(vi, t.stencilAttachment), m(yi, t.depthStencilAttachment);
				var a = e.checkFramebufferStatus(fi);
				!e.isContextLost() && a !== bi && G.raise("framebuffer configuration not supported, status = " + Vi[a]), e.bindFramebuffer(fi, s.next ? s.next.framebuffer : null), s.cur = s.next, e.getError();
			}
			function T(e, i) {
				var a = new x();
				o.framebufferCount++;
				function d(e, t) {
					var i;
					G(s.next !== a, "can not update framebuffer which is currently in use");
					var o = 0, f = 0, m = !0, v = !0, y = null, b = !0, x = "rgba", C = "uint8", T = 1, E = null, D = null, O = null, k = !1;
					if (typeof e == "number") o = e | 0, f = t | 0 || o;
					else if (!e) o = f = 1;
					else {
						G.type(e, "object", "invalid arguments for framebuffer");
						var A = e;
						if ("shape" in A) {
							var j = A.shape;
							G(Array.isArray(j) && j.length >= 2, "invalid shape for framebuffer"), o = j[0], f = j[1];
						} else "radius" in A && (o = f = A.radius), "width" in A && (o = A.width), "height" in A && (f = A.height);
						("color" in A || "colors" in A) && (y = A.color || A.colors, Array.isArray(y) && G(y.length === 1 || n.webgl_draw_buffers, "multiple render targets not supported")), y || ("colorCount" in A && (T = A.colorCount | 0, G(T > 0, "invalid color buffer count")), "colorTexture" in A && (b = !!A.colorTexture, x = "rgba4"), "colorType" in A && (C = A.colorType, b ? (G(n.oes_texture_float || C !== "float" && C !== "float32", "you must enable OES_texture_float in order to use floating point framebuffer objects"), G(n.oes_texture_half_float || C !== "half float" && C !== "float16", "you must enable OES_texture_half_float in order to use 16-bit floating point framebuffer objects")) : C === "half float" || C === "float16" ? (G(n.ext_color_buffer_half_float, "you must enable EXT_color_buffer_half_float to use 16-bit render buffers"), x = "rgba16f") : (C === "float" || C === "float32") && (G(n.webgl_color_buffer_float, "you must enable WEBGL_color_buffer_float in order to use 32-bit floating point renderbuffers"), x = "rgba32f"), G.oneOf(C, u, "invalid color type")), "colorFormat" in A && (x = A.colorFormat, c.indexOf(x) >= 0 ? b = !0 : l.indexOf(x) >= 0 ? b = !1 : G.optional(function() {
							b ? G.oneOf(A.colorFormat, c, "invalid color format for texture") : G.oneOf(A.colorFormat, l, "invalid color format for renderbuffer");
						}))), ("depthTexture" in A || "depthStencilTexture" in A) && (k = !!(A.depthTexture || A.depthStencilTexture), G(!k || n.webgl_depth_texture, "webgl_depth_texture extension not supported")), "depth" in A && (typeof A.depth == "boolean" ? m = A.depth : (E = A.depth, v = !1)), "stencil" in A && (typeof A.stencil == "boolean" ? v = A.stencil : (D = A.stencil, m = !1)), "depthStencil" in A && (typeof A.depthStencil == "boolean" ? m = v = A.depthStencil : (O = A.depthStencil, m = !1, v = !1));
					}
					var M = null, N = null, P = null, F = null;
					if (Array.isArray(y)) M = y.map(h);
					else if (y) M = [h(y)];
					else for (M = Array(T), i = 0; i < T; ++i) M[i] = g(o, f, b, x, C);
					G(n.webgl_draw_buffers || M.length <= 1, "you must enable the WEBGL_draw_buffers extension in order to use multiple color buffers."), G(M.length <= r.maxColorAttachments, "too many color attachments, not supported"), o ||= M[0].width, f ||= M[0].height, E ? N = h(E) : m && !v && (N = g(o, f, k, "depth", "uint32")), D ? P = h(D) : v && !m && (P = g(o, f, !1, "stencil", "uint8")), O ? F = h(O) : !E && !D && v && m && (F = g(o, f, k, "depth stencil", "depth stencil")), G(!!E + !!D + !!O <= 1, "invalid framebuffer configuration, can specify exactly one depth/stencil attachment");
					var I = null;
					for (i = 0; i < M.length; ++i) if (p(M[i], o, f), G(!M[i] || M[i].texture && ji.indexOf(M[i].texture._texture.format) >= 0 || M[i].renderbuffer && Bi.indexOf(M[i].renderbuffer._renderbuffer.format) >= 0, "framebuffer color attachment " + i + " is invalid"), M[i] && M[i].texture) {
						var L = Mi[M[i].texture._texture.format] * Ni[M[i].texture._texture.type];
						I === null ? I = L : G(I === L, "all color attachments much have the same number of bits per pixel.");
					}
					return p(N, o, f), G(!N || N.texture && N.texture._texture.format === Ai || N.renderbuffer && N.renderbuffer._renderbuffer.format === Li, "invalid depth attachment for framebuffer object"), p(P, o, f), G(!P || P.renderbuffer && P.renderbuffer._renderbuffer.format === Ri, "invalid stencil attachment for framebuffer object"), p(F, o, f), G(!F || F.texture && F.texture._texture.format === zi || F.renderbuffer && F.renderbuffer._renderbuffer.format === zi, "invalid depth-stencil attachment for framebuffer object"), S(a), a.width = o, a.height = f, a.colorAttachments = M, a.depthAttachment = N, a.stencilAttachment = P, a.depthStencilAttachment = F, d.color = M.map(_), d.depth = _(N), d.stencil = _(P), d.depthStencil = _(F), d.width = a.width, d.height = a.height, w(a), d;
				}
				function f(e, t) {
					G(s.next !== a, "can not resize a framebuffer which is currently in use");
					var n = Math.max(e | 0, 1), r = Math.max(t | 0 || n, 1);
					if (n === a.width && r === a.height) return d;
					for (var i = a.colorAttachments, o = 0; o < i.length; ++o) v(i[o], n, r);
					return v(a.depthAttachment, n, r), v(a.stencilAttachment, n, r), v(a.depthStencilAttachment, n, r), a.width = d.width = n, a.height = d.height = r, w(a), d;
				}
				return d(e, i), t(d, {
					resize: f,
					_reglType: "framebuffer",
					_framebuffer: a,
					destroy: function() {
						C(a), S(a);
					},
					use: function(e) {
						s.setFBO({ framebuffer: d }, e);
					}
				});
			}
			function E(e) {
				var a = [
					,
					,
					,
					,
					,
					,
				];
				function o(e) {
					var r;
					G(a.indexOf(s.next) < 0, "can not update framebuffer which is currently in use");
					var l = { color: null }, d = 0, f = null, p = "rgba", m = "uint8", h = 1;
					if (typeof e == "number") d = e | 0;
					else if (!e) d = 1;
					else {
						G.type(e, "object", "invalid arguments for framebuffer");
						var g = e;
						if ("shape" in g) {
							var _ = g.shape;
							G(Array.isArray(_) && _.length >= 2, "invalid shape for framebuffer"), G(_[0] === _[1], "cube framebuffer must be square"), d = _[0];
						} else "radius" in g && (d = g.radius | 0), "width" in g ? (d = g.width | 0, "height" in g && G(g.height === d, "must be square")) : "height" in g && (d = g.height | 0);
						("color" in g || "colors" in g) && (f = g.color || g.colors, Array.isArray(f) && G(f.length === 1 || n.webgl_draw_buffers, "multiple render targets not supported")), f || ("colorCount" in g && (h = g.colorCount | 0, G(h > 0, "invalid color buffer count")), "colorType" in g && (G.oneOf(g.colorType, u, "invalid color type"), m = g.colorType), "colorFormat" in g && (p = g.colorFormat, G.oneOf(g.colorFormat, c, "invalid color format for texture"))), "depth" in g && (l.depth = g.depth), "stencil" in g && (l.stencil = g.stencil), "depthStencil" in g && (l.depthStencil = g.depthStencil);
					}
					var v;
					if (f) {
						if (Array.isArray(f)) for (v = [], r = 0; r < f.length; ++r) v[r] = f[r];
						else v = [f];
					} else {
						v = Array(h);
						var y = {
							radius: d,
							format: p,
							type: m
						};
						for (r = 0; r < h; ++r) v[r] = i.createCube(y);
					}
					for (l.color = Array(v.length), r = 0; r < v.length; ++r) {
						var b = v[r];
						G(typeof b == "function" && b._reglType === "textureCube", "invalid cube map"), d ||= b.width, G(b.width === d && b.height === d, "invalid cube map shape"), l.color[r] = {
							target: hi,
							data: v[r]
						};
					}
					for (r = 0; r < 6; ++r) {
						for (var x = 0; x < v.length; ++x) l.color[x].target = hi + r;
						r > 0 && (l.depth = a[0].depth, l.stencil = a[0].stencil, l.depthStencil = a[0].depthStencil), a[r] ? a[r](l) : a[r] = T(l);
					}
					return t(o, {
						width: d,
						height: d,
						color: v
					});
				}
				function l(e) {
					var t, n = e | 0;
					if (G(n > 0 && n <= r.maxCubeMapSize, "invalid radius for cube fbo"), n === o.width) return o;
					var i = o.color;
					for (t = 0; t < i.length; ++t) i[t].resize(n);
					for (t = 0; t < 6; ++t) a[t].resize(n);
					return o.width = o.height = n, o;
				}
				return o(e), t(o, {
					faces: a,
					resize: l,
					_reglType: "framebufferCube",
					destroy: function() {
						a.forEach(function(e) {
							e.destroy();
						});
					}
				});
			}
			function D() {
				s.cur = null, s.next = null, s.dirty = !0, Dt(b).forEach(function(t) {
					t.framebuffer = e.createFramebuffer(), w(t);
				});
			}
			return t(s, {
				getFramebuffer: function(e) {
					if (typeof e == "function" && e._reglType === "framebuffer") {
						var t = e._framebuffer;
						if (t instanceof x) return t;
					}
					return null;
				},
				create: T,
				createCube: E,
				clear: function() {
					Dt(b).forEach(C);
				},
				restore: D
			});
		}
		var Ui = 5126, $ = 34962, Wi = 34963, Gi = [
			"attributes",
			"elements",
			"offset",
			"count",
			"primitive",
			"instances"
		];
		function Ki() {
			this.state = 0, this.x = 0, this.y = 0, this.z = 0, this.w = 0, this.buffer = null, this.size = 0, this.normalized = !1, this.type = Ui, this.offset = 0, this.stride = 0, this.divisor = 0;
		}
		function qi(t, n, r, i, a, o, s) {
			for (var c = r.maxAttributes, l = Array(c), u = 0; u < c; ++u) l[u] = new Ki();
			var d = 0, f = {}, p = {
				Record: Ki,
				scope: {},
				state: l,
				currentVAO: null,
				targetVAO: null,
				restore: h() ? S : function() {},
				createVAO: C,
				getVAO: _,
				destroyBuffer: m,
				setVAO: h() ? v : y,
				clear: h() ? b : function() {}
			};
			function m(e) {
				for (var n = 0; n < l.length; ++n) {
					var r = l[n];
					r.buffer === e && (t.disableVertexAttribArray(n), r.buffer = null);
				}
			}
			function h() {
				return n.oes_vertex_array_object;
			}
			function g() {
				return n.angle_instanced_arrays;
			}
			function _(e) {
				return typeof e == "function" && e._vao ? e._vao : null;
			}
			function v(e) {
				if (e !== p.currentVAO) {
					var t = h();
					e ? t.bindVertexArrayOES(e.vao) : t.bindVertexArrayOES(null), p.currentVAO = e;
				}
			}
			function y(e) {
				if (e !== p.currentVAO) {
					if (e) e.bindAttrs();
					else {
						for (var n = g(), r = 0; r < l.length; ++r) {
							var i = l[r];
							i.buffer ? (t.enableVertexAttribArray(r), i.buffer.bind(), t.vertexAttribPointer(r, i.size, i.type, i.normalized, i.stride, i.offfset), n && i.divisor && n.vertexAttribDivisorANGLE(r, i.divisor)) : (t.disableVertexAttribArray(r), t.vertexAttrib4f(r, i.x, i.y, i.z, i.w));
						}
						s.elements ? t.bindBuffer(Wi, s.elements.buffer.buffer) : t.bindBuffer(Wi, null);
					}
					p.currentVAO = e;
				}
			}
			function b() {
				Dt(f).forEach(function(e) {
					e.destroy();
				});
			}
			function x() {
				this.id = ++d, this.attributes = [], this.elements = null, this.ownsElements = !1, this.count = 0, this.offset = 0, this.instances = -1, this.primitive = 4;
				var e = h();
				this.vao = e ? e.createVertexArrayOES() : null, f[this.id] = this, this.buffers = [];
			}
			x.prototype.bindAttrs = function() {
				for (var e = g(), n = this.attributes, r = 0; r < n.length; ++r) {
					var i = n[r];
					i.buffer ? (t.enableVertexAttribArray(r), t.bindBuffer($, i.buffer.buffer), t.vertexAttribPointer(r, i.size, i.type, i.normalized, i.stride, i.offset), e && i.divisor && e.vertexAttribDivisorANGLE(r, i.divisor)) : (t.disableVertexAttribArray(r), t.vertexAttrib4f(r, i.x, i.y, i.z, i.w));
				}
				for (var a = n.length; a < c; ++a) t.disableVertexAttribArray(a);
				var s = o.getElements(this.elements);
				s ? t.bindBuffer(Wi, s.buffer.buffer) : t.bindBuffer(Wi, null);
			}, x.prototype.refresh = function() {
				var e = h();
				e && (e.bindVertexArrayOES(this.vao), this.bindAttrs(), p.currentVAO = null, e.bindVertexArrayOES(null));
			}, x.prototype.destroy = function() {
				if (this.vao) {
					var e = h();
					this === p.currentVAO && (p.currentVAO = null, e.bindVertexArrayOES(null)), e.deleteVertexArrayOES(this.vao), this.vao = null;
				}
				this.ownsElements &&= (this.elements.destroy(), this.elements = null, !1), f[this.id] && (delete f[this.id], --i.vaoCount);
			};
			function S() {
				h() && Dt(f).forEach(function(e) {
					e.refresh();
				});
			}
			function C(t) {
				var r = new x();
				i.vaoCount += 1;
				function s(t) {
					var i;
					if (Array.isArray(t)) i = t, r.elements && r.ownsElements && r.elements.destroy(), r.elements = null, r.ownsElements = !1, r.offset = 0, r.count = 0, r.instances = -1, r.primitive = 4;
					else {
						if (G(typeof t == "object", "invalid arguments for create vao"), G("attributes" in t, "must specify attributes for vao"), t.elements) {
							var l = t.elements;
							r.ownsElements ? typeof l == "function" && l._reglType === "elements" ? (r.elements.destroy(), r.ownsElements = !1) : (r.elements(l), r.ownsElements = !1) : o.getElements(t.elements) ? (r.elements = t.elements, r.ownsElements = !1) : (r.elements = o.create(t.elements), r.ownsElements = !0);
						} else r.elements = null, r.ownsElements = !1;
						i = t.attributes, r.offset = 0, r.count = -1, r.instances = -1, r.primitive = 4, r.elements && (r.count = r.elements._elements.vertCount, r.primitive = r.elements._elements.primType), "offset" in t && (r.offset = t.offset | 0), "count" in t && (r.count = t.count | 0), "instances" in t && (r.instances = t.instances | 0), "primitive" in t && (G(t.primitive in Yt, "bad primitive type: " + t.primitive), r.primitive = Yt[t.primitive]), G.optional(() => {
							for (var e = Object.keys(t), n = 0; n < e.length; ++n) G(Gi.indexOf(e[n]) >= 0, "invalid option for vao: \"" + e[n] + "\" valid options are " + Gi);
						}), G(Array.isArray(i), "attributes must be an array");
					}
					G(i.length < c, "too many attributes"), G(i.length > 0, "must specify at least one attribute");
					var u = {}, d = r.attributes;
					d.length = i.length;
					for (var f = 0; f < i.length; ++f) {
						var p = i[f], m = d[f] = new Ki(), h = p.data || p;
						if (Array.isArray(h) || e(h) || Et(h)) {
							var g;
							r.buffers[f] && (g = r.buffers[f], e(h) && g._buffer.byteLength >= h.byteLength ? g.subdata(h) : (g.destroy(), r.buffers[f] = null)), r.buffers[f] || (g = r.buffers[f] = a.create(p, $, !1, !0)), m.buffer = a.getBuffer(g), m.size = m.buffer.dimension | 0, m.normalized = !1, m.type = m.buffer.dtype, m.offset = 0, m.stride = 0, m.divisor = 0, m.state = 1, u[f] = 1;
						} else a.getBuffer(p) ? (m.buffer = a.getBuffer(p), m.size = m.buffer.dimension | 0, m.normalized = !1, m.type = m.buffer.dtype, m.offset = 0, m.stride = 0, m.divisor = 0, m.state = 1) : a.getBuffer(p.buffer) ? (m.buffer = a.getBuffer(p.buffer), m.size = (+p.size || m.buffer.dimension) | 0, m.normalized = !!p.normalized || !1, "type" in p ? (G.parameter(p.type, It, "invalid buffer type"), m.type = It[p.type]) : m.type = m.buffer.dtype, m.offset = (p.offset || 0) | 0, m.stride = (p.stride || 0) | 0, m.divisor = (p.divisor || 0) | 0, m.state = 1, G(m.size >= 1 && m.size <= 4, "size must be between 1 and 4"), G(m.offset >= 0, "invalid offset"), G(m.stride >= 0 && m.stride <= 255, "stride must be between 0 and 255"), G(m.divisor >= 0, "divisor must be positive"), G(!m.divisor || !!n.angle_instanced_arrays, "ANGLE_instanced_arrays must be enabled to use divisor")) : "x" in p ? (G(f > 0, "first attribute must not be a constant"), m.x = +p.x || 0, m.y = +p.y || 0, m.z = +p.z || 0, m.w = +p.w || 0, m.state = 2) : G(!1, "invalid attribute spec for location " + f);
					}
					for (var _ = 0; _ < r.buffers.length; ++_) !u[_] && r.buffers[_] && (r.buffers[_].destroy(), r.buffers[_] = null);
					return r.refresh(), s;
				}
				return s.destroy = function() {
					for (var e = 0; e < r.buffers.length; ++e) r.buffers[e] && r.buffers[e].destroy();
					r.buffers.length = 0, r.ownsElements &&= (r.elements.destroy(), r.elements = null, !1), r.destroy();
				}, s._vao = r, s._reglType = "vao", s(t);
			}
			return p;
		}
		var Ji = 35632, Yi = 35633, Xi = 35718, Zi = 35721;
		function Qi(e, n, r, i) {
			var a = {}, o = {};
			function s(e, t, n, r) {
				this.name = e, this.id = t, this.location = n, this.info = r;
			}
			function c(e, t) {
				for (var n = 0; n < e.length; ++n) if (e[n].id === t.id) {
					e[n].location = t.location;
					return;
				}
				e.push(t);
			}
			function l(t, r, i) {
				var s = t === Ji ? a : o, c = s[r];
				if (!c) {
					var l = n.str(r);
					c = e.createShader(t), e.shaderSource(c, l), e.compileShader(c), G.shaderError(e, c, l, t, i), s[r] = c;
				}
				return c;
			}
			var u = {}, d = [], f = 0;
			function p(e, t) {
				this.id = f++, this.fragId = e, this.vertId = t, this.program = null, this.uniforms = [], this.attributes = [], this.refCount = 1, i.profile && (this.stats = {
					uniformsCount: 0,
					attributesCount: 0
				});
			}
			function m(t, r, a) {
				var o, u, d = l(Ji, t.fragId), f = l(Yi, t.vertId), p = t.program = e.createProgram();
				if (e.attachShader(p, d), e.attachShader(p, f), a) for (o = 0; o < a.length; ++o) {
					var m = a[o];
					e.bindAttribLocation(p, m[0], m[1]);
				}
				e.linkProgram(p), G.linkError(e, p, n.str(t.fragId), n.str(t.vertId), r);
				var h = e.getProgramParameter(p, Xi);
				i.profile && (t.stats.uniformsCount = h);
				var g = t.uniforms;
				for (o = 0; o < h; ++o) if (u = e.getActiveUniform(p, o), u) {
					if (u.size > 1) for (var _ = 0; _ < u.size; ++_) {
						var v = u.name.replace("[0]", "[" + _ + "]");
						c(g, new s(v, n.id(v), e.getUniformLocation(p, v), u));
					}
					else c(g, new s(u.name, n.id(u.name), e.getUniformLocation(p, u.name), u));
				}
				var y = e.getProgramParameter(p, Zi);
				i.profile && (t.stats.attributesCount = y);
				var b = t.attributes;
				for (o = 0; o < y; ++o) u = e.getActiveAttrib(p, o), u && c(b, new s(u.name, n.id(u.name), e.getAttribLocation(p, u.name), u));
			}
			i.profile && (r.getMaxUniformsCount = function() {
				var e = 0;
				return d.forEach(function(t) {
					t.stats.uniformsCount > e && (e = t.stats.uniformsCount);
				}), e;
			}, r.getMaxAttributesCount = function() {
				var e = 0;
				return d.forEach(function(t) {
					t.stats.attributesCount > e && (e = t.stats.attributesCount);
				}), e;
			});
			function h() {
				a = {}, o = {};
				for (var e = 0; e < d.length; ++e) m(d[e], null, d[e].attributes.map(function(e) {
					return [e.location, e.name];
				}));
			}
			return {
				clear: function() {
					var t = e.deleteShader.bind(e);
					Dt(a).forEach(t), a = {}, Dt(o).forEach(t), o = {}, d.forEach(function(t) {
						e.deleteProgram(t.program);
					}), d.length = 0, u = {}, r.shaderCount = 0;
				},
				program: function(n, i, s, c) {
					G.command(n >= 0, "missing vertex shader", s), G.command(i >= 0, "missing fragment shader", s);
					var l = u[i];
					l ||= u[i] = {};
					var f = l[n];
					if (f && (f.refCount++, !c)) return f;
					var h = new p(i, n);
					return r.shaderCount++, m(h, s, c), f || (l[n] = h), d.push(h), t(h, { destroy: function() {
						if (h.refCount--, h.refCount <= 0) {
							e.deleteProgram(h.program);
							var t = d.indexOf(h);
							d.splice(t, 1), r.shaderCount--;
						}
						l[h.vertId].refCount <= 0 && (e.deleteShader(o[h.vertId]), delete o[h.vertId], delete u[h.fragId][h.vertId]), Object.keys(u[h.fragId]).length || (e.deleteShader(a[h.fragId]), delete a[h.fragId], delete u[h.fragId]);
					} });
				},
				restore: h,
				shader: l,
				frag: -1,
				vert: -1
			};
		}
		var $i = 6408, ea = 5121, ta = 3333, na = 5126;
		function ra(t, n, r, i, a, o, s) {
			function c(c) {
				var l;
				n.next === null ? (G(a.preserveDrawingBuffer, "you must create a webgl context with \"preserveDrawingBuffer\":true in order to read pixels from the drawing buffer"), l = ea) : (G(n.next.colorAttachments[0].texture !== null, "You cannot read from a renderbuffer"), l = n.next.colorAttachments[0].texture._texture.type, G.optional(function() {
					o.oes_texture_float ? (G(l === ea || l === na, "Reading from a framebuffer is only allowed for the types 'uint8' and 'float'"), l === na && G(s.readFloat, "Reading 'float' values is not permitted in your browser. For a fallback, please see: https://www.npmjs.com/package/glsl-read-float")) : G(l === ea, "Reading from a framebuffer is only allowed for the type 'uint8'");
				}));
				var u = 0, d = 0, f = i.framebufferWidth, p = i.framebufferHeight, m = null;
				e(c) ? m = c : c && (G.type(c, "object", "invalid arguments to regl.read()"), u = c.x | 0, d = c.y | 0, G(u >= 0 && u < i.framebufferWidth, "invalid x offset for regl.read"), G(d >= 0 && d < i.framebufferHeight, "invalid y offset for regl.read"), f = (c.width || i.framebufferWidth - u) | 0, p = (c.height || i.framebufferHeight - d) | 0, m = c.data || null), m && (l === ea ? G(m instanceof Uint8Array, "buffer must be 'Uint8Array' when reading from a framebuffer of type 'uint8'") : l === na && G(m instanceof Float32Array, "buffer must be 'Float32Array' when reading from a framebuffer of type 'float'")), G(f > 0 && f + u <= i.framebufferWidth, "invalid width for read pixels"), G(p > 0 && p + d <= i.framebufferHeight, "invalid height for read pixels"), r();
				var h = f * p * 4;
				return m || (l === ea ? m = new Uint8Array(h) : l === na && (m ||= new Float32Array(h))), G.isTypedArray(m, "data buffer for regl.read() must be a typedarray"), G(m.byteLength >= h, "data buffer for regl.read() too small"), t.pixelStorei(ta, 4), t.readPixels(u, d, f, p, $i, l, m), m;
			}
			function l(e) {
				var t;
				return n.setFBO({ framebuffer: e.framebuffer }, function() {
					t = c(e);
				}), t;
			}
			function u(e) {
				return !e || !("framebuffer" in e) ? c(e) : l(e);
			}
			return u;
		}
		function ia(e) {
			return Array.prototype.slice.call(e);
		}
		function aa(e) {
			return ia(e).join("");
		}
		function oa() {
			var e = 0, n = [], r = [];
			function i(t) {
				for (var i = 0; i < r.length; ++i) if (r[i] === t) return n[i];
				var a = "g" + e++;
				return n.push(a), r.push(t), a;
			}
			function a() {
				var n = [];
				function r() {
					n.push.apply(n, ia(arguments));
				}
				var i = [];
				function a() {
					var t = "v" + e++;
					return i.push(t), arguments.length > 0 && (n.push(t, "="), n.push.apply(n, ia(arguments)), n.push(";")), t;
				}
				return t(r, {
					def: a,
					toString: function() {
						return aa([i.length > 0 ? "var " + i.join(",") + ";" : "", aa(n)]);
					}
				});
			}
			function o() {
				var e = a(), n = a(), r = e.toString, i = n.toString;
				function o(t, r) {
					n(t, r, "=", e.def(t, r), ";");
				}
				return t(function() {
					e.apply(e, ia(arguments));
				}, {
					def: e.def,
					entry: e,
					exit: n,
					save: o,
					set: function(t, n, r) {
						o(t, n), e(t, n, "=", r, ";");
					},
					toString: function() {
						return r() + i();
					}
				});
			}
			function s() {
				var e = aa(arguments), n = o(), r = o(), i = n.toString, a = r.toString;
				return t(n, {
					then: function() {
						return n.apply(n, ia(arguments)), this;
					},
					else: function() {
						return r.apply(r, ia(arguments)), this;
					},
					toString: function() {
						var t = a();
						return t &&= "else{" + t + "}", aa([
							"if(",
							e,
							"){",
							i(),
							"}",
							t
						]);
					}
				});
			}
			var c = a(), l = {};
			function u(e, n) {
				var r = [];
				function i() {
					var e = "a" + r.length;
					return r.push(e), e;
				}
				n ||= 0;
				for (var a = 0; a < n; ++a) i();
				var s = o(), c = s.toString;
				return l[e] = t(s, {
					arg: i,
					toString: function() {
						return aa([
							"function(",
							r.join(),
							"){",
							c(),
							"}"
						]);
					}
				});
			}
			function d() {
				var e = [
					"\"use strict\";",
					c,
					"return {"
				];
				Object.keys(l).forEach(function(t) {
					e.push("\"", t, "\":", l[t].toString(), ",");
				}), e.push("}");
				var t = aa(e).replace(/;/g, ";\n").replace(/}/g, "}\n").replace(/{/g, "{\n");
				return Function.apply(null, n.concat(t)).apply(null, r);
			}
			return {
				global: c,
				link: i,
				block: a,
				proc: u,
				scope: o,
				cond: s,
				compile: d
			};
		}
		var sa = "xyzw".split(""), ca = 5121, la = 1, ua = 2, da = 0, fa = 1, pa = 2, ma = 3, ha = 4, ga = 5, _a = 6, va = "dither", ya = "blend.enable", ba = "blend.color", xa = "blend.equation", Sa = "blend.func", Ca = "depth.enable", wa = "depth.func", Ta = "depth.range", Ea = "depth.mask", Da = "colorMask", Oa = "cull.enable", ka = "cull.face", Aa = "frontFace", ja = "lineWidth", Ma = "polygonOffset.enable", Na = "polygonOffset.offset", Pa = "sample.alpha", Fa = "sample.enable", Ia = "sample.coverage", La = "stencil.enable", Ra = "stencil.mask", za = "stencil.func", Ba = "stencil.opFront", Va = "stencil.opBack", Ha = "scissor.enable", Ua = "scissor.box", Wa = "viewport", Ga = "profile", Ka = "framebuffer", qa = "vert", Ja = "frag", Ya = "elements", Xa = "primitive", Za = "count", Qa = "offset", $a = "instances", eo = "vao", to = "Width", no = "Height", ro = Ka + to, io = Ka + no, ao = Wa + to, oo = Wa + no, so = "drawingBuffer", co = so + to, lo = so + no, uo = [
			Sa,
			xa,
			za,
			Ba,
			Va,
			Ia,
			Wa,
			Ua,
			Na
		], fo = 34962, po = 34963, mo = 35632, ho = 35633, go = 3553, _o = 34067, vo = 2884, yo = 3042, bo = 3024, xo = 2960, So = 2929, Co = 3089, wo = 32823, To = 32926, Eo = 32928, Do = 5126, Oo = 35664, ko = 35665, Ao = 35666, jo = 5124, Mo = 35667, No = 35668, Po = 35669, Fo = 35670, Io = 35671, Lo = 35672, Ro = 35673, zo = 35674, Bo = 35675, Vo = 35676, Ho = 35678, Uo = 35680, Wo = 4, Go = 1028, Ko = 1029, qo = 2304, Jo = 2305, Yo = 32775, Xo = 32776, Zo = 519, Qo = 7680, $o = 0, es = 1, ts = 32774, ns = 513, rs = 36160, is = 36064, as = {
			0: 0,
			1: 1,
			zero: 0,
			one: 1,
			"src color": 768,
			"one minus src color": 769,
			"src alpha": 770,
			"one minus src alpha": 771,
			"dst color": 774,
			"one minus dst color": 775,
			"dst alpha": 772,
			"one minus dst alpha": 773,
			"constant color": 32769,
			"one minus constant color": 32770,
			"constant alpha": 32771,
			"one minus constant alpha": 32772,
			"src alpha saturate": 776
		}, os = [
			"constant color, constant alpha",
			"one minus constant color, constant alpha",
			"constant color, one minus constant alpha",
			"one minus constant color, one minus constant alpha",
			"constant alpha, constant color",
			"constant alpha, one minus constant color",
			"one minus constant alpha, constant color",
			"one minus constant alpha, one minus constant color"
		], ss = {
			never: 512,
			less: 513,
			"<": 513,
			equal: 514,
			"=": 514,
			"==": 514,
			"===": 514,
			lequal: 515,
			"<=": 515,
			greater: 516,
			">": 516,
			notequal: 517,
			"!=": 517,
			"!==": 517,
			gequal: 518,
			">=": 518,
			always: 519
		}, cs = {
			0: 0,
			zero: 0,
			keep: 7680,
			replace: 7681,
			increment: 7682,
			decrement: 7683,
			"increment wrap": 34055,
			"decrement wrap": 34056,
			invert: 5386
		}, ls = {
			frag: mo,
			vert: ho
		}, us = {
			cw: qo,
			ccw: Jo
		};
		function ds(t) {
			return Array.isArray(t) || e(t) || Et(t);
		}
		function fs(e) {
			return e.sort(function(e, t) {
				return e === Wa ? -1 : t === Wa ? 1 : e < t ? -1 : 1;
			});
		}
		function ps(e, t, n, r) {
			this.thisDep = e, this.contextDep = t, this.propDep = n, this.append = r;
		}
		function ms(e) {
			return e && !(e.thisDep || e.contextDep || e.propDep);
		}
		function hs(e) {
			return new ps(!1, !1, !1, e);
		}
		function gs(e, t) {
			var n = e.type;
			if (n === da) {
				var r = e.data.length;
				return new ps(!0, r >= 1, r >= 2, t);
			}
			if (n === ha) {
				var i = e.data;
				return new ps(i.thisDep, i.contextDep, i.propDep, t);
			}
			if (n === ga) return new ps(!1, !1, !1, t);
			if (n === _a) {
				for (var a = !1, o = !1, s = !1, c = 0; c < e.data.length; ++c) {
					var l = e.data[c];
					if (l.type === fa) s = !0;
					else if (l.type === pa) o = !0;
					else if (l.type === ma) a = !0;
					else if (l.type === da) {
						a = !0;
						var u = l.data;
						u >= 1 && (o = !0), u >= 2 && (s = !0);
					} else l.type === ha && (a ||= l.data.thisDep, o ||= l.data.contextDep, s ||= l.data.propDep);
				}
				return new ps(a, o, s, t);
			}
			return new ps(n === ma, n === pa, n === fa, t);
		}
		var _s = new ps(!1, !1, !1, function() {});
		function vs(e, n, r, i, a, o, s, c, l, u, d, f, p, m, h) {
			var g = u.Record, _ = {
				add: 32774,
				subtract: 32778,
				"reverse subtract": 32779
			};
			r.ext_blend_minmax && (_.min = Yo, _.max = Xo);
			var v = r.angle_instanced_arrays, y = r.webgl_draw_buffers, b = r.oes_vertex_array_object, x = {
				dirty: !0,
				profile: h.profile
			}, S = {}, C = [], w = {}, T = {};
			function E(e) {
				return e.replace(".", "_");
			}
			function D(e, t, n) {
				var r = E(e);
				C.push(e), S[r] = x[r] = !!n, w[r] = t;
			}
			function O(e, t, n) {
				var r = E(e);
				C.push(e), Array.isArray(n) ? (x[r] = n.slice(), S[r] = n.slice()) : x[r] = S[r] = n, T[r] = t;
			}
			D(va, bo), D(ya, yo), O(ba, "blendColor", [
				0,
				0,
				0,
				0
			]), O(xa, "blendEquationSeparate", [ts, ts]), O(Sa, "blendFuncSeparate", [
				es,
				$o,
				es,
				$o
			]), D(Ca, So, !0), O(wa, "depthFunc", ns), O(Ta, "depthRange", [0, 1]), O(Ea, "depthMask", !0), O(Da, Da, [
				!0,
				!0,
				!0,
				!0
			]), D(Oa, vo), O(ka, "cullFace", Ko), O(Aa, Aa, Jo), O(ja, ja, 1), D(Ma, wo), O(Na, "polygonOffset", [0, 0]), D(Pa, To), D(Fa, Eo), O(Ia, "sampleCoverage", [1, !1]), D(La, xo), O(Ra, "stencilMask", -1), O(za, "stencilFunc", [
				Zo,
				0,
				-1
			]), O(Ba, "stencilOpSeparate", [
				Go,
				Qo,
				Qo,
				Qo
			]), O(Va, "stencilOpSeparate", [
				Ko,
				Qo,
				Qo,
				Qo
			]), D(Ha, Co), O(Ua, "scissor", [
				0,
				0,
				e.drawingBufferWidth,
				e.drawingBufferHeight
			]), O(Wa, Wa, [
				0,
				0,
				e.drawingBufferWidth,
				e.drawingBufferHeight
			]);
			var k = {
				gl: e,
				context: p,
				strings: n,
				next: S,
				current: x,
				draw: f,
				elements: o,
				buffer: a,
				shader: d,
				attributes: u.state,
				vao: u,
				uniforms: l,
				framebuffer: c,
				extensions: r,
				timer: m,
				isBufferArgs: ds
			}, A = {
				primTypes: Yt,
				compareFuncs: ss,
				blendFuncs: as,
				blendEquations: _,
				stencilOps: cs,
				glTypes: It,
				orientationType: us
			};
			G.optional(function() {
				k.isArrayLike = Q;
			}), y && (A.backBuffer = [Ko], A.drawBuffer = Pe(i.maxDrawbuffers, function(e) {
				return e === 0 ? [0] : Pe(e, function(e) {
					return is + e;
				});
			}));
			var j = 0;
			function M() {
				var e = oa(), t = e.link, r = e.global;
				e.id = j++, e.batchId = "0";
				var i = t(k), a = e.shared = { props: "a0" };
				Object.keys(k).forEach(function(e) {
					a[e] = r.def(i, ".", e);
				}), G.optional(function() {
					e.CHECK = t(G), e.commandStr = G.guessCommand(), e.command = t(e.commandStr), e.assert = function(e, n, r) {
						e("if(!(", n, "))", this.CHECK, ".commandRaise(", t(r), ",", this.command, ");");
					}, A.invalidBlendCombinations = os;
				});
				var o = e.next = {}, s = e.current = {};
				Object.keys(T).forEach(function(e) {
					Array.isArray(x[e]) && (o[e] = r.def(a.next, ".", e), s[e] = r.def(a.current, ".", e));
				});
				var c = e.constants = {};
				Object.keys(A).forEach(function(e) {
					c[e] = r.def(JSON.stringify(A[e]));
				}), e.invoke = function(n, r) {
					switch (r.type) {
						case da:
							var i = [
								"this",
								a.context,
								a.props,
								e.batchId
							];
							return n.def(t(r.data), ".call(", i.slice(0, Math.max(r.data.length + 1, 4)), ")");
						case fa: return n.def(a.props, r.data);
						case pa: return n.def(a.context, r.data);
						case ma: return n.def("this", r.data);
						case ha: return r.data.append(e, n), r.data.ref;
						case ga: return r.data.toString();
						case _a: return r.data.map(function(t) {
							return e.invoke(n, t);
						});
					}
				}, e.attribCache = {};
				var l = {};
				return e.scopeAttrib = function(e) {
					var r = n.id(e);
					if (r in l) return l[r];
					var i = u.scope[r];
					return i ||= u.scope[r] = new g(), l[r] = t(i);
				}, e;
			}
			function N(e) {
				var t = e.static, n = e.dynamic, r;
				if (Ga in t) {
					var i = !!t[Ga];
					r = hs(function(e, t) {
						return i;
					}), r.enable = i;
				} else if (Ga in n) {
					var a = n[Ga];
					r = gs(a, function(e, t) {
						return e.invoke(t, a);
					});
				}
				return r;
			}
			function P(e, t) {
				var n = e.static, r = e.dynamic;
				if (Ka in n) {
					var i = n[Ka];
					return i ? (i = c.getFramebuffer(i), G.command(i, "invalid framebuffer object"), hs(function(e, t) {
						var n = e.link(i), r = e.shared;
						t.set(r.framebuffer, ".next", n);
						var a = r.context;
						return t.set(a, "." + ro, n + ".width"), t.set(a, "." + io, n + ".height"), n;
					})) : hs(function(e, t) {
						var n = e.shared;
						t.set(n.framebuffer, ".next", "null");
						var r = n.context;
						return t.set(r, "." + ro, r + "." + co), t.set(r, "." + io, r + "." + lo), "null";
					});
				}
				if (Ka in r) {
					var a = r[Ka];
					return gs(a, function(e, t) {
						var n = e.invoke(t, a), r = e.shared, i = r.framebuffer, o = t.def(i, ".getFramebuffer(", n, ")");
						G.optional(function() {
							e.assert(t, "!" + n + "||" + o, "invalid framebuffer object");
						}), t.set(i, ".next", o);
						var s = r.context;
						return t.set(s, "." + ro, o + "?" + o + ".width:" + s + "." + co), t.set(s, "." + io, o + "?" + o + ".height:" + s + "." + lo), o;
					});
				}
				return null;
			}
			function F(e, t, n) {
				var r = e.static, i = e.dynamic;
				function a(e) {
					if (e in r) {
						var a = r[e];
						G.commandType(a, "object", "invalid " + e, n.commandStr);
						var o = !0, s = a.x | 0, c = a.y | 0, l, u;
						return "width" in a ? (l = a.width | 0, G.command(l >= 0, "invalid " + e, n.commandStr)) : o = !1, "height" in a ? (u = a.height | 0, G.command(u >= 0, "invalid " + e, n.commandStr)) : o = !1, new ps(!o && t && t.thisDep, !o && t && t.contextDep, !o && t && t.propDep, function(e, t) {
							var n = e.shared.context, r = l;
							"width" in a || (r = t.def(n, ".", ro, "-", s));
							var i = u;
							return "height" in a || (i = t.def(n, ".", io, "-", c)), [
								s,
								c,
								r,
								i
							];
						});
					}
					if (e in i) {
						var d = i[e], f = gs(d, function(t, n) {
							var r = t.invoke(n, d);
							G.optional(function() {
								t.assert(n, r + "&&typeof " + r + "===\"object\"", "invalid " + e);
							});
							var i = t.shared.context, a = n.def(r, ".x|0"), o = n.def(r, ".y|0"), s = n.def("\"width\" in ", r, "?", r, ".width|0:", "(", i, ".", ro, "-", a, ")"), c = n.def("\"height\" in ", r, "?", r, ".height|0:", "(", i, ".", io, "-", o, ")");
							return G.optional(function() {
								t.assert(n, s + ">=0&&" + c + ">=0", "invalid " + e);
							}), [
								a,
								o,
								s,
								c
							];
						});
						return t && (f.thisDep = f.thisDep || t.thisDep, f.contextDep = f.contextDep || t.contextDep, f.propDep = f.propDep || t.propDep), f;
					}
					return t ? new ps(t.thisDep, t.contextDep, t.propDep, function(e, t) {
						var n = e.shared.context;
						return [
							0,
							0,
							t.def(n, ".", ro),
							t.def(n, ".", io)
						];
					}) : null;
				}
				var o = a(Wa);
				if (o) {
					var s = o;
					o = new ps(o.thisDep, o.contextDep, o.propDep, function(e, t) {
						var n = s.append(e, t), r = e.shared.context;
						return t.set(r, "." + ao, n[2]), t.set(r, "." + oo, n[3]), n;
					});
				}
				return {
					viewport: o,
					scissor_box: a(Ua)
				};
			}
			function I(e, t) {
				var n = e.static;
				if (typeof n[Ja] == "string" && typeof n[qa] == "string") {
					if (Object.keys(t.dynamic).length > 0) return null;
					var r = t.static, i = Object.keys(r);
					if (i.length > 0 && typeof r[i[0]] == "number") {
						for (var a = [], o = 0; o < i.length; ++o) G(typeof r[i[o]] == "number", "must specify all vertex attribute locations when using vaos"), a.push([r[i[o]] | 0, i[o]]);
						return a;
					}
				}
				return null;
			}
			function L(e, t, r) {
				var i = e.static, a = e.dynamic;
				function o(e) {
					if (e in i) {
						var t = n.id(i[e]);
						G.optional(function() {
							d.shader(ls[e], t, G.guessCommand());
						});
						var r = hs(function() {
							return t;
						});
						return r.id = t, r;
					}
					if (e in a) {
						var o = a[e];
						return gs(o, function(t, n) {
							var r = t.invoke(n, o), i = n.def(t.shared.strings, ".id(", r, ")");
							return G.optional(function() {
								n(t.shared.shader, ".shader(", ls[e], ",", i, ",", t.command, ");");
							}), i;
						});
					}
					return null;
				}
				var s = o(Ja), c = o(qa), l = null, u;
				return ms(s) && ms(c) ? (l = d.program(c.id, s.id, null, r), u = hs(function(e, t) {
					return e.link(l);
				})) : u = new ps(s && s.thisDep || c && c.thisDep, s && s.contextDep || c && c.contextDep, s && s.propDep || c && c.propDep, function(e, t) {
					var n = e.shared.shader, r = s ? s.append(e, t) : t.def(n, ".", Ja), i = c ? c.append(e, t) : t.def(n, ".", qa), a = n + ".program(" + i + "," + r;
					return G.optional(function() {
						a += "," + e.command;
					}), t.def(a + ")");
				}), {
					frag: s,
					vert: c,
					progVar: u,
					program: l
				};
			}
			function R(e, t) {
				var n = e.static, r = e.dynamic, i = {}, a = !1;
				function s() {
					if (eo in n) {
						var e = n[eo];
						return e !== null && u.getVAO(e) === null && (e = u.createVAO(e)), a = !0, i.vao = e, hs(function(t) {
							var n = u.getVAO(e);
							return n ? t.link(n) : "null";
						});
					}
					if (eo in r) {
						a = !0;
						var t = r[eo];
						return gs(t, function(e, n) {
							var r = e.invoke(n, t);
							return n.def(e.shared.vao + ".getVAO(" + r + ")");
						});
					}
					return null;
				}
				var c = s(), l = !1;
				function d() {
					if (Ya in n) {
						var e = n[Ya];
						if (i.elements = e, ds(e)) {
							var s = i.elements = o.create(e, !0);
							e = o.getElements(s), l = !0;
						} else e && (e = o.getElements(e), l = !0, G.command(e, "invalid elements", t.commandStr));
						var u = hs(function(t, n) {
							if (e) {
								var r = t.link(e);
								return t.ELEMENTS = r, r;
							}
							return t.ELEMENTS = null, null;
						});
						return u.value = e, u;
					}
					if (Ya in r) {
						l = !0;
						var d = r[Ya];
						return gs(d, function(e, t) {
							var n = e.shared, r = n.isBufferArgs, i = n.elements, a = e.invoke(t, d), o = t.def("null"), s = t.def(r, "(", a, ")"), c = e.cond(s).then(o, "=", i, ".createStream(", a, ");").else(o, "=", i, ".getElements(", a, ");");
							return G.optional(function() {
								e.assert(c.else, "!" + a + "||" + o, "invalid elements");
							}), t.entry(c), t.exit(e.cond(s).then(i, ".destroyStream(", o, ");")), e.ELEMENTS = o, o;
						});
					}
					return a ? new ps(c.thisDep, c.contextDep, c.propDep, function(e, t) {
						return t.def(e.shared.vao + ".currentVAO?" + e.shared.elements + ".getElements(" + e.shared.vao + ".currentVAO.elements):null");
					}) : null;
				}
				var f = d();
				function p() {
					if (Xa in n) {
						var e = n[Xa];
						return i.primitive = e, G.commandParameter(e, Yt, "invalid primitve", t.commandStr), hs(function(t, n) {
							return Yt[e];
						});
					}
					if (Xa in r) {
						var o = r[Xa];
						return gs(o, function(e, t) {
							var n = e.constants.primTypes, r = e.invoke(t, o);
							return G.optional(function() {
								e.assert(t, r + " in " + n, "invalid primitive, must be one of " + Object.keys(Yt));
							}), t.def(n, "[", r, "]");
						});
					}
					return l ? ms(f) ? f.value ? hs(function(e, t) {
						return t.def(e.ELEMENTS, ".primType");
					}) : hs(function() {
						return Wo;
					}) : new ps(f.thisDep, f.contextDep, f.propDep, function(e, t) {
						var n = e.ELEMENTS;
						return t.def(n, "?", n, ".primType:", Wo);
					}) : a ? new ps(c.thisDep, c.contextDep, c.propDep, function(e, t) {
						return t.def(e.shared.vao + ".currentVAO?" + e.shared.vao + ".currentVAO.primitive:" + Wo);
					}) : null;
				}
				function m(e, o) {
					if (e in n) {
						var s = n[e] | 0;
						return o ? i.offset = s : i.instances = s, G.command(!o || s >= 0, "invalid " + e, t.commandStr), hs(function(e, t) {
							return o && (e.OFFSET = s), s;
						});
					}
					if (e in r) {
						var u = r[e];
						return gs(u, function(t, n) {
							var r = t.invoke(n, u);
							return o && (t.OFFSET = r, G.optional(function() {
								t.assert(n, r + ">=0", "invalid " + e);
							})), r;
						});
					}
					if (o) {
						if (l) return hs(function(e, t) {
							return e.OFFSET = 0, 0;
						});
						if (a) return new ps(c.thisDep, c.contextDep, c.propDep, function(e, t) {
							return t.def(e.shared.vao + ".currentVAO?" + e.shared.vao + ".currentVAO.offset:0");
						});
					} else if (a) return new ps(c.thisDep, c.contextDep, c.propDep, function(e, t) {
						return t.def(e.shared.vao + ".currentVAO?" + e.shared.vao + ".currentVAO.instances:-1");
					});
					return null;
				}
				var h = m(Qa, !0);
				function g() {
					if (Za in n) {
						var e = n[Za] | 0;
						return i.count = e, G.command(typeof e == "number" && e >= 0, "invalid vertex count", t.commandStr), hs(function() {
							return e;
						});
					}
					if (Za in r) {
						var o = r[Za];
						return gs(o, function(e, t) {
							var n = e.invoke(t, o);
							return G.optional(function() {
								e.assert(t, "typeof " + n + "===\"number\"&&" + n + ">=0&&" + n + "===(" + n + "|0)", "invalid vertex count");
							}), n;
						});
					}
					if (l) {
						if (ms(f)) {
							if (f) return h ? new ps(h.thisDep, h.contextDep, h.propDep, function(e, t) {
								var n = t.def(e.ELEMENTS, ".vertCount-", e.OFFSET);
								return G.optional(function() {
									e.assert(t, n + ">=0", "invalid vertex offset/element buffer too small");
								}), n;
							}) : hs(function(e, t) {
								return t.def(e.ELEMENTS, ".vertCount");
							});
							var s = hs(function() {
								return -1;
							});
							return G.optional(function() {
								s.MISSING = !0;
							}), s;
						}
						var u = new ps(f.thisDep || h.thisDep, f.contextDep || h.contextDep, f.propDep || h.propDep, function(e, t) {
							var n = e.ELEMENTS;
							return e.OFFSET ? t.def(n, "?", n, ".vertCount-", e.OFFSET, ":-1") : t.def(n, "?", n, ".vertCount:-1");
						});
						return G.optional(function() {
							u.DYNAMIC = !0;
						}), u;
					}
					return a ? new ps(c.thisDep, c.contextDep, c.propDep, function(e, t) {
						return t.def(e.shared.vao, ".currentVAO?", e.shared.vao, ".currentVAO.count:-1");
					}) : null;
				}
				return {
					elements: f,
					primitive: p(),
					count: g(),
					instances: m($a, !1),
					offset: h,
					vao: c,
					vaoActive: a,
					elementsActive: l,
					static: i
				};
			}
			function z(e, t) {
				var n = e.static, r = e.dynamic, a = {};
				return C.forEach(function(e) {
					var o = E(e);
					function s(t, i) {
						if (e in n) {
							var s = t(n[e]);
							a[o] = hs(function() {
								return s;
							});
						} else if (e in r) {
							var c = r[e];
							a[o] = gs(c, function(e, t) {
								return i(e, t, e.invoke(t, c));
							});
						}
					}
					switch (e) {
						case Oa:
						case ya:
						case va:
						case La:
						case Ca:
						case Ha:
						case Ma:
						case Pa:
						case Fa:
						case Ea: return s(function(n) {
							return G.commandType(n, "boolean", e, t.commandStr), n;
						}, function(t, n, r) {
							return G.optional(function() {
								t.assert(n, "typeof " + r + "===\"boolean\"", "invalid flag " + e, t.commandStr);
							}), r;
						});
						case wa: return s(function(n) {
							return G.commandParameter(n, ss, "invalid " + e, t.commandStr), ss[n];
						}, function(t, n, r) {
							var i = t.constants.compareFuncs;
							return G.optional(function() {
								t.assert(n, r + " in " + i, "invalid " + e + ", must be one of " + Object.keys(ss));
							}), n.def(i, "[", r, "]");
						});
						case Ta: return s(function(e) {
							return G.command(Q(e) && e.length === 2 && typeof e[0] == "number" && typeof e[1] == "number" && e[0] <= e[1], "depth range is 2d array", t.commandStr), e;
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, e.shared.isArrayLike + "(" + n + ")&&" + n + ".length===2&&typeof " + n + "[0]===\"number\"&&typeof " + n + "[1]===\"number\"&&" + n + "[0]<=" + n + "[1]", "depth range must be a 2d array");
							}), [t.def("+", n, "[0]"), t.def("+", n, "[1]")];
						});
						case Sa: return s(function(e) {
							G.commandType(e, "object", "blend.func", t.commandStr);
							var n = "srcRGB" in e ? e.srcRGB : e.src, r = "srcAlpha" in e ? e.srcAlpha : e.src, i = "dstRGB" in e ? e.dstRGB : e.dst, a = "dstAlpha" in e ? e.dstAlpha : e.dst;
							return G.commandParameter(n, as, o + ".srcRGB", t.commandStr), G.commandParameter(r, as, o + ".srcAlpha", t.commandStr), G.commandParameter(i, as, o + ".dstRGB", t.commandStr), G.commandParameter(a, as, o + ".dstAlpha", t.commandStr), G.command(os.indexOf(n + ", " + i) === -1, "unallowed blending combination (srcRGB, dstRGB) = (" + n + ", " + i + ")", t.commandStr), [
								as[n],
								as[i],
								as[r],
								as[a]
							];
						}, function(t, n, r) {
							var i = t.constants.blendFuncs;
							G.optional(function() {
								t.assert(n, r + "&&typeof " + r + "===\"object\"", "invalid blend func, must be an object");
							});
							function a(a, o) {
								var s = n.def("\"", a, o, "\" in ", r, "?", r, ".", a, o, ":", r, ".", a);
								return G.optional(function() {
									t.assert(n, s + " in " + i, "invalid " + e + "." + a + o + ", must be one of " + Object.keys(as));
								}), s;
							}
							var o = a("src", "RGB"), s = a("dst", "RGB");
							G.optional(function() {
								var e = t.constants.invalidBlendCombinations;
								t.assert(n, e + ".indexOf(" + o + "+\", \"+" + s + ") === -1 ", "unallowed blending combination for (srcRGB, dstRGB)");
							});
							var c = n.def(i, "[", o, "]"), l = n.def(i, "[", a("src", "Alpha"), "]");
							return [
								c,
								n.def(i, "[", s, "]"),
								l,
								n.def(i, "[", a("dst", "Alpha"), "]")
							];
						});
						case xa: return s(function(n) {
							if (typeof n == "string") return G.commandParameter(n, _, "invalid " + e, t.commandStr), [_[n], _[n]];
							if (typeof n == "object") return G.commandParameter(n.rgb, _, e + ".rgb", t.commandStr), G.commandParameter(n.alpha, _, e + ".alpha", t.commandStr), [_[n.rgb], _[n.alpha]];
							G.commandRaise("invalid blend.equation", t.commandStr);
						}, function(t, n, r) {
							var i = t.constants.blendEquations, a = n.def(), o = n.def(), s = t.cond("typeof ", r, "===\"string\"");
							return G.optional(function() {
								function n(e, n, r) {
									t.assert(e, r + " in " + i, "invalid " + n + ", must be one of " + Object.keys(_));
								}
								n(s.then, e, r), t.assert(s.else, r + "&&typeof " + r + "===\"object\"", "invalid " + e), n(s.else, e + ".rgb", r + ".rgb"), n(s.else, e + ".alpha", r + ".alpha");
							}), s.then(a, "=", o, "=", i, "[", r, "];"), s.else(a, "=", i, "[", r, ".rgb];", o, "=", i, "[", r, ".alpha];"), n(s), [a, o];
						});
						case ba: return s(function(e) {
							return G.command(Q(e) && e.length === 4, "blend.color must be a 4d array", t.commandStr), Pe(4, function(t) {
								return +e[t];
							});
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, e.shared.isArrayLike + "(" + n + ")&&" + n + ".length===4", "blend.color must be a 4d array");
							}), Pe(4, function(e) {
								return t.def("+", n, "[", e, "]");
							});
						});
						case Ra: return s(function(e) {
							return G.commandType(e, "number", o, t.commandStr), e | 0;
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, "typeof " + n + "===\"number\"", "invalid stencil.mask");
							}), t.def(n, "|0");
						});
						case za: return s(function(n) {
							G.commandType(n, "object", o, t.commandStr);
							var r = n.cmp || "keep", i = n.ref || 0, a = "mask" in n ? n.mask : -1;
							return G.commandParameter(r, ss, e + ".cmp", t.commandStr), G.commandType(i, "number", e + ".ref", t.commandStr), G.commandType(a, "number", e + ".mask", t.commandStr), [
								ss[r],
								i,
								a
							];
						}, function(e, t, n) {
							var r = e.constants.compareFuncs;
							return G.optional(function() {
								function i() {
									e.assert(t, Array.prototype.join.call(arguments, ""), "invalid stencil.func");
								}
								i(n + "&&typeof ", n, "===\"object\""), i("!(\"cmp\" in ", n, ")||(", n, ".cmp in ", r, ")");
							}), [
								t.def("\"cmp\" in ", n, "?", r, "[", n, ".cmp]", ":", Qo),
								t.def(n, ".ref|0"),
								t.def("\"mask\" in ", n, "?", n, ".mask|0:-1")
							];
						});
						case Ba:
						case Va: return s(function(n) {
							G.commandType(n, "object", o, t.commandStr);
							var r = n.fail || "keep", i = n.zfail || "keep", a = n.zpass || "keep";
							return G.commandParameter(r, cs, e + ".fail", t.commandStr), G.commandParameter(i, cs, e + ".zfail", t.commandStr), G.commandParameter(a, cs, e + ".zpass", t.commandStr), [
								e === Va ? Ko : Go,
								cs[r],
								cs[i],
								cs[a]
							];
						}, function(t, n, r) {
							var i = t.constants.stencilOps;
							G.optional(function() {
								t.assert(n, r + "&&typeof " + r + "===\"object\"", "invalid " + e);
							});
							function a(a) {
								return G.optional(function() {
									t.assert(n, "!(\"" + a + "\" in " + r + ")||(" + r + "." + a + " in " + i + ")", "invalid " + e + "." + a + ", must be one of " + Object.keys(cs));
								}), n.def("\"", a, "\" in ", r, "?", i, "[", r, ".", a, "]:", Qo);
							}
							return [
								e === Va ? Ko : Go,
								a("fail"),
								a("zfail"),
								a("zpass")
							];
						});
						case Na: return s(function(e) {
							G.commandType(e, "object", o, t.commandStr);
							var n = e.factor | 0, r = e.units | 0;
							return G.commandType(n, "number", o + ".factor", t.commandStr), G.commandType(r, "number", o + ".units", t.commandStr), [n, r];
						}, function(t, n, r) {
							return G.optional(function() {
								t.assert(n, r + "&&typeof " + r + "===\"object\"", "invalid " + e);
							}), [n.def(r, ".factor|0"), n.def(r, ".units|0")];
						});
						case ka: return s(function(e) {
							var n = 0;
							return e === "front" ? n = Go : e === "back" && (n = Ko), G.command(!!n, o, t.commandStr), n;
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, n + "===\"front\"||" + n + "===\"back\"", "invalid cull.face");
							}), t.def(n, "===\"front\"?", Go, ":", Ko);
						});
						case ja: return s(function(e) {
							return G.command(typeof e == "number" && e >= i.lineWidthDims[0] && e <= i.lineWidthDims[1], "invalid line width, must be a positive number between " + i.lineWidthDims[0] + " and " + i.lineWidthDims[1], t.commandStr), e;
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, "typeof " + n + "===\"number\"&&" + n + ">=" + i.lineWidthDims[0] + "&&" + n + "<=" + i.lineWidthDims[1], "invalid line width");
							}), n;
						});
						case Aa: return s(function(e) {
							return G.commandParameter(e, us, o, t.commandStr), us[e];
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, n + "===\"cw\"||" + n + "===\"ccw\"", "invalid frontFace, must be one of cw,ccw");
							}), t.def(n + "===\"cw\"?" + qo + ":" + Jo);
						});
						case Da: return s(function(e) {
							return G.command(Q(e) && e.length === 4, "color.mask must be length 4 array", t.commandStr), e.map(function(e) {
								return !!e;
							});
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, e.shared.isArrayLike + "(" + n + ")&&" + n + ".length===4", "invalid color.mask");
							}), Pe(4, function(e) {
								return "!!" + n + "[" + e + "]";
							});
						});
						case Ia: return s(function(e) {
							G.command(typeof e == "object" && e, o, t.commandStr);
							var n = "value" in e ? e.value : 1, r = !!e.invert;
							return G.command(typeof n == "number" && n >= 0 && n <= 1, "sample.coverage.value must be a number between 0 and 1", t.commandStr), [n, r];
						}, function(e, t, n) {
							return G.optional(function() {
								e.assert(t, n + "&&typeof " + n + "===\"object\"", "invalid sample.coverage");
							}), [t.def("\"value\" in ", n, "?+", n, ".value:1"), t.def("!!", n, ".invert")];
						});
					}
				}), a;
			}
			function ee(e, t) {
				var n = e.static, r = e.dynamic, i = {};
				return Object.keys(n).forEach(function(e) {
					var r = n[e], a;
					if (typeof r == "number" || typeof r == "boolean") a = hs(function() {
						return r;
					});
					else if (typeof r == "function") {
						var o = r._reglType;
						o === "texture2d" || o === "textureCube" ? a = hs(function(e) {
							return e.link(r);
						}) : o === "framebuffer" || o === "framebufferCube" ? (G.command(r.color.length > 0, "missing color attachment for framebuffer sent to uniform \"" + e + "\"", t.commandStr), a = hs(function(e) {
							return e.link(r.color[0]);
						})) : G.commandRaise("invalid data for uniform \"" + e + "\"", t.commandStr);
					} else Q(r) ? a = hs(function(t) {
						return t.global.def("[", Pe(r.length, function(n) {
							return G.command(typeof r[n] == "number" || typeof r[n] == "boolean", "invalid uniform " + e, t.commandStr), r[n];
						}), "]");
					}) : G.commandRaise("invalid or missing data for uniform \"" + e + "\"", t.commandStr);
					a.value = r, i[e] = a;
				}), Object.keys(r).forEach(function(e) {
					var t = r[e];
					i[e] = gs(t, function(e, n) {
						return e.invoke(n, t);
					});
				}), i;
			}
			function B(e, t) {
				var r = e.static, i = e.dynamic, o = {};
				return Object.keys(r).forEach(function(e) {
					var i = r[e], s = n.id(e), c = new g();
					if (ds(i)) c.state = la, c.buffer = a.getBuffer(a.create(i, fo, !1, !0)), c.type = 0;
					else {
						var l = a.getBuffer(i);
						if (l) c.state = la, c.buffer = l, c.type = 0;
						else if (G.command(typeof i == "object" && i, "invalid data for attribute " + e, t.commandStr), "constant" in i) {
							var u = i.constant;
							c.buffer = "null", c.state = ua, typeof u == "number" ? c.x = u : (G.command(Q(u) && u.length > 0 && u.length <= 4, "invalid constant for attribute " + e, t.commandStr), sa.forEach(function(e, t) {
								t < u.length && (c[e] = u[t]);
							}));
						} else {
							l = ds(i.buffer) ? a.getBuffer(a.create(i.buffer, fo, !1, !0)) : a.getBuffer(i.buffer), G.command(!!l, "missing buffer for attribute \"" + e + "\"", t.commandStr);
							var d = i.offset | 0;
							G.command(d >= 0, "invalid offset for attribute \"" + e + "\"", t.commandStr);
							var f = i.stride | 0;
							G.command(f >= 0 && f < 256, "invalid stride for attribute \"" + e + "\", must be integer betweeen [0, 255]", t.commandStr);
							var p = i.size | 0;
							G.command(!("size" in i) || p > 0 && p <= 4, "invalid size for attribute \"" + e + "\", must be 1,2,3,4", t.commandStr);
							var m = !!i.normalized, h = 0;
							"type" in i && (G.commandParameter(i.type, It, "invalid type for attribute " + e, t.commandStr), h = It[i.type]);
							var _ = i.divisor | 0;
							G.optional(function() {
								"divisor" in i && (G.command(_ === 0 || v, "cannot specify divisor for attribute \"" + e + "\", instancing not supported", t.commandStr), G.command(_ >= 0, "invalid divisor for attribute \"" + e + "\"", t.commandStr));
								var n = t.commandStr, r = [
									"buffer",
									"offset",
									"divisor",
									"normalized",
									"type",
									"size",
									"stride"
								];
								Object.keys(i).forEach(function(t) {
									G.command(r.indexOf(t) >= 0, "unknown parameter \"" + t + "\" for attribute pointer \"" + e + "\" (valid parameters are " + r + ")", n);
								});
							}), c.buffer = l, c.state = la, c.size = p, c.normalized = m, c.type = h || l.dtype, c.offset = d, c.stride = f, c.divisor = _;
						}
					}
					o[e] = hs(function(e, t) {
						var n = e.attribCache;
						if (s in n) return n[s];
						var r = { isStream: !1 };
						return Object.keys(c).forEach(function(e) {
							r[e] = c[e];
						}), c.buffer && (r.buffer = e.link(c.buffer), r.type = r.type || r.buffer + ".dtype"), n[s] = r, r;
					});
				}), Object.keys(i).forEach(function(e) {
					var t = i[e];
					function n(n, r) {
						var i = n.invoke(r, t), a = n.shared, o = n.constants, s = a.isBufferArgs, c = a.buffer;
						G.optional(function() {
							n.assert(r, i + "&&(typeof " + i + "===\"object\"||typeof " + i + "===\"function\")&&(" + s + "(" + i + ")||" + c + ".getBuffer(" + i + ")||" + c + ".getBuffer(" + i + ".buffer)||" + s + "(" + i + ".buffer)||(\"constant\" in " + i + "&&(typeof " + i + ".constant===\"number\"||" + a.isArrayLike + "(" + i + ".constant))))", "invalid dynamic attribute \"" + e + "\"");
						});
						var l = { isStream: r.def(!1) }, u = new g();
						u.state = la, Object.keys(u).forEach(function(e) {
							l[e] = r.def("" + u[e]);
						});
						var d = l.buffer, f = l.type;
						r("if(", s, "(", i, ")){", l.isStream, "=true;", d, "=", c, ".createStream(", fo, ",", i, ");", f, "=", d, ".dtype;", "}else{", d, "=", c, ".getBuffer(", i, ");", "if(", d, "){", f, "=", d, ".dtype;", "}else if(\"constant\" in ", i, "){", l.state, "=", ua, ";", "if(typeof " + i + ".constant === \"number\"){", l[sa[0]], "=", i, ".constant;", sa.slice(1).map(function(e) {
							return l[e];
						}).join("="), "=0;", "}else{", sa.map(function(e, t) {
							return l[e] + "=" + i + ".constant.length>" + t + "?" + i + ".constant[" + t + "]:0;";
						}).join(""), "}}else{", "if(", s, "(", i, ".buffer)){", d, "=", c, ".createStream(", fo, ",", i, ".buffer);", "}else{", d, "=", c, ".getBuffer(", i, ".buffer);", "}", f, "=\"type\" in ", i, "?", o.glTypes, "[", i, ".type]:", d, ".dtype;", l.normalized, "=!!", i, ".normalized;");
						function p(e) {
							r(l[e], "=", i, ".", e, "|0;");
						}
						return p("size"), p("offset"), p("stride"), p("divisor"), r("}}"), r.exit("if(", l.isStream, "){", c, ".destroyStream(", d, ");", "}"), l;
					}
					o[e] = gs(t, n);
				}), o;
			}
			function te(e) {
				var t = e.static, n = e.dynamic, r = {};
				return Object.keys(t).forEach(function(e) {
					var n = t[e];
					r[e] = hs(function(e, t) {
						return typeof n == "number" || typeof n == "boolean" ? "" + n : e.link(n);
					});
				}), Object.keys(n).forEach(function(e) {
					var t = n[e];
					r[e] = gs(t, function(e, n) {
						return e.invoke(n, t);
					});
				}), r;
			}
			function ne(e, t, n, i, a) {
				var o = e.static, s = e.dynamic;
				G.optional(function() {
					var e = [
						Ka,
						qa,
						Ja,
						Ya,
						Xa,
						Qa,
						Za,
						$a,
						Ga,
						eo
					].concat(C);
					function t(t) {
						Object.keys(t).forEach(function(t) {
							G.command(e.indexOf(t) >= 0, "unknown parameter \"" + t + "\"", a.commandStr);
						});
					}
					t(o), t(s);
				});
				var c = I(e, t), l = P(e, a), d = F(e, l, a), f = R(e, a), p = z(e, a), m = L(e, a, c);
				function h(e) {
					var t = d[e];
					t && (p[e] = t);
				}
				h(Wa), h(E(Ua));
				var g = {
					framebuffer: l,
					draw: f,
					shader: m,
					state: p,
					dirty: Object.keys(p).length > 0,
					scopeVAO: null,
					drawVAO: null,
					useVAO: !1,
					attributes: {}
				};
				if (g.profile = N(e, a), g.uniforms = ee(n, a), g.drawVAO = g.scopeVAO = f.vao, !g.drawVAO && m.program && !c && r.angle_instanced_arrays && f.static.elements) {
					var _ = !0, v = m.program.attributes.map(function(e) {
						var n = t.static[e];
						return _ &&= !!n, n;
					});
					if (_ && v.length > 0) {
						var y = u.getVAO(u.createVAO({
							attributes: v,
							elements: f.static.elements
						}));
						g.drawVAO = new ps(null, null, null, function(e, t) {
							return e.link(y);
						}), g.useVAO = !0;
					}
				}
				return c ? g.useVAO = !0 : g.attributes = B(t, a), g.context = te(i, a), g;
			}
			function V(e, t, n) {
				var r = e.shared.context, i = e.scope();
				Object.keys(n).forEach(function(a) {
					t.save(r, "." + a);
					var o = n[a].append(e, t);
					Array.isArray(o) ? i(r, ".", a, "=[", o.join(), "];") : i(r, ".", a, "=", o, ";");
				}), t(i);
			}
			function re(e, t, n, r) {
				var i = e.shared, a = i.gl, o = i.framebuffer, s;
				y && (s = t.def(i.extensions, ".webgl_draw_buffers"));
				var c = e.constants, l = c.drawBuffer, u = c.backBuffer, d = n ? n.append(e, t) : t.def(o, ".next");
				r || t("if(", d, "!==", o, ".cur){"), t("if(", d, "){", a, ".bindFramebuffer(", rs, ",", d, ".framebuffer);"), y && t(s, ".drawBuffersWEBGL(", l, "[", d, ".colorAttachments.length]);"), t("}else{", a, ".bindFramebuffer(", rs, ",null);"), y && t(s, ".drawBuffersWEBGL(", u, ");"), t("}", o, ".cur=", d, ";"), r || t("}");
			}
			function ie(e, t, n) {
				var r = e.shared, i = r.gl, a = e.current, o = e.next, s = r.current, c = r.next, l = e.cond(s, ".dirty");
				C.forEach(function(t) {
					var r = E(t);
					if (!(r in n.state)) {
						var u, d;
						if (r in o) {
							u = o[r], d = a[r];
							var f = Pe(x[r].length, function(e) {
								return l.def(u, "[", e, "]");
							});
							l(e.cond(f.map(function(e, t) {
								return e + "!==" + d + "[" + t + "]";
							}).join("||")).then(i, ".", T[r], "(", f, ");", f.map(function(e, t) {
								return d + "[" + t + "]=" + e;
							}).join(";"), ";"));
						} else {
							u = l.def(c, ".", r);
							var p = e.cond(u, "!==", s, ".", r);
							l(p), r in w ? p(e.cond(u).then(i, ".enable(", w[r], ");").else(i, ".disable(", w[r], ");"), s, ".", r, "=", u, ";") : p(i, ".", T[r], "(", u, ");", s, ".", r, "=", u, ";");
						}
					}
				}), Object.keys(n.state).length === 0 && l(s, ".dirty=false;"), t(l);
			}
			function ae(e, t, n, r) {
				var i = e.shared, a = e.current, o = i.current, s = i.gl;
				fs(Object.keys(n)).forEach(function(i) {
					var c = n[i];
					if (!r || r(c)) {
						var l = c.append(e, t);
						if (w[i]) {
							var u = w[i];
							ms(c) ? l ? t(s, ".enable(", u, ");") : t(s, ".disable(", u, ");") : t(e.cond(l).then(s, ".enable(", u, ");").else(s, ".disable(", u, ");")), t(o, ".", i, "=", l, ";");
						} else if (Q(l)) {
							var d = a[i];
							t(s, ".", T[i], "(", l, ");", l.map(function(e, t) {
								return d + "[" + t + "]=" + e;
							}).join(";"), ";");
						} else t(s, ".", T[i], "(", l, ");", o, ".", i, "=", l, ";");
					}
				});
			}
			function oe(e, t) {
				v && (e.instancing = t.def(e.shared.extensions, ".angle_instanced_arrays"));
			}
			function se(e, t, n, r, i) {
				var a = e.shared, o = e.stats, s = a.current, c = a.timer, l = n.profile;
				function u() {
					return typeof performance > "u" ? "Date.now()" : "performance.now()";
				}
				var d, f;
				function p(e) {
					d = t.def(), e(d, "=", u(), ";"), typeof i == "string" ? e(o, ".count+=", i, ";") : e(o, ".count++;"), m && (r ? (f = t.def(), e(f, "=", c, ".getNumPendingQueries();")) : e(c, ".beginQuery(", o, ");"));
				}
				function h(e) {
					e(o, ".cpuTime+=", u(), "-", d, ";"), m && (r ? e(c, ".pushScopeStats(", f, ",", c, ".getNumPendingQueries(),", o, ");") : e(c, ".endQuery();"));
				}
				function g(e) {
					var n = t.def(s, ".profile");
					t(s, ".profile=", e, ";"), t.exit(s, ".profile=", n, ";");
				}
				var _;
				if (l) {
					if (ms(l)) {
						l.enable ? (p(t), h(t.exit), g("true")) : g("false");
						return;
					}
					_ = l.append(e, t), g(_);
				} else _ = t.def(s, ".profile");
				var v = e.block();
				p(v), t("if(", _, "){", v, "}");
				var y = e.block();
				h(y), t.exit("if(", _, "){", y, "}");
			}
			function H(e, t, n, r, i) {
				var a = e.shared;
				function o(e) {
					switch (e) {
						case Oo:
						case Mo:
						case Io: return 2;
						case ko:
						case No:
						case Lo: return 3;
						case Ao:
						case Po:
						case Ro: return 4;
						default: return 1;
					}
				}
				function s(n, r, i) {
					var o = a.gl, s = t.def(n, ".location"), c = t.def(a.attributes, "[", s, "]"), l = i.state, u = i.buffer, d = [
						i.x,
						i.y,
						i.z,
						i.w
					], f = [
						"buffer",
						"normalized",
						"offset",
						"stride"
					];
					function p() {
						t("if(!", c, ".buffer){", o, ".enableVertexAttribArray(", s, ");}");
						var n = i.type, a = i.size ? t.def(i.size, "||", r) : r;
						if (t("if(", c, ".type!==", n, "||", c, ".size!==", a, "||", f.map(function(e) {
							return c + "." + e + "!==" + i[e];
						}).join("||"), "){", o, ".bindBuffer(", fo, ",", u, ".buffer);", o, ".vertexAttribPointer(", [
							s,
							a,
							n,
							i.normalized,
							i.stride,
							i.offset
						], ");", c, ".type=", n, ";", c, ".size=", a, ";", f.map(function(e) {
							return c + "." + e + "=" + i[e] + ";";
						}).join(""), "}"), v) {
							var l = i.divisor;
							t("if(", c, ".divisor!==", l, "){", e.instancing, ".vertexAttribDivisorANGLE(", [s, l], ");", c, ".divisor=", l, ";}");
						}
					}
					function m() {
						t("if(", c, ".buffer){", o, ".disableVertexAttribArray(", s, ");", c, ".buffer=null;", "}if(", sa.map(function(e, t) {
							return c + "." + e + "!==" + d[t];
						}).join("||"), "){", o, ".vertexAttrib4f(", s, ",", d, ");", sa.map(function(e, t) {
							return c + "." + e + "=" + d[t] + ";";
						}).join(""), "}");
					}
					l === la ? p() : l === ua ? m() : (t("if(", l, "===", la, "){"), p(), t("}else{"), m(), t("}"));
				}
				r.forEach(function(r) {
					var a = r.name, c = n.attributes[a], l;
					if (c) {
						if (!i(c)) return;
						l = c.append(e, t);
					} else {
						if (!i(_s)) return;
						var u = e.scopeAttrib(a);
						G.optional(function() {
							e.assert(t, u + ".state", "missing attribute " + a);
						}), l = {}, Object.keys(new g()).forEach(function(e) {
							l[e] = t.def(u, ".", e);
						});
					}
					s(e.link(r), o(r.info.type), l);
				});
			}
			function ce(e, t, r, i, a, o) {
				for (var s = e.shared, c = s.gl, l, u = 0; u < i.length; ++u) {
					var d = i[u], f = d.name, p = d.info.type, m = r.uniforms[f], h = e.link(d) + ".location", g;
					if (m) {
						if (!a(m)) continue;
						if (ms(m)) {
							var _ = m.value;
							if (G.command(_ != null, "missing uniform \"" + f + "\"", e.commandStr), p === Ho || p === Uo) {
								G.command(typeof _ == "function" && (p === Ho && (_._reglType === "texture2d" || _._reglType === "framebuffer") || p === Uo && (_._reglType === "textureCube" || _._reglType === "framebufferCube")), "invalid texture for uniform " + f, e.commandStr);
								var v = e.link(_._texture || _.color[0]._texture);
								t(c, ".uniform1i(", h, ",", v + ".bind());"), t.exit(v, ".unbind();");
							} else if (p === zo || p === Bo || p === Vo) {
								G.optional(function() {
									G.command(Q(_), "invalid matrix for uniform " + f, e.commandStr), G.command(p === zo && _.length === 4 || p === Bo && _.length === 9 || p === Vo && _.length === 16, "invalid length for matrix uniform " + f, e.commandStr);
								});
								var y = e.global.def("new Float32Array([" + Array.prototype.slice.call(_) + "])"), b = 2;
								p === Bo ? b = 3 : p === Vo && (b = 4), t(c, ".uniformMatrix", b, "fv(", h, ",false,", y, ");");
							} else {
								switch (p) {
									case Do:
										G.commandType(_, "number", "uniform " + f, e.commandStr), l = "1f";
										break;
									case Oo:
										G.command(Q(_) && _.length === 2, "uniform " + f, e.commandStr), l = "2f";
										break;
									case ko:
										G.command(Q(_) && _.length === 3, "uniform " + f, e.commandStr), l = "3f";
										break;
									case Ao:
										G.command(Q(_) && _.length === 4, "uniform " + f, e.commandStr), l = "4f";
										break;
									case Fo:
										G.commandType(_, "boolean", "uniform " + f, e.commandStr), l = "1i";
										break;
									case jo:
										G.commandType(_, "number", "uniform " + f, e.commandStr), l = "1i";
										break;
									case Io:
										G.command(Q(_) && _.length === 2, "uniform " + f, e.commandStr), l = "2i";
										break;
									case Mo:
										G.command(Q(_) && _.length === 2, "uniform " + f, e.commandStr), l = "2i";
										break;
									case Lo:
										G.command(Q(_) && _.length === 3, "uniform " + f, e.commandStr), l = "3i";
										break;
									case No:
										G.command(Q(_) && _.length === 3, "uniform " + f, e.commandStr), l = "3i";
										break;
									case Ro:
										G.command(Q(_) && _.length === 4, "uniform " + f, e.commandStr), l = "4i";
										break;
									case Po: G.command(Q(_) && _.length === 4, "uniform " + f, e.commandStr), l = "4i";
								}
								t(c, ".uniform", l, "(", h, ",", Q(_) ? Array.prototype.slice.call(_) : _, ");");
							}
							continue;
						}
						g = m.append(e, t);
					} else {
						if (!a(_s)) continue;
						g = t.def(s.uniforms, "[", n.id(f), "]");
					}
					p === Ho ? (G(!Array.isArray(g), "must specify a scalar prop for textures"), t("if(", g, "&&", g, "._reglType===\"framebuffer\"){", g, "=", g, ".color[0];", "}")) : p === Uo && (G(!Array.isArray(g), "must specify a scalar prop for cube maps"), t("if(", g, "&&", g, "._reglType===\"framebufferCube\"){", g, "=", g, ".color[0];", "}")), G.optional(function() {
						function n(n, r) {
							e.assert(t, n, "bad data or missing for uniform \"" + f + "\".  " + r);
						}
						function r(e) {
							G(!Array.isArray(g), "must not specify an array type for uniform"), n("typeof " + g + "===\"" + e + "\"", "invalid type, expected " + e);
						}
						function i(t, r) {
							Array.isArray(g) ? G(g.length === t, "must have length " + t) : n(s.isArrayLike + "(" + g + ")&&" + g + ".length===" + t, "invalid vector, should have length " + t, e.commandStr);
						}
						function a(t) {
							G(!Array.isArray(g), "must not specify a value type"), n("typeof " + g + "===\"function\"&&" + g + "._reglType===\"texture" + (t === go ? "2d" : "Cube") + "\"", "invalid texture type", e.commandStr);
						}
						switch (p) {
							case jo:
								r("number");
								break;
							case Mo:
								i(2, "number");
								break;
							case No:
								i(3, "number");
								break;
							case Po:
								i(4, "number");
								break;
							case Do:
								r("number");
								break;
							case Oo:
								i(2, "number");
								break;
							case ko:
								i(3, "number");
								break;
							case Ao:
								i(4, "number");
								break;
							case Fo:
								r("boolean");
								break;
							case Io:
								i(2, "boolean");
								break;
							case Lo:
								i(3, "boolean");
								break;
							case Ro:
								i(4, "boolean");
								break;
							case zo:
								i(4, "number");
								break;
							case Bo:
								i(9, "number");
								break;
							case Vo:
								i(16, "number");
								break;
							case Ho:
								a(go);
								break;
							case Uo: a(_o);
						}
					});
					var x = 1;
					switch (p) {
						case Ho:
						case Uo:
							var S = t.def(g, "._texture");
							t(c, ".uniform1i(", h, ",", S, ".bind());"), t.exit(S, ".unbind();");
							continue;
						case jo:
						case Fo:
							l = "1i";
							break;
						case Mo:
						case Io:
							l = "2i", x = 2;
							break;
						case No:
						case Lo:
							l = "3i", x = 3;
							break;
						case Po:
						case Ro:
							l = "4i", x = 4;
							break;
						case Do:
							l = "1f";
							break;
						case Oo:
							l = "2f", x = 2;
							break;
						case ko:
							l = "3f", x = 3;
							break;
						case Ao:
							l = "4f", x = 4;
							break;
						case zo:
							l = "Matrix2fv";
							break;
						case Bo:
							l = "Matrix3fv";
							break;
						case Vo: l = "Matrix4fv";
					}
					if (l.charAt(0) === "M") {
						t(c, ".uniform", l, "(", h, ",");
						var C = (p - zo + 2) ** 2, w = e.global.def("new Float32Array(", C, ")");
						Array.isArray(g) ? t("false,(", Pe(C, function(e) {
							return w + "[" + e + "]=" + g[e];
						}), ",", w, ")") : t("false,(Array.isArray(", g, ")||", g, " instanceof Float32Array)?", g, ":(", Pe(C, function(e) {
							return w + "[" + e + "]=" + g + "[" + e + "]";
						}), ",", w, ")"), t(");");
					} else if (x > 1) {
						for (var T = [], E = [], D = 0; D < x; ++D) Array.isArray(g) ? E.push(g[D]) : E.push(t.def(g + "[" + D + "]")), o && T.push(t.def());
						o && t("if(!", e.batchId, "||", T.map(function(e, t) {
							return e + "!==" + E[t];
						}).join("||"), "){", T.map(function(e, t) {
							return e + "=" + E[t] + ";";
						}).join("")), t(c, ".uniform", l, "(", h, ",", E.join(","), ");"), o && t("}");
					} else {
						if (G(!Array.isArray(g), "uniform value must not be an array"), o) {
							var O = t.def();
							t("if(!", e.batchId, "||", O, "!==", g, "){", O, "=", g, ";");
						}
						t(c, ".uniform", l, "(", h, ",", g, ");"), o && t("}");
					}
				}
			}
			function U(e, t, n, r) {
				var i = e.shared, a = i.gl, o = i.draw, s = r.draw;
				function c() {
					var c = s.elements, l, u = t;
					return c ? ((c.contextDep && r.contextDynamic || c.propDep) && (u = n), l = c.append(e, u), s.elementsActive && u("if(" + l + ")" + a + ".bindBuffer(" + po + "," + l + ".buffer.buffer);")) : (l = u.def(), u(l, "=", o, ".", Ya, ";", "if(", l, "){", a, ".bindBuffer(", po, ",", l, ".buffer.buffer);}", "else if(", i.vao, ".currentVAO){", l, "=", e.shared.elements + ".getElements(" + i.vao, ".currentVAO.elements);", b ? "" : "if(" + l + ")" + a + ".bindBuffer(" + po + "," + l + ".buffer.buffer);", "}")), l;
				}
				function l() {
					var i = s.count, a, c = t;
					return i ? ((i.contextDep && r.contextDynamic || i.propDep) && (c = n), a = i.append(e, c), G.optional(function() {
						i.MISSING && e.assert(t, "false", "missing vertex count"), i.DYNAMIC && e.assert(c, a + ">=0", "missing vertex count");
					})) : (a = c.def(o, ".", Za), G.optional(function() {
						e.assert(c, a + ">=0", "missing vertex count");
					})), a;
				}
				var u = c();
				function d(i) {
					var a = s[i];
					return a ? a.contextDep && r.contextDynamic || a.propDep ? a.append(e, n) : a.append(e, t) : t.def(o, ".", i);
				}
				var f = d(Xa), p = d(Qa), m = l();
				if (typeof m == "number") {
					if (m === 0) return;
				} else n("if(", m, "){"), n.exit("}");
				var h, g;
				v && (h = d($a), g = e.instancing);
				var _ = u + ".type", y = s.elements && ms(s.elements) && !s.vaoActive;
				function x() {
					function e() {
						n(g, ".drawElementsInstancedANGLE(", [
							f,
							m,
							_,
							p + "<<((" + _ + "-" + ca + ")>>1)",
							h
						], ");");
					}
					function t() {
						n(g, ".drawArraysInstancedANGLE(", [
							f,
							p,
							m,
							h
						], ");");
					}
					u && u !== "null" ? y ? e() : (n("if(", u, "){"), e(), n("}else{"), t(), n("}")) : t();
				}
				function S() {
					function e() {
						n(a + ".drawElements(" + [
							f,
							m,
							_,
							p + "<<((" + _ + "-" + ca + ")>>1)"
						] + ");");
					}
					function t() {
						n(a + ".drawArrays(" + [
							f,
							p,
							m
						] + ");");
					}
					u && u !== "null" ? y ? e() : (n("if(", u, "){"), e(), n("}else{"), t(), n("}")) : t();
				}
				v && (typeof h != "number" || h >= 0) ? typeof h == "string" ? (n("if(", h, ">0){"), x(), n("}else if(", h, "<0){"), S(), n("}")) : x() : S();
			}
			function le(e, t, n, r, i) {
				var a = M(), o = a.proc("body", i);
				return G.optional(function() {
					a.commandStr = t.commandStr, a.command = a.link(t.commandStr);
				}), v && (a.instancing = o.def(a.shared.extensions, ".angle_instanced_arrays")), e(a, o, n, r), a.compile().body;
			}
			function W(e, t, n, r) {
				oe(e, t), n.useVAO ? n.drawVAO ? t(e.shared.vao, ".setVAO(", n.drawVAO.append(e, t), ");") : t(e.shared.vao, ".setVAO(", e.shared.vao, ".targetVAO);") : (t(e.shared.vao, ".setVAO(null);"), H(e, t, n, r.attributes, function() {
					return !0;
				})), ce(e, t, n, r.uniforms, function() {
					return !0;
				}, !1), U(e, t, t, n);
			}
			function ue(e, t) {
				var n = e.proc("draw", 1);
				oe(e, n), V(e, n, t.context), re(e, n, t.framebuffer), ie(e, n, t), ae(e, n, t.state), se(e, n, t, !1, !0);
				var r = t.shader.progVar.append(e, n);
				if (n(e.shared.gl, ".useProgram(", r, ".program);"), t.shader.program) W(e, n, t, t.shader.program);
				else {
					n(e.shared.vao, ".setVAO(null);");
					var i = e.global.def("{}"), a = n.def(r, ".id"), o = n.def(i, "[", a, "]");
					n(e.cond(o).then(o, ".call(this,a0);").else(o, "=", i, "[", a, "]=", e.link(function(n) {
						return le(W, e, t, n, 1);
					}), "(", r, ");", o, ".call(this,a0);"));
				}
				Object.keys(t.state).length > 0 && n(e.shared.current, ".dirty=true;"), e.shared.vao && n(e.shared.vao, ".setVAO(null);");
			}
			function de(e, t, n, r) {
				e.batchId = "a1", oe(e, t);
				function i() {
					return !0;
				}
				H(e, t, n, r.attributes, i), ce(e, t, n, r.uniforms, i, !1), U(e, t, t, n);
			}
			function fe(e, t, n, r) {
				oe(e, t);
				var i = n.contextDep, a = t.def(), o = "a0", s = "a1", c = t.def();
				e.shared.props = c, e.batchId = a;
				var l = e.scope(), u = e.scope();
				t(l.entry, "for(", a, "=0;", a, "<", s, ";++", a, "){", c, "=", o, "[", a, "];", u, "}", l.exit);
				function d(e) {
					return e.contextDep && i || e.propDep;
				}
				function f(e) {
					return !d(e);
				}
				if (n.needsContext && V(e, u, n.context), n.needsFramebuffer && re(e, u, n.framebuffer), ae(e, u, n.state, d), n.profile && d(n.profile) && se(e, u, n, !1, !0), r) n.useVAO ? n.drawVAO ? d(n.drawVAO) ? u(e.shared.vao, ".setVAO(", n.drawVAO.append(e, u), ");") : l(e.shared.vao, ".setVAO(", n.drawVAO.append(e, l), ");") : l(e.shared.vao, ".setVAO(", e.shared.vao, ".targetVAO);") : (l(e.shared.vao, ".setVAO(null);"), H(e, l, n, r.attributes, f), H(e, u, n, r.attributes, d)), ce(e, l, n, r.uniforms, f, !1), ce(e, u, n, r.uniforms, d, !0), U(e, l, u, n);
				else {
					var p = e.global.def("{}"), m = n.shader.progVar.append(e, u), h = u.def(m, ".id"), g = u.def(p, "[", h, "]");
					u(e.shared.gl, ".useProgram(", m, ".program);", "if(!", g, "){", g, "=", p, "[", h, "]=", e.link(function(t) {
						return le(de, e, n, t, 2);
					}), "(", m, ");}", g, ".call(this,a0[", a, "],", a, ");");
				}
			}
			function pe(e, t) {
				var n = e.proc("batch", 2);
				e.batchId = "0", oe(e, n);
				var r = !1, i = !0;
				Object.keys(t.context).forEach(function(e) {
					r ||= t.context[e].propDep;
				}), r || (V(e, n, t.context), i = !1);
				var a = t.framebuffer, o = !1;
				a ? (a.propDep ? r = o = !0 : a.contextDep && r && (o = !0), o || re(e, n, a)) : re(e, n, null), t.state.viewport && t.state.viewport.propDep && (r = !0);
				function s(e) {
					return e.contextDep && r || e.propDep;
				}
				ie(e, n, t), ae(e, n, t.state, function(e) {
					return !s(e);
				}), t.profile && s(t.profile) || se(e, n, t, !1, "a1"), t.contextDep = r, t.needsContext = i, t.needsFramebuffer = o;
				var c = t.shader.progVar;
				if (c.contextDep && r || c.propDep) fe(e, n, t, null);
				else {
					var l = c.append(e, n);
					if (n(e.shared.gl, ".useProgram(", l, ".program);"), t.shader.program) fe(e, n, t, t.shader.program);
					else {
						n(e.shared.vao, ".setVAO(null);");
						var u = e.global.def("{}"), d = n.def(l, ".id"), f = n.def(u, "[", d, "]");
						n(e.cond(f).then(f, ".call(this,a0,a1);").else(f, "=", u, "[", d, "]=", e.link(function(n) {
							return le(fe, e, t, n, 2);
						}), "(", l, ");", f, ".call(this,a0,a1);"));
					}
				}
				Object.keys(t.state).length > 0 && n(e.shared.current, ".dirty=true;"), e.shared.vao && n(e.shared.vao, ".setVAO(null);");
			}
			function me(e, t) {
				var r = e.proc("scope", 3);
				e.batchId = "a2";
				var i = e.shared, a = i.current;
				V(e, r, t.context), t.framebuffer && t.framebuffer.append(e, r), fs(Object.keys(t.state)).forEach(function(n) {
					var a = t.state[n].append(e, r);
					Q(a) ? a.forEach(function(t, i) {
						r.set(e.next[n], "[" + i + "]", t);
					}) : r.set(i.next, "." + n, a);
				}), se(e, r, t, !0, !0), [
					Ya,
					Qa,
					Za,
					$a,
					Xa
				].forEach(function(n) {
					var a = t.draw[n];
					a && r.set(i.draw, "." + n, "" + a.append(e, r));
				}), Object.keys(t.uniforms).forEach(function(a) {
					var o = t.uniforms[a].append(e, r);
					Array.isArray(o) && (o = "[" + o.join() + "]"), r.set(i.uniforms, "[" + n.id(a) + "]", o);
				}), Object.keys(t.attributes).forEach(function(n) {
					var i = t.attributes[n].append(e, r), a = e.scopeAttrib(n);
					Object.keys(new g()).forEach(function(e) {
						r.set(a, "." + e, i[e]);
					});
				}), t.scopeVAO && r.set(i.vao, ".targetVAO", t.scopeVAO.append(e, r));
				function o(n) {
					var a = t.shader[n];
					a && r.set(i.shader, "." + n, a.append(e, r));
				}
				o(qa), o(Ja), Object.keys(t.state).length > 0 && (r(a, ".dirty=true;"), r.exit(a, ".dirty=true;")), r("a1(", e.shared.context, ",a0,", e.batchId, ");");
			}
			function he(e) {
				if (!(typeof e != "object" || Q(e))) {
					for (var t = Object.keys(e), n = 0; n < t.length; ++n) if (Se.isDynamic(e[t[n]])) return !0;
					return !1;
				}
			}
			function K(e, t, n) {
				var r = t.static[n];
				if (!r || !he(r)) return;
				var i = e.global, a = Object.keys(r), o = !1, s = !1, c = !1, l = e.global.def("{}");
				a.forEach(function(t) {
					var n = r[t];
					if (Se.isDynamic(n)) {
						typeof n == "function" && (n = r[t] = Se.unbox(n));
						var a = gs(n, null);
						o ||= a.thisDep, c ||= a.propDep, s ||= a.contextDep;
					} else {
						switch (i(l, ".", t, "="), typeof n) {
							case "number":
								i(n);
								break;
							case "string":
								i("\"", n, "\"");
								break;
							case "object":
								Array.isArray(n) && i("[", n.join(), "]");
								break;
							default: i(e.link(n));
						}
						i(";");
					}
				});
				function u(e, t) {
					a.forEach(function(n) {
						var i = r[n];
						Se.isDynamic(i) && t(l, ".", n, "=", e.invoke(t, i), ";");
					});
				}
				t.dynamic[n] = new Se.DynamicVariable(ha, {
					thisDep: o,
					contextDep: s,
					propDep: c,
					ref: l,
					append: u
				}), delete t.static[n];
			}
			function ge(e, n, r, i, a) {
				var o = M();
				o.stats = o.link(a), Object.keys(n.static).forEach(function(e) {
					K(o, n, e);
				}), uo.forEach(function(t) {
					K(o, e, t);
				});
				var s = ne(e, n, r, i, o);
				return ue(o, s), me(o, s), pe(o, s), t(o.compile(), { destroy: function() {
					s.shader.program.destroy();
				} });
			}
			return {
				next: S,
				current: x,
				procs: (function() {
					var e = M(), t = e.proc("poll"), n = e.proc("refresh"), a = e.block();
					t(a), n(a);
					var o = e.shared, s = o.gl, c = o.next, l = o.current;
					a(l, ".dirty=false;"), re(e, t), re(e, n, null, !0);
					var u;
					v && (u = e.link(v)), r.oes_vertex_array_object && n(e.link(r.oes_vertex_array_object), ".bindVertexArrayOES(null);");
					for (var d = 0; d < i.maxAttributes; ++d) {
						var f = n.def(o.attributes, "[", d, "]"), p = e.cond(f, ".buffer");
						p.then(s, ".enableVertexAttribArray(", d, ");", s, ".bindBuffer(", fo, ",", f, ".buffer.buffer);", s, ".vertexAttribPointer(", d, ",", f, ".size,", f, ".type,", f, ".normalized,", f, ".stride,", f, ".offset);").else(s, ".disableVertexAttribArray(", d, ");", s, ".vertexAttrib4f(", d, ",", f, ".x,", f, ".y,", f, ".z,", f, ".w);", f, ".buffer=null;"), n(p), v && n(u, ".vertexAttribDivisorANGLE(", d, ",", f, ".divisor);");
					}
					return n(e.shared.vao, ".currentVAO=null;", e.shared.vao, ".setVAO(", e.shared.vao, ".targetVAO);"), Object.keys(w).forEach(function(r) {
						var i = w[r], o = a.def(c, ".", r), u = e.block();
						u("if(", o, "){", s, ".enable(", i, ")}else{", s, ".disable(", i, ")}", l, ".", r, "=", o, ";"), n(u), t("if(", o, "!==", l, ".", r, "){", u, "}");
					}), Object.keys(T).forEach(function(r) {
						var i = T[r], o = x[r], u, d, f = e.block();
						if (f(s, ".", i, "("), Q(o)) {
							var p = o.length;
							u = e.global.def(c, ".", r), d = e.global.def(l, ".", r), f(Pe(p, function(e) {
								return u + "[" + e + "]";
							}), ");", Pe(p, function(e) {
								return d + "[" + e + "]=" + u + "[" + e + "];";
							}).join("")), t("if(", Pe(p, function(e) {
								return u + "[" + e + "]!==" + d + "[" + e + "]";
							}).join("||"), "){", f, "}");
						} else u = a.def(c, ".", r), d = a.def(l, ".", r), f(u, ");", l, ".", r, "=", u, ";"), t("if(", u, "!==", d, "){", f, "}");
						n(f);
					}), e.compile();
				})(),
				compile: ge
			};
		}
		function ys() {
			return {
				vaoCount: 0,
				bufferCount: 0,
				elementsCount: 0,
				framebufferCount: 0,
				shaderCount: 0,
				textureCount: 0,
				cubeCount: 0,
				renderbufferCount: 0,
				maxTextureUnits: 0
			};
		}
		var bs = 34918, xs = 34919, Ss = 35007, Cs = function(e, t) {
			if (!t.ext_disjoint_timer_query) return null;
			var n = [];
			function r() {
				return n.pop() || t.ext_disjoint_timer_query.createQueryEXT();
			}
			function i(e) {
				n.push(e);
			}
			var a = [];
			function o(e) {
				var n = r();
				t.ext_disjoint_timer_query.beginQueryEXT(Ss, n), a.push(n), p(a.length - 1, a.length, e);
			}
			function s() {
				t.ext_disjoint_timer_query.endQueryEXT(Ss);
			}
			function c() {
				this.startQueryIndex = -1, this.endQueryIndex = -1, this.sum = 0, this.stats = null;
			}
			var l = [];
			function u() {
				return l.pop() || new c();
			}
			function d(e) {
				l.push(e);
			}
			var f = [];
			function p(e, t, n) {
				var r = u();
				r.startQueryIndex = e, r.endQueryIndex = t, r.sum = 0, r.stats = n, f.push(r);
			}
			var m = [], h = [];
			function g() {
				var e, n, r = a.length;
				if (r !== 0) {
					h.length = Math.max(h.length, r + 1), m.length = Math.max(m.length, r + 1), m[0] = 0, h[0] = 0;
					var o = 0;
					for (e = 0, n = 0; n < a.length; ++n) {
						var s = a[n];
						t.ext_disjoint_timer_query.getQueryObjectEXT(s, xs) ? (o += t.ext_disjoint_timer_query.getQueryObjectEXT(s, bs), i(s)) : a[e++] = s, m[n + 1] = o, h[n + 1] = e;
					}
					for (a.length = e, e = 0, n = 0; n < f.length; ++n) {
						var c = f[n], l = c.startQueryIndex, u = c.endQueryIndex;
						c.sum += m[u] - m[l];
						var p = h[l], g = h[u];
						g === p ? (c.stats.gpuTime += c.sum / 1e6, d(c)) : (c.startQueryIndex = p, c.endQueryIndex = g, f[e++] = c);
					}
					f.length = e;
				}
			}
			return {
				beginQuery: o,
				endQuery: s,
				pushScopeStats: p,
				update: g,
				getNumPendingQueries: function() {
					return a.length;
				},
				clear: function() {
					n.push.apply(n, a);
					for (var e = 0; e < n.length; e++) t.ext_disjoint_timer_query.deleteQueryEXT(n[e]);
					a.length = 0, n.length = 0;
				},
				restore: function() {
					a.length = 0, n.length = 0;
				}
			};
		}, ws = 16384, Ts = 256, Es = 1024, Ds = 34962, Os = "webglcontextlost", ks = "webglcontextrestored", As = 1, js = 2, Ms = 3;
		function Ns(e, t) {
			for (var n = 0; n < e.length; ++n) if (e[n] === t) return n;
			return -1;
		}
		function Ps(e) {
			var n = Me(e);
			if (!n) return null;
			var r = n.gl, i = r.getContextAttributes(), a = r.isContextLost(), o = Ne(r, n);
			if (!o) return null;
			var s = Te(), c = ys(), l = o.extensions, u = Cs(r, l), d = we(), f = r.drawingBufferWidth, p = r.drawingBufferHeight, m = {
				tick: 0,
				time: 0,
				viewportWidth: f,
				viewportHeight: p,
				framebufferWidth: f,
				framebufferHeight: p,
				drawingBufferWidth: f,
				drawingBufferHeight: p,
				pixelRatio: n.pixelRatio
			}, h = {}, g = {
				elements: null,
				primitive: 4,
				count: -1,
				offset: 0,
				instances: -1
			}, _ = Tt(r, l), v = Jt(r, c, n, x), y = ln(r, l, v, c), b = qi(r, l, _, c, v, y, g);
			function x(e) {
				return b.destroyBuffer(e);
			}
			var S = Qi(r, s, c, n), C = Zr(r, l, _, function() {
				E.procs.poll();
			}, m, c, n), w = di(r, l, _, c, n), T = Hi(r, l, _, C, w, c), E = vs(r, s, l, _, v, y, C, T, h, b, S, g, m, u, n), D = ra(r, T, E.procs.poll, m, i, l, _), O = E.next, k = r.canvas, A = [], j = [], M = [], N = [n.onDestroy], P = null;
			function F() {
				if (A.length === 0) u && u.update(), P = null;
				else {
					P = Ce.next(F), ae();
					for (var e = A.length - 1; e >= 0; --e) {
						var t = A[e];
						t && t(m, null, 0);
					}
					r.flush(), u && u.update();
				}
			}
			function I() {
				!P && A.length > 0 && (P = Ce.next(F));
			}
			function L() {
				P &&= (Ce.cancel(F), null);
			}
			function R(e) {
				e.preventDefault(), a = !0, L(), j.forEach(function(e) {
					e();
				});
			}
			function z(e) {
				r.getError(), a = !1, o.restore(), S.restore(), v.restore(), C.restore(), w.restore(), T.restore(), b.restore(), u && u.restore(), E.procs.refresh(), I(), M.forEach(function(e) {
					e();
				});
			}
			k && (k.addEventListener(Os, R, !1), k.addEventListener(ks, z, !1));
			function ee() {
				A.length = 0, L(), k && (k.removeEventListener(Os, R), k.removeEventListener(ks, z)), S.clear(), T.clear(), w.clear(), b.clear(), C.clear(), y.clear(), v.clear(), u && u.clear(), N.forEach(function(e) {
					e();
				});
			}
			function B(e) {
				G(!!e, "invalid args to regl({...})"), G.type(e, "object", "invalid args to regl({...})");
				function n(e) {
					var n = t({}, e);
					delete n.uniforms, delete n.attributes, delete n.context, delete n.vao, "stencil" in n && n.stencil.op && (n.stencil.opBack = n.stencil.opFront = n.stencil.op, delete n.stencil.op);
					function r(e) {
						if (e in n) {
							var t = n[e];
							delete n[e], Object.keys(t).forEach(function(r) {
								n[e + "." + r] = t[r];
							});
						}
					}
					return r("blend"), r("depth"), r("cull"), r("stencil"), r("polygonOffset"), r("scissor"), r("sample"), "vao" in e && (n.vao = e.vao), n;
				}
				function r(e, t) {
					var n = {}, r = {};
					return Object.keys(e).forEach(function(i) {
						var a = e[i];
						if (Se.isDynamic(a)) r[i] = Se.unbox(a, i);
						else {
							if (t && Array.isArray(a)) {
								for (var o = 0; o < a.length; ++o) if (Se.isDynamic(a[o])) {
									r[i] = Se.unbox(a, i);
									return;
								}
							}
							n[i] = a;
						}
					}), {
						dynamic: r,
						static: n
					};
				}
				var i = r(e.context || {}, !0), o = r(e.uniforms || {}, !0), s = r(e.attributes || {}, !1), c = r(n(e), !1), l = {
					gpuTime: 0,
					cpuTime: 0,
					count: 0
				}, u = E.compile(c, s, o, i, l), d = u.draw, f = u.batch, p = u.scope, m = [];
				function h(e) {
					for (; m.length < e;) m.push(null);
					return m;
				}
				function g(e, t) {
					var n;
					if (a && G.raise("context lost"), typeof e == "function") return p.call(this, null, e, 0);
					if (typeof t == "function") {
						if (typeof e == "number") for (n = 0; n < e; ++n) p.call(this, null, t, n);
						else if (Array.isArray(e)) for (n = 0; n < e.length; ++n) p.call(this, e[n], t, n);
						else return p.call(this, e, t, 0);
					} else if (typeof e == "number") {
						if (e > 0) return f.call(this, h(e | 0), e | 0);
					} else if (Array.isArray(e)) {
						if (e.length) return f.call(this, e, e.length);
					} else return d.call(this, e);
				}
				return t(g, {
					stats: l,
					destroy: function() {
						u.destroy();
					}
				});
			}
			var te = T.setFBO = B({ framebuffer: Se.define.call(null, As, "framebuffer") });
			function ne(e, t) {
				var n = 0;
				E.procs.poll();
				var i = t.color;
				i && (r.clearColor(+i[0] || 0, +i[1] || 0, +i[2] || 0, +i[3] || 0), n |= ws), "depth" in t && (r.clearDepth(+t.depth), n |= Ts), "stencil" in t && (r.clearStencil(t.stencil | 0), n |= Es), G(!!n, "called regl.clear with no buffer specified"), r.clear(n);
			}
			function V(e) {
				if (G(typeof e == "object" && e, "regl.clear() takes an object as input"), "framebuffer" in e) {
					if (e.framebuffer && e.framebuffer_reglType === "framebufferCube") for (var n = 0; n < 6; ++n) te(t({ framebuffer: e.framebuffer.faces[n] }, e), ne);
					else te(e, ne);
				} else ne(null, e);
			}
			function re(e) {
				G.type(e, "function", "regl.frame() callback must be a function"), A.push(e);
				function t() {
					var t = Ns(A, e);
					G(t >= 0, "cannot cancel a frame twice");
					function n() {
						var e = Ns(A, n);
						A[e] = A[A.length - 1], --A.length, A.length <= 0 && L();
					}
					A[t] = n;
				}
				return I(), { cancel: t };
			}
			function ie() {
				var e = O.viewport, t = O.scissor_box;
				e[0] = e[1] = t[0] = t[1] = 0, m.viewportWidth = m.framebufferWidth = m.drawingBufferWidth = e[2] = t[2] = r.drawingBufferWidth, m.viewportHeight = m.framebufferHeight = m.drawingBufferHeight = e[3] = t[3] = r.drawingBufferHeight;
			}
			function ae() {
				m.tick += 1, m.time = se(), ie(), E.procs.poll();
			}
			function oe() {
				C.refresh(), ie(), E.procs.refresh(), u && u.update();
			}
			function se() {
				return (we() - d) / 1e3;
			}
			oe();
			function H(e, t) {
				G.type(t, "function", "listener callback must be a function");
				var n;
				switch (e) {
					case "frame": return re(t);
					case "lost":
						n = j;
						break;
					case "restore":
						n = M;
						break;
					case "destroy":
						n = N;
						break;
					default: G.raise("invalid event, must be one of frame,lost,restore,destroy");
				}
				return n.push(t), { cancel: function() {
					for (var e = 0; e < n.length; ++e) if (n[e] === t) {
						n[e] = n[n.length - 1], n.pop();
						return;
					}
				} };
			}
			var ce = t(B, {
				clear: V,
				prop: Se.define.bind(null, As),
				context: Se.define.bind(null, js),
				this: Se.define.bind(null, Ms),
				draw: B({}),
				buffer: function(e) {
					return v.create(e, Ds, !1, !1);
				},
				elements: function(e) {
					return y.create(e, !1);
				},
				texture: C.create2D,
				cube: C.createCube,
				renderbuffer: w.create,
				framebuffer: T.create,
				framebufferCube: T.createCube,
				vao: b.createVAO,
				attributes: i,
				frame: re,
				on: H,
				limits: _,
				hasExtension: function(e) {
					return _.extensions.indexOf(e.toLowerCase()) >= 0;
				},
				read: D,
				destroy: ee,
				_gl: r,
				_refresh: oe,
				poll: function() {
					ae(), u && u.update();
				},
				now: se,
				stats: c
			});
			return n.onDone(null, ce), ce;
		}
		return Ps;
	}));
})))(), 1), se = (e) => e * e * e, H = (e) => e < .5 ? 4 * e * e * e : (e - 1) * (2 * e - 2) * (2 * e - 2) + 1, ce = (e) => --e * e * e + 1, U = (e) => e, le = (e) => e * e, W = (e) => e < .5 ? 2 * e * e : -1 + (4 - 2 * e) * e, ue = (e) => e * (2 - e), de = (e) => e, G = (e, t) => {
	if (e === t) return !0;
	if (e.length !== t.length) return !1;
	let n = new Set(e), r = new Set(t);
	return n.size === r.size && t.every((e) => n.has(e));
}, fe = (e) => Math.sqrt(e.reduce((e, t) => e + t ** 2, 0)), pe = (e) => e.reduce((e, t) => t > e ? t : e, -Infinity), me = (e, t = de) => {
	let n = [];
	for (let r = 0; r < e; r++) n.push(t(r, e));
	return n;
}, he = (e, t) => {
	let n = [];
	return e.forEach((e) => {
		n[e] = !0;
	}), t.forEach((e) => {
		n[e] = !0;
	}), n.reduce((e, t, n) => (t && e.push(n), e), []);
}, K = (e, ...t) => (t.forEach((t) => {
	let n = Object.keys(t).reduce((e, n) => (e[n] = Object.getOwnPropertyDescriptor(t, n), e), {});
	Object.getOwnPropertySymbols(t).forEach((e) => {
		let r = Object.getOwnPropertyDescriptor(t, e);
		r?.enumerable && (n[e] = r);
	}), Object.defineProperties(e, n);
}), e);
function ge(...e) {
	return (t) => e.reduce((e, t) => t(e), t);
}
var _e = (e) => (t) => K({ __proto__: { constructor: e } }, t), ve = (e, t) => (n) => K(n, { get [e]() {
	return t;
} }), ye = (e, t, n, r) => Math.sqrt((e - n) ** 2 + (t - r) ** 2), be = (e) => new Worker(window.URL.createObjectURL(new Blob([`(${e.toString()})()`], { type: "text/javascript" }))), xe = (e = 1) => new Promise((t) => {
	let n = 0, r = () => requestAnimationFrame(() => {
		n++, n < e ? r() : t(void 0);
	});
	r();
}), Se = (e, t, n) => {
	let r, i = 0;
	n = n === null ? t : n;
	let a = (...t) => {
		clearTimeout(r), r = setTimeout(() => {
			i > 0 && (e(...t), i = 0);
		}, n);
	}, o = !1, s = (...n) => {
		o ? (i++, a(...n)) : (e(...n), a(...n), o = !0, i = 0, setTimeout(() => {
			o = !1;
		}, t));
	};
	return s.reset = () => {
		o = !1;
	}, s.cancel = () => {
		clearTimeout(r);
	}, s.now = (...t) => e(...t), s;
}, Ce = 1e-6, we = typeof Float32Array < "u" ? Float32Array : Array;
function Te() {
	var e = new we(16);
	return we != Float32Array && (e[1] = 0, e[2] = 0, e[3] = 0, e[4] = 0, e[6] = 0, e[7] = 0, e[8] = 0, e[9] = 0, e[11] = 0, e[12] = 0, e[13] = 0, e[14] = 0), e[0] = 1, e[5] = 1, e[10] = 1, e[15] = 1, e;
}
function Ee(e) {
	var t = new we(16);
	return t[0] = e[0], t[1] = e[1], t[2] = e[2], t[3] = e[3], t[4] = e[4], t[5] = e[5], t[6] = e[6], t[7] = e[7], t[8] = e[8], t[9] = e[9], t[10] = e[10], t[11] = e[11], t[12] = e[12], t[13] = e[13], t[14] = e[14], t[15] = e[15], t;
}
function De(e, t) {
	var n = t[0], r = t[1], i = t[2], a = t[3], o = t[4], s = t[5], c = t[6], l = t[7], u = t[8], d = t[9], f = t[10], p = t[11], m = t[12], h = t[13], g = t[14], _ = t[15], v = n * s - r * o, y = n * c - i * o, b = n * l - a * o, x = r * c - i * s, S = r * l - a * s, C = i * l - a * c, w = u * h - d * m, T = u * g - f * m, E = u * _ - p * m, D = d * g - f * h, O = d * _ - p * h, k = f * _ - p * g, A = v * k - y * O + b * D + x * E - S * T + C * w;
	return A ? (A = 1 / A, e[0] = (s * k - c * O + l * D) * A, e[1] = (i * O - r * k - a * D) * A, e[2] = (h * C - g * S + _ * x) * A, e[3] = (f * S - d * C - p * x) * A, e[4] = (c * E - o * k - l * T) * A, e[5] = (n * k - i * E + a * T) * A, e[6] = (g * b - m * C - _ * y) * A, e[7] = (u * C - f * b + p * y) * A, e[8] = (o * O - s * E + l * w) * A, e[9] = (r * E - n * O - a * w) * A, e[10] = (m * S - h * b + _ * v) * A, e[11] = (d * b - u * S - p * v) * A, e[12] = (s * T - o * D - c * w) * A, e[13] = (n * D - r * T + i * w) * A, e[14] = (h * y - m * x - g * v) * A, e[15] = (u * x - d * y + f * v) * A, e) : null;
}
function Oe(e, t, n) {
	var r = t[0], i = t[1], a = t[2], o = t[3], s = t[4], c = t[5], l = t[6], u = t[7], d = t[8], f = t[9], p = t[10], m = t[11], h = t[12], g = t[13], _ = t[14], v = t[15], y = n[0], b = n[1], x = n[2], S = n[3];
	return e[0] = y * r + b * s + x * d + S * h, e[1] = y * i + b * c + x * f + S * g, e[2] = y * a + b * l + x * p + S * _, e[3] = y * o + b * u + x * m + S * v, y = n[4], b = n[5], x = n[6], S = n[7], e[4] = y * r + b * s + x * d + S * h, e[5] = y * i + b * c + x * f + S * g, e[6] = y * a + b * l + x * p + S * _, e[7] = y * o + b * u + x * m + S * v, y = n[8], b = n[9], x = n[10], S = n[11], e[8] = y * r + b * s + x * d + S * h, e[9] = y * i + b * c + x * f + S * g, e[10] = y * a + b * l + x * p + S * _, e[11] = y * o + b * u + x * m + S * v, y = n[12], b = n[13], x = n[14], S = n[15], e[12] = y * r + b * s + x * d + S * h, e[13] = y * i + b * c + x * f + S * g, e[14] = y * a + b * l + x * p + S * _, e[15] = y * o + b * u + x * m + S * v, e;
}
function ke(e, t) {
	return e[0] = 1, e[1] = 0, e[2] = 0, e[3] = 0, e[4] = 0, e[5] = 1, e[6] = 0, e[7] = 0, e[8] = 0, e[9] = 0, e[10] = 1, e[11] = 0, e[12] = t[0], e[13] = t[1], e[14] = t[2], e[15] = 1, e;
}
function Ae(e, t) {
	return e[0] = t[0], e[1] = 0, e[2] = 0, e[3] = 0, e[4] = 0, e[5] = t[1], e[6] = 0, e[7] = 0, e[8] = 0, e[9] = 0, e[10] = t[2], e[11] = 0, e[12] = 0, e[13] = 0, e[14] = 0, e[15] = 1, e;
}
function je(e, t, n) {
	var r = n[0], i = n[1], a = n[2], o = Math.sqrt(r * r + i * i + a * a), s, c, l;
	return o < Ce ? null : (o = 1 / o, r *= o, i *= o, a *= o, s = Math.sin(t), c = Math.cos(t), l = 1 - c, e[0] = r * r * l + c, e[1] = i * r * l + a * s, e[2] = a * r * l - i * s, e[3] = 0, e[4] = r * i * l - a * s, e[5] = i * i * l + c, e[6] = a * i * l + r * s, e[7] = 0, e[8] = r * a * l + i * s, e[9] = i * a * l - r * s, e[10] = a * a * l + c, e[11] = 0, e[12] = 0, e[13] = 0, e[14] = 0, e[15] = 1, e);
}
function Me(e, t) {
	return e[0] = t[12], e[1] = t[13], e[2] = t[14], e;
}
function Ne(e, t) {
	var n = t[0], r = t[1], i = t[2], a = t[4], o = t[5], s = t[6], c = t[8], l = t[9], u = t[10];
	return e[0] = Math.sqrt(n * n + r * r + i * i), e[1] = Math.sqrt(a * a + o * o + s * s), e[2] = Math.sqrt(c * c + l * l + u * u), e;
}
function Pe() {
	var e = new we(4);
	return we != Float32Array && (e[0] = 0, e[1] = 0, e[2] = 0, e[3] = 0), e;
}
function Fe(e, t, n) {
	var r = t[0], i = t[1], a = t[2], o = t[3];
	return e[0] = n[0] * r + n[4] * i + n[8] * a + n[12] * o, e[1] = n[1] * r + n[5] * i + n[9] * a + n[13] * o, e[2] = n[2] * r + n[6] * i + n[10] * a + n[14] * o, e[3] = n[3] * r + n[7] * i + n[11] * a + n[15] * o, e;
}
(function() {
	var e = Pe();
	return function(t, n, r, i, a, o) {
		var s, c;
		for (n ||= 4, r ||= 0, c = i ? Math.min(i * n + r, t.length) : t.length, s = r; s < c; s += n) e[0] = t[s], e[1] = t[s + 1], e[2] = t[s + 2], e[3] = t[s + 3], a(e, e, o), t[s] = e[0], t[s + 1] = e[1], t[s + 2] = e[2], t[s + 3] = e[3];
		return t;
	};
})();
function Ie() {
	var e = new we(2);
	return we != Float32Array && (e[0] = 0, e[1] = 0), e;
}
function Le(e, t) {
	var n = e[0], r = e[1], i = t[0], a = t[1];
	return Math.abs(Math.atan2(r * i - n * a, n * i + r * a));
}
(function() {
	var e = Ie();
	return function(t, n, r, i, a, o) {
		var s, c;
		for (n ||= 2, r ||= 0, c = i ? Math.min(i * n + r, t.length) : t.length, s = r; s < c; s += n) e[0] = t[s], e[1] = t[s + 1], a(e, e, o), t[s] = e[0], t[s + 1] = e[1];
		return t;
	};
})();
var Re = (e = [0, 0], t = 1, n = 0, r = [0, 0], i = [[0, Infinity], [0, Infinity]], a = [[-Infinity, Infinity], [-Infinity, Infinity]]) => {
	let o = /* @__PURE__ */ new Float32Array(16), s = /* @__PURE__ */ new Float32Array(16), c = /* @__PURE__ */ new Float32Array(16), l = Te(), u = [
		...r.slice(0, 2),
		0,
		1
	], d = Array.isArray(i[0]) ? [...i[0]] : [...i], f = Array.isArray(i[0]) ? [...i[1]] : [...i], p = Array.isArray(a[0]) ? [...a[0]] : [...a], m = Array.isArray(a[0]) ? [...a[1]] : [...a], h = () => Ne(o, l).slice(0, 2), g = () => {
		let e = h();
		return Math.min(e[0], e[1]);
	}, _ = () => {
		let e = h();
		return Math.max(e[0], e[1]);
	}, v = () => Math.acos(l[0] / _()), y = () => [[...d], [...f]], b = () => [[...p], [...m]], x = () => {
		let e = h();
		return [1 / e[0], 1 / e[1]];
	}, S = () => 1 / g(), C = () => 1 / _(), w = () => Me(o, l).slice(0, 2), T = () => Fe(o, u, De(c, l)).slice(0, 2), E = () => l, D = () => u.slice(0, 2), O = ([e = 0, t = 0] = [], n = 1, r = 0) => {
		l = Te(), k([-e, -t]), j(r), A(1 / n);
	}, k = ([e = 0, t = 0] = []) => {
		o[0] = e, o[1] = t, o[2] = 0;
		let n = ke(s, o);
		Oe(l, n, l);
	}, A = (e, t) => {
		let n = Array.isArray(e), r = n ? e[0] : e, i = n ? e[1] : e;
		if (r <= 0 || i <= 0 || r === 1 && i === 1) return;
		let a = h(), p = a[0] * r, m = a[1] * i;
		if (r = Math.max(d[0], Math.min(p, d[1])) / a[0], i = Math.max(f[0], Math.min(m, f[1])) / a[1], r === 1 && i === 1) return;
		o[0] = r, o[1] = i, o[2] = 1;
		let g = Ae(s, o), _ = t ? [...t, 0] : u, v = ke(o, _);
		Oe(l, v, Oe(l, g, Oe(l, De(c, v), l)));
	}, j = (e) => {
		let t = Te();
		je(t, e, [
			0,
			0,
			1
		]), Oe(l, t, l);
	}, M = (e) => {
		let t = Array.isArray(e[0]);
		d[0] = t ? e[0][0] : e[0], d[1] = t ? e[0][1] : e[1], f[0] = t ? e[1][0] : e[0], f[1] = t ? e[1][1] : e[1];
	}, N = (e) => {
		let t = Array.isArray(e[0]);
		p[0] = t ? e[0][0] : e[0], p[1] = t ? e[0][1] : e[1], m[0] = t ? e[1][0] : e[0], m[1] = t ? e[1][1] : e[1];
	}, P = (e) => {
		!e || e.length < 16 || (l = e);
	};
	return O(e, t, n), {
		get translation() {
			return w();
		},
		get target() {
			return T();
		},
		get scaling() {
			return h();
		},
		get minScaling() {
			return g();
		},
		get maxScaling() {
			return _();
		},
		get scaleBounds() {
			return y();
		},
		get translationBounds() {
			return b();
		},
		get distance() {
			return x();
		},
		get minDistance() {
			return S();
		},
		get maxDistance() {
			return C();
		},
		get rotation() {
			return v();
		},
		get view() {
			return E();
		},
		get viewCenter() {
			return D();
		},
		lookAt: O,
		translate: k,
		pan: k,
		rotate: j,
		scale: A,
		zoom: A,
		reset: () => {
			O(e, t, n);
		},
		set: (...e) => (console.warn("`set()` is deprecated. Please use `setView()` instead."), P(...e)),
		setScaleBounds: M,
		setTranslationBounds: N,
		setView: P,
		setViewCenter: (e) => {
			u = [
				...e.slice(0, 2),
				0,
				1
			];
		}
	};
}, ze = ["pan", "rotate"], Be = {
	alt: "altKey",
	cmd: "metaKey",
	ctrl: "ctrlKey",
	meta: "metaKey",
	shift: "shiftKey"
}, Ve = (e, { distance: t = 1, target: n = [0, 0], rotation: r = 0, isNdc: i = !0, isFixed: a = !1, isPan: o = !0, isPanInverted: s = [!1, !0], panSpeed: c = 1, isRotate: l = !0, rotateSpeed: u = 1, defaultMouseDownMoveAction: d = "pan", mouseDownMoveModKey: f = "alt", isZoom: p = !0, zoomSpeed: m = 1, viewCenter: h, scaleBounds: g, translationBounds: _, onKeyDown: v = () => {}, onKeyUp: y = () => {}, onMouseDown: b = () => {}, onMouseUp: x = () => {}, onMouseMove: S = () => {}, onWheel: C = () => {} } = {}) => {
	let w = Re(n, t, r, h, g, _), T = 0, E = 0, D = 0, O = 0, k = 0, A = 0, j = !1, M = 0, N = 1, P = 1, F = 1, I = !1, L = !1, R = !1, z = d === "pan", ee = o, B = o, te = s, ne = s, V = p, re = p, ie = () => {
		ee = Array.isArray(o) ? !!o[0] : o, B = Array.isArray(o) ? !!o[1] : o, te = Array.isArray(s) ? !!s[0] : s, ne = Array.isArray(s) ? !!s[1] : s, V = Array.isArray(p) ? !!p[0] : p, re = Array.isArray(p) ? !!p[1] : p;
	};
	ie();
	let ae = i ? (e) => e / N * 2 * F : (e) => e, oe = i ? (e) => e / P * 2 : (e) => -e, se = i ? (e) => (-1 + e / N * 2) * F : (e) => e, H = i ? (e) => 1 - e / P * 2 : (e) => e, ce = () => {
		if (a) {
			let e = L;
			return L = !1, e;
		}
		I = !1;
		let e = T, t = E;
		if ((ee || B) && j && (z && !R || !z && R)) {
			let n = te ? k - e : e - k, r = ee ? ae(c * n) : 0, i = ne ? A - t : t - A, a = B ? oe(c * i) : 0;
			(r !== 0 || a !== 0) && (w.pan([r, a]), I = !0);
		}
		if ((V || re) && M) {
			let e = m * Math.exp(M / P), t = se(D), n = H(O);
			w.scale([V ? 1 / e : 1, re ? 1 / e : 1], [t, n]), I = !0;
		}
		if (l && j && (z && R || !z && !R) && Math.abs(k - e) + Math.abs(A - t) > 0) {
			let n = N / 2, r = P / 2, i = k - n, a = r - A, o = e - n, s = r - t, c = Le([i, a], [o, s]), l = i * s - o * a;
			w.rotate(u * c * Math.sign(l)), I = !0;
		}
		M = 0, k = e, A = t;
		let n = I || L;
		return L = !1, n;
	}, U = ({ defaultMouseDownMoveAction: e = null, isFixed: t = null, isPan: n = null, isPanInverted: r = null, isRotate: i = null, isZoom: h = null, panSpeed: g = null, rotateSpeed: _ = null, zoomSpeed: v = null, mouseDownMoveModKey: y = null } = {}) => {
		d = e !== null && ze.includes(e) ? e : d, z = d === "pan", a = t === null ? a : t, o = n === null ? o : n, s = r === null ? s : r, l = i === null ? l : i, p = h === null ? p : h, c = +g > 0 ? g : c, u = +_ > 0 ? _ : u, m = +v > 0 ? v : m, ie(), f = y !== null && Object.keys(Be).includes(y) ? y : f;
	}, le = () => {
		let t = e.getBoundingClientRect();
		N = t.width, P = t.height, F = N / P;
	}, W = (e) => {
		R = !1, y(e);
	}, ue = (e) => {
		R = e[Be[f]], v(e);
	}, de = (e) => {
		j = !1, x(e);
	}, G = (e) => {
		j = e.buttons === 1, b(e);
	}, fe = document.createEvent("MouseEvent").offsetX === void 0 ? (t) => {
		let n = e.getBoundingClientRect();
		D = t.clientX - n.left, O = t.clientY - n.top;
	} : (e) => {
		D = e.offsetX, O = e.offsetY;
	}, pe = (e) => {
		T = e.clientX, E = e.clientY;
	}, me = (e) => {
		pe(e), S(e);
	}, he = (e) => {
		if ((V || re) && !a) {
			e.preventDefault(), pe(e), fe(e);
			let t = e.deltaMode === 1 ? 12 : 1;
			M += t * (e.deltaY || e.deltaX || 0);
		}
		C(e);
	};
	window.addEventListener("keydown", ue, { passive: !0 }), window.addEventListener("keyup", W, { passive: !0 }), e.addEventListener("mousedown", G, { passive: !0 }), window.addEventListener("mouseup", de, { passive: !0 }), window.addEventListener("mousemove", me, { passive: !0 }), e.addEventListener("wheel", he, { passive: !1 }), w.config = U, w.dispose = () => {
		w = void 0, window.removeEventListener("keydown", ue), window.removeEventListener("keyup", W), e.removeEventListener("mousedown", G), window.removeEventListener("mouseup", de), window.removeEventListener("mousemove", me), e.removeEventListener("wheel", he);
	}, w.refresh = le, w.tick = ce;
	let K = (e) => function() {
		e.apply(null, arguments), L = !0;
	};
	return w.lookAt = K(w.lookAt), w.translate = K(w.translate), w.pan = K(w.pan), w.rotate = K(w.rotate), w.scale = K(w.scale), w.zoom = K(w.zoom), w.reset = K(w.reset), w.set = K(w.set), w.setScaleBounds = K(w.setScaleBounds), w.setTranslationBounds = K(w.setTranslationBounds), w.setView = K(w.setView), w.setViewCenter = K(w.setViewCenter), le(), w;
};
function He(e, t, n = 2) {
	let r = e.length, i = Ue(e, 0, r, n, !0), a = [];
	if (!i || i.next === i.prev) return a;
	let o, s, c;
	if (e.length > 80 * n) {
		o = e[0], s = e[1];
		let t = o, i = s;
		for (let a = n; a < r; a += n) {
			let n = e[a], r = e[a + 1];
			n < o && (o = n), r < s && (s = r), n > t && (t = n), r > i && (i = r);
		}
		c = Math.max(t - o, i - s), c = c === 0 ? 0 : 32767 / c;
	}
	return J(i, a, n, o, s, c, 0), a;
}
function Ue(e, t, n, r, i) {
	let a;
	if (i === ut(e, t, n, r) > 0) for (let i = t; i < n; i += r) a = st(i / r | 0, e[i], e[i + 1], a);
	else for (let i = n - r; i >= t; i -= r) a = st(i / r | 0, e[i], e[i + 1], a);
	return a && $e(a, a.next) && (ct(a), a = a.next), a;
}
function q(e, t) {
	if (!e) return e;
	t ||= e;
	let n = e, r;
	do
		if (r = !1, !n.steiner && ($e(n, n.next) || X(n.prev, n, n.next) === 0)) {
			if (ct(n), n = t = n.prev, n === n.next) break;
			r = !0;
		} else n = n.next;
	while (r || n !== t);
	return t;
}
function J(e, t, n, r, i, a, o) {
	if (!e) return;
	!o && a && Je(e, r, i, a);
	let s = e;
	for (; e.prev !== e.next;) {
		let c = e.prev, l = e.next;
		if (a ? Ge(e, r, i, a) : We(e)) t.push(c.i, e.i, l.i), ct(e), e = l.next, s = l.next;
		else if (e = l, e === s) {
			o ? o === 1 ? (e = Ke(q(e), t), J(e, t, n, r, i, a, 2)) : o === 2 && qe(e, t, n, r, i, a) : J(q(e), t, n, r, i, a, 1);
			break;
		}
	}
}
function We(e) {
	let t = e.prev, n = e, r = e.next;
	if (X(t, n, r) >= 0) return !1;
	let i = t.x, a = n.x, o = r.x, s = t.y, c = n.y, l = r.y, u = Math.min(i, a, o), d = Math.min(s, c, l), f = Math.max(i, a, o), p = Math.max(s, c, l), m = r.next;
	for (; m !== t;) {
		if (m.x >= u && m.x <= f && m.y >= d && m.y <= p && Ze(i, s, a, c, o, l, m.x, m.y) && X(m.prev, m, m.next) >= 0) return !1;
		m = m.next;
	}
	return !0;
}
function Ge(e, t, n, r) {
	let i = e.prev, a = e, o = e.next;
	if (X(i, a, o) >= 0) return !1;
	let s = i.x, c = a.x, l = o.x, u = i.y, d = a.y, f = o.y, p = Math.min(s, c, l), m = Math.min(u, d, f), h = Math.max(s, c, l), g = Math.max(u, d, f), _ = Ye(p, m, t, n, r), v = Ye(h, g, t, n, r), y = e.prevZ, b = e.nextZ;
	for (; y && y.z >= _ && b && b.z <= v;) {
		if (y.x >= p && y.x <= h && y.y >= m && y.y <= g && y !== i && y !== o && Ze(s, u, c, d, l, f, y.x, y.y) && X(y.prev, y, y.next) >= 0 || (y = y.prevZ, b.x >= p && b.x <= h && b.y >= m && b.y <= g && b !== i && b !== o && Ze(s, u, c, d, l, f, b.x, b.y) && X(b.prev, b, b.next) >= 0)) return !1;
		b = b.nextZ;
	}
	for (; y && y.z >= _;) {
		if (y.x >= p && y.x <= h && y.y >= m && y.y <= g && y !== i && y !== o && Ze(s, u, c, d, l, f, y.x, y.y) && X(y.prev, y, y.next) >= 0) return !1;
		y = y.prevZ;
	}
	for (; b && b.z <= v;) {
		if (b.x >= p && b.x <= h && b.y >= m && b.y <= g && b !== i && b !== o && Ze(s, u, c, d, l, f, b.x, b.y) && X(b.prev, b, b.next) >= 0) return !1;
		b = b.nextZ;
	}
	return !0;
}
function Ke(e, t) {
	let n = e;
	do {
		let r = n.prev, i = n.next.next;
		!$e(r, i) && et(r, n, n.next, i) && it(r, i) && it(i, r) && (t.push(r.i, n.i, i.i), ct(n), ct(n.next), n = e = i), n = n.next;
	} while (n !== e);
	return q(n);
}
function qe(e, t, n, r, i, a) {
	let o = e;
	do {
		let e = o.next.next;
		for (; e !== o.prev;) {
			if (o.i !== e.i && Qe(o, e)) {
				let s = ot(o, e);
				o = q(o, o.next), s = q(s, s.next), J(o, t, n, r, i, a, 0), J(s, t, n, r, i, a, 0);
				return;
			}
			e = e.next;
		}
		o = o.next;
	} while (o !== e);
}
function Je(e, t, n, r) {
	let i = e;
	do
		i.z === 0 && (i.z = Ye(i.x, i.y, t, n, r)), i.prevZ = i.prev, i.nextZ = i.next, i = i.next;
	while (i !== e);
	i.prevZ.nextZ = null, i.prevZ = null, Y(i);
}
function Y(e) {
	let t, n = 1;
	do {
		let r = e, i;
		e = null;
		let a = null;
		for (t = 0; r;) {
			t++;
			let o = r, s = 0;
			for (let e = 0; e < n && (s++, o = o.nextZ, o); e++);
			let c = n;
			for (; s > 0 || c > 0 && o;) s !== 0 && (c === 0 || !o || r.z <= o.z) ? (i = r, r = r.nextZ, s--) : (i = o, o = o.nextZ, c--), a ? a.nextZ = i : e = i, i.prevZ = a, a = i;
			r = o;
		}
		a.nextZ = null, n *= 2;
	} while (t > 1);
	return e;
}
function Ye(e, t, n, r, i) {
	return e = (e - n) * i | 0, t = (t - r) * i | 0, e = (e | e << 8) & 16711935, e = (e | e << 4) & 252645135, e = (e | e << 2) & 858993459, e = (e | e << 1) & 1431655765, t = (t | t << 8) & 16711935, t = (t | t << 4) & 252645135, t = (t | t << 2) & 858993459, t = (t | t << 1) & 1431655765, e | t << 1;
}
function Xe(e, t, n, r, i, a, o, s) {
	return (i - o) * (t - s) >= (e - o) * (a - s) && (e - o) * (r - s) >= (n - o) * (t - s) && (n - o) * (a - s) >= (i - o) * (r - s);
}
function Ze(e, t, n, r, i, a, o, s) {
	return (e !== o || t !== s) && Xe(e, t, n, r, i, a, o, s);
}
function Qe(e, t) {
	return e.next.i !== t.i && e.prev.i !== t.i && !rt(e, t) && (it(e, t) && it(t, e) && at(e, t) && (X(e.prev, e, t.prev) || X(e, t.prev, t)) || $e(e, t) && X(e.prev, e, e.next) > 0 && X(t.prev, t, t.next) > 0);
}
function X(e, t, n) {
	return (t.y - e.y) * (n.x - t.x) - (t.x - e.x) * (n.y - t.y);
}
function $e(e, t) {
	return e.x === t.x && e.y === t.y;
}
function et(e, t, n, r) {
	let i = nt(X(e, t, n)), a = nt(X(e, t, r)), o = nt(X(n, r, e)), s = nt(X(n, r, t));
	return !!(i !== a && o !== s || i === 0 && tt(e, n, t) || a === 0 && tt(e, r, t) || o === 0 && tt(n, e, r) || s === 0 && tt(n, t, r));
}
function tt(e, t, n) {
	return t.x <= Math.max(e.x, n.x) && t.x >= Math.min(e.x, n.x) && t.y <= Math.max(e.y, n.y) && t.y >= Math.min(e.y, n.y);
}
function nt(e) {
	return e > 0 ? 1 : e < 0 ? -1 : 0;
}
function rt(e, t) {
	let n = e;
	do {
		if (n.i !== e.i && n.next.i !== e.i && n.i !== t.i && n.next.i !== t.i && et(n, n.next, e, t)) return !0;
		n = n.next;
	} while (n !== e);
	return !1;
}
function it(e, t) {
	return X(e.prev, e, e.next) < 0 ? X(e, t, e.next) >= 0 && X(e, e.prev, t) >= 0 : X(e, t, e.prev) < 0 || X(e, e.next, t) < 0;
}
function at(e, t) {
	let n = e, r = !1, i = (e.x + t.x) / 2, a = (e.y + t.y) / 2;
	do
		n.y > a != n.next.y > a && n.next.y !== n.y && i < (n.next.x - n.x) * (a - n.y) / (n.next.y - n.y) + n.x && (r = !r), n = n.next;
	while (n !== e);
	return r;
}
function ot(e, t) {
	let n = lt(e.i, e.x, e.y), r = lt(t.i, t.x, t.y), i = e.next, a = t.prev;
	return e.next = t, t.prev = e, n.next = i, i.prev = n, r.next = n, n.prev = r, a.next = r, r.prev = a, r;
}
function st(e, t, n, r) {
	let i = lt(e, t, n);
	return r ? (i.next = r.next, i.prev = r, r.next.prev = i, r.next = i) : (i.prev = i, i.next = i), i;
}
function ct(e) {
	e.next.prev = e.prev, e.prev.next = e.next, e.prevZ && (e.prevZ.nextZ = e.nextZ), e.nextZ && (e.nextZ.prevZ = e.prevZ);
}
function lt(e, t, n) {
	return {
		i: e,
		x: t,
		y: n,
		prev: null,
		next: null,
		z: 0,
		prevZ: null,
		nextZ: null,
		steiner: !1
	};
}
function ut(e, t, n, r) {
	let i = 0;
	for (let a = t, o = n - r; a < n; a += r) i += (e[o] - e[a]) * (e[a + 1] + e[o + 1]), o = a;
	return i;
}
var dt = "\nprecision mediump float;\nvarying vec4 color;\nvoid main() {\n  gl_FragColor = color;\n}", ft = "\nuniform mat4 projectionViewModel;\nuniform float aspectRatio;\n\nuniform sampler2D colorTex;\nuniform float colorTexRes;\nuniform float colorTexEps;\nuniform float width;\nuniform float useOpacity;\nuniform float useColorOpacity;\nuniform int miter;\n\nattribute vec3 prevPosition;\nattribute vec3 currPosition;\nattribute vec3 nextPosition;\nattribute float opacity;\nattribute float offsetScale;\nattribute float colorIndex;\n\nvarying vec4 color;\n\nvoid main() {\n  vec2 aspectVec = vec2(aspectRatio, 1.0);\n  vec4 prevProjected = projectionViewModel * vec4(prevPosition, 1.0);\n  vec4 currProjected = projectionViewModel * vec4(currPosition, 1.0);\n  vec4 nextProjected = projectionViewModel * vec4(nextPosition, 1.0);\n\n  // get 2D screen space with W divide and aspect correction\n  vec2 prevScreen = prevProjected.xy / prevProjected.w * aspectVec;\n  vec2 currScreen = currProjected.xy / currProjected.w * aspectVec;\n  vec2 nextScreen = nextProjected.xy / nextProjected.w * aspectVec;\n\n  float len = width;\n\n  // starting point uses (next - current)\n  vec2 dir = vec2(0.0);\n  if (currScreen == prevScreen) {\n    dir = normalize(nextScreen - currScreen);\n  }\n  // ending point uses (current - previous)\n  else if (currScreen == nextScreen) {\n    dir = normalize(currScreen - prevScreen);\n  }\n  // somewhere in middle, needs a join\n  else {\n    // get directions from (C - B) and (B - A)\n    vec2 dirA = normalize((currScreen - prevScreen));\n    if (miter == 1) {\n      vec2 dirB = normalize((nextScreen - currScreen));\n      // now compute the miter join normal and length\n      vec2 tangent = normalize(dirA + dirB);\n      vec2 perp = vec2(-dirA.y, dirA.x);\n      vec2 miter = vec2(-tangent.y, tangent.x);\n      len = width / dot(miter, perp);\n      dir = tangent;\n    } else {\n      dir = dirA;\n    }\n  }\n\n  vec2 normal = vec2(-dir.y, dir.x) * len;\n  normal.x /= aspectRatio;\n  vec4 offset = vec4(normal * offsetScale, 0.0, 0.0);\n  gl_Position = currProjected + offset;\n\n  // Get color from texture\n  float colorRowIndex = floor((colorIndex + colorTexEps) / colorTexRes);\n  vec2 colorTexIndex = vec2(\n    (colorIndex / colorTexRes) - colorRowIndex + colorTexEps,\n    colorRowIndex / colorTexRes + colorTexEps\n  );\n\n  color = texture2D(colorTex, colorTexIndex);\n  color.a = useColorOpacity * color.a + useOpacity * opacity;\n}", pt = new Float32Array([
	1,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	1
]), mt = Float32Array.BYTES_PER_ELEMENT, ht = (e) => e !== void 0 && Number.isFinite(e), gt = (e) => e.length > 0 && Array.isArray(e[0]), { push: _t, splice: vt } = Array.prototype, Z = (e, t = []) => {
	let n = 0;
	for (let r of e) {
		for (let e = 0; e < r - 1; e++) {
			let r = n + e * 2, i = r + 1, a = r + 2, o = r + 3;
			t.push(r, i, a, a, i, o);
		}
		n += (r + 2) * 2;
	}
	return t;
};
function yt(e, t = 1, n = 1) {
	let r = [], i = Array(t * 2);
	for (let a = 0, o = e.length / t; a < o; a++) {
		let o = a * t;
		for (let r = 0; r < t; r++) {
			let a = e[o + r];
			i[r] = a, i[r + t] = a * n;
		}
		_t.apply(r, i);
	}
	return r;
}
function bt(e, t, n, r) {
	let i = Array(r), a = t * r;
	for (let t = 0; t < r; t++) i[t] = e[a + t];
	return vt.call(e, n * r, 0, ...i), e;
}
function xt(e, t, n, r = 0) {
	let i = [], a = Array(n).fill(r);
	for (let n = 0, r = e.length / t; n < r; n++) {
		let r = n * t;
		for (let n = 0; n < t; n++) a[n] = e[r + n];
		_t.apply(i, a);
	}
	return i;
}
var St = (e, { projection: t = pt, model: n = pt, view: r = pt, points: i = [], colorIndices: a = [], color: o = [
	.8,
	.5,
	0,
	1
], opacity: s = null, opacities: c = [], width: l = 1, widths: u = [], miter: d = !0, is2d: f = !1, zPos2d: p = 0 } = {}) => {
	if (!e) {
		console.error("Regl instance is undefined.");
		return;
	}
	let m = /* @__PURE__ */ new Float32Array(16), h, g, _, v, y, b, x, S, C, w, T, E, D, O, k, A, j, M, N = f ? 2 : 3, P = () => +(c.length === g || s !== null), F = () => {
		w = e.buffer(), T = e.buffer(), E = e.buffer(), k = e.buffer(), A = {
			prevPosition: {
				buffer: (() => w),
				offset: 0,
				stride: mt * 3
			},
			currPosition: {
				buffer: (() => w),
				offset: mt * 3 * 2,
				stride: mt * 3
			},
			nextPosition: {
				buffer: (() => w),
				offset: mt * 3 * 4,
				stride: mt * 3
			},
			opacity: {
				buffer: (() => T),
				offset: mt * 2,
				stride: mt
			},
			offsetScale: {
				buffer: (() => E),
				offset: mt * 2,
				stride: mt
			},
			colorIndex: {
				buffer: (() => k),
				offset: mt * 2,
				stride: mt
			}
		}, j = e.elements(), M = e({
			attributes: A,
			depth: { enable: !f },
			blend: {
				enable: !0,
				func: {
					srcRGB: "src alpha",
					srcAlpha: "one",
					dstRGB: "one minus src alpha",
					dstAlpha: "one minus src alpha"
				}
			},
			uniforms: {
				projectionViewModel: (e, t) => {
					let n = e.projection || t.projection, r = e.model || t.model, i = e.view || t.view;
					return Oe(m, n, Oe(m, i, r));
				},
				aspectRatio: ({ viewportWidth: e, viewportHeight: t }) => e / t,
				colorTex: () => D,
				colorTexRes: () => O,
				colorTexEps: () => .5 / O,
				pixelRatio: ({ pixelRatio: e }) => e,
				width: ({ pixelRatio: e, viewportHeight: t }) => l / t * e,
				useOpacity: P,
				useColorOpacity: () => Number(!P()),
				miter: Number(!!d)
			},
			elements: () => j,
			vert: ft,
			frag: dt
		});
	}, I = () => {
		h === 1 && i.length % N > 0 && console.warn(`The length of points (${g}) does not match the dimensions (${N}). Incomplete points are ignored.`), v = i.flat().slice(0, g * N), f && (v = xt(v, 2, 3, p)), a.length !== g && (a = Array(g).fill(0)), u.length !== g && (u = Array(g).fill(1));
		let e = a.slice(), t = c.length === g ? c.slice() : Array(g).fill(s === null ? 1 : s), n = u.slice(), r = 0;
		for (let i of _) {
			let a = r + i - 1;
			bt(v, a, a, 3), bt(v, r, r, 3), bt(e, a, a, 1), bt(e, r, r, 1), bt(t, a, a, 1), bt(t, r, r, 1), bt(n, a, a, 1), bt(n, r, r, 1), r += i + 2;
		}
		y = new Float32Array(yt(v, 3)), b = yt(e), x = yt(t), S = yt(n, 1, -1), C = Z(_), w({
			usage: "dynamic",
			type: "float",
			length: y.length * mt,
			data: y
		}), T({
			usage: "dynamic",
			type: "float",
			length: x.length * mt,
			data: x
		}), E({
			usage: "dynamic",
			type: "float",
			length: S.length * mt,
			data: S
		}), k({
			usage: "dynamic",
			type: "float",
			length: b.length * mt,
			data: b
		}), j({
			primitive: "triangles",
			usage: "dynamic",
			type: C.length > 2 ** 16 ? "uint32" : "uint16",
			data: C
		});
	}, L = () => {
		R(), F();
	}, R = () => {
		i = [], v = [], y = /* @__PURE__ */ new Float32Array(), S = [], C = [], w.destroy(), E.destroy(), j.destroy();
	}, z = ({ projection: e, model: a, view: o } = {}) => {
		e && (t = e), a && (n = a), o && (r = o), i && i.length > 1 && M({
			projection: t,
			model: n,
			view: r
		});
	}, ee = (e, t) => {
		let n = t.flat(2);
		return n.length === g ? n : n.length === h ? _.flatMap((e, t) => Array(e).fill(n[t])) : e;
	}, B = () => i, te = (e = [], { colorIndices: t = a, opacities: n = c, widths: r = u, is2d: o = f } = {}) => {
		i = e, f = o, N = f ? 2 : 3, h = gt(i) ? i.length : 1, _ = gt(i) ? i.map((e) => Math.floor(e.length / N)) : [Math.floor(i.length / N)], g = _.reduce((e, t) => e + t, 0), a = ee(a, t), c = ee(c, n), u = ee(u, r), i && g > 1 ? I() : L();
	}, ne = () => {
		let t = gt(o) ? o : [o];
		O = Math.max(2, Math.ceil(Math.sqrt(t.length)));
		let n = new Uint8Array(O ** 2 * 4);
		t.forEach((e, t) => {
			n[t * 4] = Math.min(255, Math.max(0, Math.round(e[0] * 255))), n[t * 4 + 1] = Math.min(255, Math.max(0, Math.round(e[1] * 255))), n[t * 4 + 2] = Math.min(255, Math.max(0, Math.round(e[2] * 255))), n[t * 4 + 3] = Number.isNaN(+e[3]) ? 255 : Math.min(255, Math.max(0, Math.round(e[3] * 255)));
		}), D = e.texture({
			data: n,
			shape: [
				O,
				O,
				4
			]
		});
	}, V = (e, t = s) => {
		o = e, s = t, D && D.destroy(), ne();
	};
	return F(), ne(), i && i.length > 1 && te(i), {
		clear: L,
		destroy: R,
		draw: z,
		getPoints: B,
		setPoints: te,
		getData: () => ({
			points: y,
			widths: S,
			opacities: x,
			colorIndices: b
		}),
		getBuffer: () => ({
			points: w,
			widths: E,
			opacities: T,
			colorIndices: k
		}),
		getStyle: () => ({
			color: o,
			miter: d,
			width: l
		}),
		setStyle: ({ color: e, opacity: t, miter: n, width: r } = {}) => {
			e && V(e, t || s), n && (d = !!n), ht(r) && (l = r);
		}
	};
}, Ct = "1.16.0", wt = "\nprecision mediump float;\n\nuniform sampler2D texture;\n\nvarying vec2 uv;\n\nvoid main () {\n  gl_FragColor = texture2D(texture, uv);\n}\n", Tt = "\nprecision mediump float;\n\nuniform mat4 modelViewProjection;\n\nattribute vec2 position;\n\nvarying vec2 uv;\n\nvoid main () {\n  uv = position;\n  gl_Position = modelViewProjection * vec4(-1.0 + 2.0 * uv.x, 1.0 - 2.0 * uv.y, 0, 1);\n}\n", Et = "auto", Dt = 0, Ot = 1, kt = 2, At = 3, jt = 4, Mt = Float32Array.BYTES_PER_ELEMENT, Nt = [
	"OES_texture_float",
	"OES_element_index_uint",
	"WEBGL_color_buffer_float",
	"EXT_float_blend"
], Pt = {
	color: [
		0,
		0,
		0,
		0
	],
	depth: 1
}, Ft = "panZoom", It = "lasso", Lt = "rotate", Rt = [
	Ft,
	It,
	Lt
], zt = Ft, Bt = {
	cubicIn: se,
	cubicInOut: H,
	cubicOut: ce,
	linear: U,
	quadIn: le,
	quadInOut: W,
	quadOut: ue
}, Vt = H, Ht = "continuous", Ut = "categorical", Wt = [Ht, Ut], Gt = "deselect", Kt = "lassoEnd", qt = [Gt, Kt], Jt = 3, Yt = [
	0,
	.666666667,
	1,
	1
], Xt = 2, Zt = !1, Qt = 10, $t = 3, en = Kt, tn = !1, nn = 750, rn = 500, an = 100, on = 250, sn = 24, cn = "lasso", ln = "rotate", un = "merge", dn = "remove", fn = [
	cn,
	ln,
	un,
	dn
], pn = "alt", Q = "cmd", mn = "ctrl", hn = "meta", gn = "shift", _n = [
	pn,
	Q,
	mn,
	hn,
	gn
], vn = {
	[dn]: pn,
	[ln]: pn,
	[cn]: gn,
	[un]: Q
}, yn = 1, bn = Et, xn = Et, Sn = 1, Cn = 1, wn = "asinh", Tn = 6, En = 2, Dn = 2, On = null, kn = null, An = 2, jn = 2, Mn = null, Nn = null, Pn = null, Fn = .66, In = 1, Ln = null, Rn = .15, zn = 25, Bn = 1, Vn = 1, Hn = null, Un = [
	.66,
	.66,
	.66,
	In
], Wn = [
	0,
	.55,
	1,
	1
], Gn = [
	1,
	1,
	1,
	1
], Kn = [
	0,
	0,
	0,
	1
], qn = null, Jn = [
	.66,
	.66,
	.66,
	.2
], Yn = [
	0,
	.55,
	1,
	1
], Xn = [
	1,
	1,
	1,
	1
], Zn = [
	1,
	1,
	1,
	.5
], Qn = 1, $n = 1e3, er = [0, 0], tr = 1, nr = 0, rr = new Float32Array([
	1,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	1
]), ir = "IMAGE_LOAD_ERROR", ar = null, or = !1, sr = [
	1,
	1,
	1,
	.5
], cr = !0, lr = !0, ur = !1, dr = 100, fr = 1 / 500, pr = "auto", mr = !1, hr = 200, gr = 500, _r = /* @__PURE__ */ new Set([
	"z",
	"valueZ",
	"valueA",
	"value1",
	"category"
]), vr = /* @__PURE__ */ new Set([
	"w",
	"valueW",
	"valueB",
	"value2",
	"value"
]), yr = 15e3, br = void 0, xr = !1, Sr = .5, Cr = !1, wr = "lasso", Tr = Symbol("SKIP_DEPRECATION_VALUE_TRANSLATION"), Er = "Points have not been drawn", Dr = "The instance was already destroyed", Or = "Ignoring draw call as the previous draw call has not yet finished. To avoid this warning `await` the draw call.", kr = () => {
	let e = [
		Int8Array,
		Uint8Array,
		Uint8ClampedArray,
		Int16Array,
		Uint16Array,
		Int32Array,
		Uint32Array,
		Float32Array,
		Float64Array
	];
	class t {
		static from(n) {
			if (!(n instanceof ArrayBuffer)) throw Error("Data must be an instance of ArrayBuffer.");
			let [r, i] = new Uint8Array(n, 0, 2);
			if (r !== 219) throw Error("Data does not appear to be in a KDBush format.");
			let a = i >> 4;
			if (a !== 1) throw Error(`Got v${a} data when expected v1.`);
			let o = e[i & 15];
			if (!o) throw Error("Unrecognized array type.");
			let [s] = new Uint16Array(n, 2, 1), [c] = new Uint32Array(n, 4, 1);
			return new t(c, s, o, n);
		}
		constructor(t, n = 64, r = Float64Array, i) {
			if (isNaN(t) || t < 0) throw Error(`Unexpected numItems value: ${t}.`);
			this.numItems = +t, this.nodeSize = Math.min(Math.max(+n, 2), 65535), this.ArrayType = r, this.IndexArrayType = t < 65536 ? Uint16Array : Uint32Array;
			let a = e.indexOf(this.ArrayType), o = t * 2 * this.ArrayType.BYTES_PER_ELEMENT, s = t * this.IndexArrayType.BYTES_PER_ELEMENT, c = (8 - s % 8) % 8;
			if (a < 0) throw Error(`Unexpected typed array class: ${r}.`);
			i && i instanceof ArrayBuffer ? (this.data = i, this.ids = new this.IndexArrayType(this.data, 8, t), this.coords = new this.ArrayType(this.data, 8 + s + c, t * 2), this._pos = t * 2, this._finished = !0) : (this.data = new ArrayBuffer(8 + o + s + c), this.ids = new this.IndexArrayType(this.data, 8, t), this.coords = new this.ArrayType(this.data, 8 + s + c, t * 2), this._pos = 0, this._finished = !1, new Uint8Array(this.data, 0, 2).set([219, 16 + a]), new Uint16Array(this.data, 2, 1)[0] = n, new Uint32Array(this.data, 4, 1)[0] = t);
		}
		add(e, t) {
			let n = this._pos >> 1;
			return this.ids[n] = n, this.coords[this._pos++] = e, this.coords[this._pos++] = t, n;
		}
		finish() {
			let e = this._pos >> 1;
			if (e !== this.numItems) throw Error(`Added ${e} items when expected ${this.numItems}.`);
			return n(this.ids, this.coords, this.nodeSize, 0, this.numItems - 1, 0), this._finished = !0, this;
		}
		range(e, t, n, r) {
			if (!this._finished) throw Error("Data not yet indexed - call index.finish().");
			let { ids: i, coords: a, nodeSize: o } = this, s = [
				0,
				i.length - 1,
				0
			], c = [];
			for (; s.length;) {
				let l = s.pop() || 0, u = s.pop() || 0, d = s.pop() || 0;
				if (u - d <= o) {
					for (let o = d; o <= u; o++) {
						let s = a[2 * o], l = a[2 * o + 1];
						s >= e && s <= n && l >= t && l <= r && c.push(i[o]);
					}
					continue;
				}
				let f = d + u >> 1, p = a[2 * f], m = a[2 * f + 1];
				p >= e && p <= n && m >= t && m <= r && c.push(i[f]), (l === 0 ? e <= p : t <= m) && (s.push(d), s.push(f - 1), s.push(1 - l)), (l === 0 ? n >= p : r >= m) && (s.push(f + 1), s.push(u), s.push(1 - l));
			}
			return c;
		}
		within(e, t, n) {
			if (!this._finished) throw Error("Data not yet indexed - call index.finish().");
			let { ids: r, coords: i, nodeSize: a } = this, s = [
				0,
				r.length - 1,
				0
			], c = [], l = n * n;
			for (; s.length;) {
				let u = s.pop() || 0, d = s.pop() || 0, f = s.pop() || 0;
				if (d - f <= a) {
					for (let n = f; n <= d; n++) o(i[2 * n], i[2 * n + 1], e, t) <= l && c.push(r[n]);
					continue;
				}
				let p = f + d >> 1, m = i[2 * p], h = i[2 * p + 1];
				o(m, h, e, t) <= l && c.push(r[p]), (u === 0 ? e - n <= m : t - n <= h) && (s.push(f), s.push(p - 1), s.push(1 - u)), (u === 0 ? e + n >= m : t + n >= h) && (s.push(p + 1), s.push(d), s.push(1 - u));
			}
			return c;
		}
	}
	function n(e, t, i, a, o, s) {
		if (o - a <= i) return;
		let c = a + o >> 1;
		r(e, t, c, a, o, s), n(e, t, i, a, c - 1, 1 - s), n(e, t, i, c + 1, o, 1 - s);
	}
	function r(e, t, n, a, o, s) {
		for (; o > a;) {
			if (o - a > 600) {
				let i = o - a + 1, c = n - a + 1, l = Math.log(i), u = .5 * Math.exp(2 * l / 3), d = .5 * Math.sqrt(l * u * (i - u) / i) * (c - i / 2 < 0 ? -1 : 1);
				r(e, t, n, Math.max(a, Math.floor(n - c * u / i + d)), Math.min(o, Math.floor(n + (i - c) * u / i + d)), s);
			}
			let c = t[2 * n + s], l = a, u = o;
			for (i(e, t, a, n), t[2 * o + s] > c && i(e, t, a, o); l < u;) {
				for (i(e, t, l, u), l++, u--; t[2 * l + s] < c;) l++;
				for (; t[2 * u + s] > c;) u--;
			}
			t[2 * a + s] === c ? i(e, t, a, u) : (u++, i(e, t, u, o)), u <= n && (a = u + 1), n <= u && (o = u - 1);
		}
	}
	function i(e, t, n, r) {
		a(e, n, r), a(t, 2 * n, 2 * r), a(t, 2 * n + 1, 2 * r + 1);
	}
	function a(e, t, n) {
		let r = e[t];
		e[t] = e[n], e[n] = r;
	}
	function o(e, t, n, r) {
		let i = e - n, a = t - r;
		return i * i + a * a;
	}
	return t;
}, Ar = () => {
	addEventListener("message", (e) => {
		let t = e.data.points;
		t.length === 0 && self.postMessage({ error: /* @__PURE__ */ Error("Invalid point data") });
		let n = new KDBush(t.length, e.data.nodeSize);
		for (let [e, r] of t) n.add(e, r);
		n.finish(), postMessage(n.data, [n.data]);
	});
}, jr = kr(), Mr = 1e6, Nr = (e) => {
	let t = `const createKDBushClass = ${kr.toString()};KDBush = createKDBushClass();const createWorker = ${e.toString()};createWorker();`, n = new Blob([t], { type: "text/javascript" }), r = URL.createObjectURL(n), i = new Worker(r, { name: "KDBush" });
	return URL.revokeObjectURL(r), i;
}, Pr = (e, t = {
	nodeSize: 16,
	useWorker: void 0
}) => new Promise((n, r) => {
	if (e instanceof ArrayBuffer) n(jr.from(e));
	else if ((e.length < Mr || t.useWorker === !1) && t.useWorker !== !0) {
		let r = new jr(e.length, t.nodeSize);
		for (let t of e) r.add(t[0], t[1]);
		r.finish(), n(r);
	} else {
		let i = Nr(Ar);
		i.onmessage = (e) => {
			e.data.error ? r(e.data.error) : n(jr.from(e.data)), i.terminate();
		}, i.postMessage({
			points: e,
			nodeSize: t.nodeSize
		});
	}
}), Fr = !0, Ir = 8, Lr = 2, Rr = "freeform", zr = 24, Br = 2500, Vr = 250, Hr = (e, t, n) => (1 - e) * t + n, Ur = (e, t) => `${e}ms ease-out mainIn ${t}ms 1 normal forwards`, Wr = (e, t) => `${e}ms ease-out effectIn ${t}ms 1 normal forwards`, Gr = (e, t) => `${e}ms linear leftSpinIn ${t}ms 1 normal forwards`, Kr = (e, t) => `${e}ms linear rightSpinIn ${t}ms 1 normal forwards`, qr = (e, t) => `${e}ms linear circleIn ${t}ms 1 normal forwards`, Jr = (e, t, n) => `
  @keyframes mainIn {
    0% {
      color: ${t};
      opacity: 0;
    }
    0%, ${e}% {
      color: ${t};
      opacity: 1;
    }
    100% {
      color: ${n};
      opacity: 0.8;
    }
  }
`, Yr = (e, t, n, r) => `
  @keyframes effectIn {
    0%, ${e}% {
      opacity: ${n};
      transform: scale(${r});
    }
    ${t}% {
      opacity: 0.66;
      transform: scale(1.5);
    }
    99% {
      opacity: 0;
      transform: scale(2);
    }
    100% {
      opacity: 0;
      transform: scale(0);
    }
  }
`, Xr = (e, t, n) => `
  @keyframes circleIn {
    0% {
      clip-path: ${t};
      opacity: ${n};
    }
    ${e}% {
      clip-path: ${t};
      opacity: 1;
    }
    ${e + .01}%, 100% {
      clip-path: inset(0);
      opacity: 1;
    }
  }
`, Zr = (e, t) => `
  @keyframes leftSpinIn {
    0% {
      transform: rotate(${t}deg);
    }
    ${e}%, 100% {
      transform: rotate(360deg);
    }
  }
`, Qr = (e, t) => `
  @keyframes rightSpinIn {
    0% {
      transform: rotate(${t}deg);
    }
    ${e}%, 100% {
      transform: rotate(180deg);
    }
  }
`, $r = ({ time: e = nn, extraTime: t = rn, delay: n = an, currentColor: r, targetColor: i, effectOpacity: a, effectScale: o, circleLeftRotation: s, circleRightRotation: c, circleClipPath: l, circleOpacity: u }) => {
	let d = s / 360, f = Hr(d, e, t), p = Math.round((1 - d) * e / f * 100), m = Math.round(p / 2), h = p + (100 - p) / 4;
	return {
		rules: {
			main: Jr(p, r, i),
			effect: Yr(p, h, a, o),
			circleRight: Qr(m, c),
			circleLeft: Zr(p, s),
			circle: Xr(m, l, u)
		},
		names: {
			main: Ur(f, n),
			effect: Wr(f, n),
			circleLeft: Gr(f, n),
			circleRight: Kr(f, n),
			circle: qr(f, n)
		}
	};
}, ei = (e) => `${e}ms linear mainOut 0s 1 normal forwards`, ti = (e) => `${e}ms linear effectOut 0s 1 normal forwards`, ni = (e) => `${e}ms linear leftSpinOut 0s 1 normal forwards`, ri = (e) => `${e}ms linear rightSpinOut 0s 1 normal forwards`, ii = (e) => `${e}ms linear circleOut 0s 1 normal forwards`, ai = (e, t) => `
  @keyframes mainOut {
    0% {
      color: ${e};
    }
    100% {
      color: ${t};
    }
  }
`, oi = (e, t) => `
  @keyframes effectOut {
    0% {
      opacity: ${e};
      transform: scale(${t});
    }
    99% {
      opacity: 0;
      transform: scale(${t + .5});
    }
    100% {
      opacity: 0;
      transform: scale(0);
    }
  }
`, si = (e, t) => `
  @keyframes rightSpinOut {
    0%, ${e}% {
      transform: rotate(${t}deg);
    }
    100% {
      transform: rotate(0deg);
    }
`, ci = (e) => `
  @keyframes leftSpinOut {
    0% {
      transform: rotate(${e}deg);
    }
    100% {
      transform: rotate(0deg);
    }
  }
`, li = (e, t, n) => `
  @keyframes circleOut {
    0%, ${e}% {
      clip-path: ${t};
      opacity: ${n};
    }
    ${e + .01}% {
      clip-path: inset(0 0 0 50%);
      opacity: ${n};
    }
    100% {
      clip-path: inset(0 0 0 50%);
      opacity: 0;
    }
  }
`, ui = ({ time: e = on, currentColor: t, targetColor: n, effectOpacity: r, effectScale: i, circleLeftRotation: a, circleRightRotation: o, circleClipPath: s, circleOpacity: c }) => {
	let l = a / 360, u = l * e, d = Math.min(100, l * 100), f = d > 50 ? Math.round((1 - 50 / d) * 100) : 0;
	return {
		rules: {
			main: ai(t, n),
			effect: oi(r, i),
			circleRight: si(f, o),
			circleLeft: ci(a),
			circle: li(f, s, c)
		},
		names: {
			main: ei(u),
			effect: ti(u),
			circleRight: ni(u),
			circleLeft: ri(u),
			circle: ii(u)
		}
	};
}, di = () => {
	let e = document.createElement("div");
	e.id = `lasso-long-press-${Math.random().toString(36).substring(2, 5) + Math.random().toString(36).substring(2, 5)}`, e.style.position = "fixed", e.style.width = "1.25rem", e.style.height = "1.25rem", e.style.pointerEvents = "none", e.style.transform = "translate(-50%,-50%)";
	let t = document.createElement("div");
	t.style.position = "absolute", t.style.top = 0, t.style.left = 0, t.style.width = "1.25rem", t.style.height = "1.25rem", t.style.clipPath = "inset(0px 0px 0px 50%)", t.style.opacity = 0, e.appendChild(t);
	let n = document.createElement("div");
	n.style.position = "absolute", n.style.top = 0, n.style.left = 0, n.style.width = "0.8rem", n.style.height = "0.8rem", n.style.border = "0.2rem solid currentcolor", n.style.borderRadius = "0.8rem", n.style.clipPath = "inset(0px 50% 0px 0px)", n.style.transform = "rotate(0deg)", t.appendChild(n);
	let r = document.createElement("div");
	r.style.position = "absolute", r.style.top = 0, r.style.left = 0, r.style.width = "0.8rem", r.style.height = "0.8rem", r.style.border = "0.2rem solid currentcolor", r.style.borderRadius = "0.8rem", r.style.clipPath = "inset(0px 50% 0px 0px)", r.style.transform = "rotate(0deg)", t.appendChild(r);
	let i = document.createElement("div");
	return i.style.position = "absolute", i.style.top = 0, i.style.left = 0, i.style.width = "1.25rem", i.style.height = "1.25rem", i.style.borderRadius = "1.25rem", i.style.background = "currentcolor", i.style.transform = "scale(0)", i.style.opacity = 0, e.appendChild(i), {
		longPress: e,
		longPressCircle: t,
		longPressCircleLeft: n,
		longPressCircleRight: r,
		longPressEffect: i
	};
}, fi = (e, t, n) => {
	if (e.length === 0) return 0;
	if (e.length === 1) return e[0];
	let r = 2 ** (-1 / t), i = Math.max(0, e.length - n), a = e.slice(i), o = 0, s = 0, c = 0;
	for (let e = a.length - 1; e >= 0; e--) {
		let t = r ** (a.length - 1 - e);
		o += a[e][0] * t, s += a[e][1] * t, c += t;
	}
	return [o / c, s / c];
}, pi = (e, t = null) => e === null ? t : e, mi, hi = () => {
	if (!mi) {
		let e = document.createElement("style");
		document.head.appendChild(e), mi = e.sheet;
	}
	return mi;
}, gi = (e) => {
	let t = hi(), n = t.rules.length;
	return t.insertRule(e, n), n;
}, _i = (e) => {
	hi().deleteRule(e);
}, vi = `${Br}ms ease scaleInFadeOut 0s 1 normal backwards`, yi = (e, t, n) => `
@keyframes scaleInFadeOut {
  0% {
    opacity: ${e};
    transform: translate(-50%,-50%) scale(${t}) rotate(${n}deg);
  }
  10% {
    opacity: 1;
    transform: translate(-50%,-50%) scale(1) rotate(${n + 20}deg);
  }
  100% {
    opacity: 0;
    transform: translate(-50%,-50%) scale(0.9) rotate(${n + 60}deg);
  }
}
`, bi = null, xi = `${Vr}ms ease fadeScaleOut 0s 1 normal backwards`, Si = (e, t, n) => `
@keyframes fadeScaleOut {
  0% {
    opacity: ${e};
    transform: translate(-50%,-50%) scale(${t}) rotate(${n}deg);
  }
  100% {
    opacity: 0;
    transform: translate(-50%,-50%) scale(0) rotate(${n}deg);
  }
}
`, Ci = null, wi = (e, { onDraw: t = de, onStart: n = de, onEnd: r = de, enableInitiator: i = Fr, initiatorParentElement: a = document.body, longPressIndicatorParentElement: o = document.body, minDelay: s = Ir, minDist: c = Lr, pointNorm: l = de, type: u = Rr, brushSize: d = zr } = {}) => {
	let f = i, p = a, m = o, h = t, g = n, _ = r, v = s, y = c, b = l, x = u, S = d, C = document.createElement("div");
	C.id = `lasso-initiator-${Math.random().toString(36).substring(2, 5) + Math.random().toString(36).substring(2, 5)}`, C.style.position = "fixed", C.style.display = "flex", C.style.justifyContent = "center", C.style.alignItems = "center", C.style.zIndex = 99, C.style.width = "4rem", C.style.height = "4rem", C.style.borderRadius = "4rem", C.style.opacity = .5, C.style.transform = "translate(-50%,-50%) scale(0) rotate(0deg)";
	let { longPress: w, longPressCircle: T, longPressCircleLeft: E, longPressCircleRight: D, longPressEffect: O } = di(), k = !1, A = !1, j = [], M = [], N = [], P = [], F, I = !1, L = null, R = null, z = null, ee = null, B = null, te = null, ne = null, V = null, re = null, ie = null, ae = () => {
		k = !1;
	}, oe = (t) => {
		let { left: n, top: r } = e.getBoundingClientRect();
		return [t.clientX - n, t.clientY - r];
	};
	window.addEventListener("mouseup", ae);
	let se = () => {
		C.style.opacity = .5, C.style.transform = "translate(-50%,-50%) scale(0) rotate(0deg)";
	}, H = (e, t) => {
		let n = getComputedStyle(e), r = +n.opacity, i = n.transform.match(/([0-9.-]+)+/g), a = +i[0], o = +i[1], s = Math.sqrt(a * a + o * o), c = 180 / Math.PI * Math.atan2(o, a);
		return c = t && c <= 0 ? 360 + c : c, {
			opacity: r,
			scale: s,
			rotate: c
		};
	}, ce = (e) => {
		if (!f || k) return;
		let t = e.clientX, n = e.clientY;
		C.style.top = `${n}px`, C.style.left = `${t}px`;
		let r = H(C), i = r.opacity, a = r.scale, o = r.rotate;
		C.style.opacity = i, C.style.transform = `translate(-50%,-50%) scale(${a}) rotate(${o}deg)`, C.style.animation = "none", xe().then(() => {
			bi !== null && _i(bi), bi = gi(yi(i, a, o)), C.style.animation = vi, xe().then(() => {
				se();
			});
		});
	}, U = () => {
		let { opacity: e, scale: t, rotate: n } = H(C);
		C.style.opacity = e, C.style.transform = `translate(-50%,-50%) scale(${t}) rotate(${n}deg)`, C.style.animation = "none", xe(2).then(() => {
			Ci !== null && _i(Ci), Ci = gi(Si(e, t, n)), C.style.animation = xi, xe().then(() => {
				se();
			});
		});
	}, le = (e, t, { time: n = nn, extraTime: r = rn, delay: i = an } = {
		time: nn,
		extraTime: rn,
		delay: an
	}) => {
		I = !0;
		let a = getComputedStyle(w);
		w.style.color = a.color, w.style.top = `${t}px`, w.style.left = `${e}px`, w.style.animation = "none";
		let o = getComputedStyle(T);
		T.style.clipPath = o.clipPath, T.style.opacity = o.opacity, T.style.animation = "none";
		let s = H(O);
		O.style.opacity = s.opacity, O.style.transform = `scale(${s.scale})`, O.style.animation = "none";
		let c = H(E);
		E.style.transform = `rotate(${c.rotate}deg)`, E.style.animation = "none";
		let l = H(D);
		D.style.transform = `rotate(${l.rotate}deg)`, D.style.animation = "none", xe().then(() => {
			if (!I) return;
			B !== null && _i(B), ee !== null && _i(ee), z !== null && _i(z), R !== null && _i(R), L !== null && _i(L);
			let { rules: e, names: t } = $r({
				time: n,
				extraTime: r,
				delay: i,
				currentColor: a.color || "currentcolor",
				targetColor: w.dataset.activeColor,
				effectOpacity: s.opacity || 0,
				effectScale: s.scale || 0,
				circleLeftRotation: c.rotate || 0,
				circleRightRotation: l.rotate || 0,
				circleClipPath: o.clipPath || "inset(0 0 0 50%)",
				circleOpacity: o.opacity || 0
			});
			L = gi(e.main), R = gi(e.effect), z = gi(e.circleLeft), ee = gi(e.circleRight), B = gi(e.circle), w.style.animation = t.main, O.style.animation = t.effect, E.style.animation = t.circleLeft, D.style.animation = t.circleRight, T.style.animation = t.circle;
		});
	}, W = ({ time: e = on } = { time: on }) => {
		if (!I) return;
		I = !1;
		let t = getComputedStyle(w);
		w.style.color = t.color, w.style.animation = "none";
		let n = getComputedStyle(T);
		T.style.clipPath = n.clipPath, T.style.opacity = n.opacity, T.style.animation = "none";
		let r = H(O);
		O.style.opacity = r.opacity, O.style.transform = `scale(${r.scale})`, O.style.animation = "none";
		let i = n.clipPath.slice(-2, -1) === "x", a = H(E, i);
		E.style.transform = `rotate(${a.rotate}deg)`, E.style.animation = "none";
		let o = H(D);
		D.style.transform = `rotate(${o.rotate}deg)`, D.style.animation = "none", xe().then(() => {
			ie !== null && _i(ie), re !== null && _i(re), V !== null && _i(V), ne !== null && _i(ne), te !== null && _i(te);
			let { rules: i, names: s } = ui({
				time: e,
				currentColor: t.color || "currentcolor",
				targetColor: w.dataset.color,
				effectOpacity: r.opacity || 0,
				effectScale: r.scale || 0,
				circleLeftRotation: a.rotate || 0,
				circleRightRotation: o.rotate || 0,
				circleClipPath: n.clipPath || "inset(0px)",
				circleOpacity: n.opacity || 1
			});
			te = gi(i.main), ne = gi(i.effect), V = gi(i.circleLeft), re = gi(i.circleRight), ie = gi(i.circle), w.style.animation = s.main, O.style.animation = s.effect, E.style.animation = s.circleLeft, D.style.animation = s.circleRight, T.style.animation = s.circle;
		});
	}, ue = () => {
		h(j, M);
	}, G = (e) => {
		j.push(e), M.push(e[0], e[1]);
	}, pe = (e) => {
		let [t, n] = e, [r, i] = j[0];
		j[1] = [t, i], j[2] = [t, n], j[3] = [r, n], j[4] = [r, i], M[2] = t, M[3] = i, M[4] = t, M[5] = n, M[6] = r, M[7] = n, M[8] = r, M[9] = i;
	}, me = (e) => {
		N.push(e);
	}, he = () => Math.abs(b([0, 0])[0] - b([S / 2, 0])[0]), be = (e, t, n) => {
		let [r, i] = e, [a, o] = t, s = r - a, c = i - o, l = fe([s, c]);
		return [+c / l * n, -s / l * n];
	}, Ce = (e) => {
		let t = N.at(-1), n = he(), [r, i] = be(e, t, n), a = N.length;
		if (a === 1) {
			let e = [t[0] + r, t[1] + i], n = [t[0] - r, t[1] - i];
			j.push(e, n), M.push(e[0], e[1], n[0], n[1]), P.push([r, i]);
		} else {
			[r, i] = be(e, t, n);
			let o = [...P, [r, i]];
			[r, i] = fi(o, 1, 10);
			let [s, c] = P.at(-1), l = (r + s) / 2, u = (i + c) / 2, d = [t[0] + l, t[1] + u], f = [t[0] - l, t[1] - u];
			j.splice(a - 1, 2, d, f), M.splice(2 * (a - 1), 4, d[0], d[1], f[0], f[1]), P.splice(a, 1, [l, u]);
		}
		let o = [e[0] + r, e[1] + i], s = [e[0] - r, e[1] - i];
		j.splice(a, 0, o, s), M.splice(2 * a, 0, o[0], o[1], s[0], s[1]), N.push(e), P.push([r, i]);
	}, we = G, Te = G, Ee = (e) => {
		if (F) ye(e[0], e[1], F[0], F[1]) > y && (F = e, we(b(e)), j.length > 1 && ue());
		else {
			A || (A = !0, g()), F = e;
			let t = b(e);
			Te(t);
		}
	}, De = Se(Ee, v, v), Oe = (e, t) => {
		let n = oe(e);
		return t ? De(n) : Ee(n);
	}, ke = () => {
		j = [], M = [], N = [], P = [], F = void 0, ue();
	}, Ae = (e) => {
		ce(e);
	}, je = () => {
		k = !0, A = !0, ke(), g();
	}, Me = () => {
		U();
	}, Ne = ({ merge: e = !1, remove: t = !1 } = {}) => {
		A = !1;
		let n = [...j], r = [...M];
		return De.cancel(), ke(), n.length > 0 && _(n, r, {
			merge: e,
			remove: t
		}), n;
	}, Pe = (e) => {
		switch (e) {
			case "rectangle":
				x = e, we = pe, Te = G;
				break;
			case "brush":
				x = e, we = Ce, Te = me;
				break;
			default: x = "freeform", we = G, Te = G;
		}
	}, Fe = (e) => {
		if (e === "onDraw") return h;
		if (e === "onStart") return g;
		if (e === "onEnd") return _;
		if (e === "enableInitiator") return f;
		if (e === "minDelay") return v;
		if (e === "minDist") return y;
		if (e === "pointNorm") return b;
		if (e === "type") return x;
		if (e === "brushSize") return S;
	}, Ie = ({ onDraw: e = null, onStart: t = null, onEnd: n = null, enableInitiator: r = null, initiatorParentElement: i = null, longPressIndicatorParentElement: a = null, minDelay: o = null, minDist: s = null, pointNorm: c = null, type: l = null, brushSize: u = null } = {}) => {
		h = pi(e, h), g = pi(t, g), _ = pi(n, _), f = pi(r, f), v = pi(o, v), y = pi(s, y), b = pi(c, b), S = pi(u, S), i !== null && i !== p && (p.removeChild(C), i.appendChild(C), p = i), a !== null && a !== m && (m.removeChild(w), a.appendChild(w), m = a), f ? (C.addEventListener("click", Ae), C.addEventListener("mousedown", je), C.addEventListener("mouseleave", Me)) : (C.removeEventListener("mousedown", je), C.removeEventListener("mouseleave", Me)), l !== null && Pe(l);
	}, Le = () => {
		p.removeChild(C), m.removeChild(w), window.removeEventListener("mouseup", ae), C.removeEventListener("click", Ae), C.removeEventListener("mousedown", je), C.removeEventListener("mouseleave", Me);
	};
	return p.appendChild(C), m.appendChild(w), Ie({
		onDraw: h,
		onStart: g,
		onEnd: _,
		enableInitiator: f,
		initiatorParentElement: p,
		type: x,
		brushSize: S
	}), ge(ve("initiator", C), ve("longPressIndicator", w), (e) => K(e, {
		clear: ke,
		destroy: Le,
		end: Ne,
		extend: Oe,
		get: Fe,
		set: Ie,
		showInitiator: ce,
		hideInitiator: U,
		showLongPressIndicator: le,
		hideLongPressIndicator: W
	}), _e(wi))({});
}, Ti = "\nprecision highp float;\n\nuniform float antiAliasing;\n\nvarying vec4 color;\nvarying float finalPointSize;\n\nfloat linearstep(float edge0, float edge1, float x) {\n  return clamp((x - edge0) / (edge1 - edge0), 0.0, 1.0);\n}\n\nvoid main() {\n  vec2 c = gl_PointCoord * 2.0 - 1.0;\n  float sdf = length(c) * finalPointSize;\n  float alpha = linearstep(finalPointSize + antiAliasing, finalPointSize - antiAliasing, sdf);\n\n  gl_FragColor = vec4(color.rgb, alpha * color.a);\n}\n", Ei = (e) => `
precision highp float;

uniform sampler2D colorTex;
uniform float colorTexRes;
uniform float colorTexEps;
uniform sampler2D stateTex;
uniform float stateTexRes;
uniform float stateTexEps;
uniform float devicePixelRatio;
uniform sampler2D encodingTex;
uniform float encodingTexRes;
uniform float encodingTexEps;
uniform float pointSizeExtra;
uniform float pointOpacityMax;
uniform float pointOpacityScale;
uniform float numPoints;
uniform float globalState;
uniform float isColoredByZ;
uniform float isColoredByW;
uniform float isOpacityByZ;
uniform float isOpacityByW;
uniform float isOpacityByDensity;
uniform float isSizedByZ;
uniform float isSizedByW;
uniform float isPixelAligned;
uniform float colorMultiplicator;
uniform float opacityMultiplicator;
uniform float opacityDensity;
uniform float sizeMultiplicator;
uniform float numColorStates;
uniform float pointScale;
uniform float drawingBufferWidth;
uniform float drawingBufferHeight;
uniform mat4 modelViewProjection;

attribute vec2 stateIndex;

varying vec4 color;
varying float finalPointSize;

void main() {
  vec4 state = texture2D(stateTex, stateIndex);

  if (isPixelAligned < 0.5) {
    gl_Position = modelViewProjection * vec4(state.x, state.y, 0.0, 1.0);
  } else {
    vec4 clipSpacePosition = modelViewProjection * vec4(state.x, state.y, 0.0, 1.0);
    vec2 ndcPosition = clipSpacePosition.xy / clipSpacePosition.w;
    vec2 pixelPos = 0.5 * (ndcPosition + 1.0) * vec2(drawingBufferWidth, drawingBufferHeight);
    pixelPos = floor(pixelPos + 0.5); // Snap to nearest pixel
    vec2 snappedPosition = (pixelPos / vec2(drawingBufferWidth, drawingBufferHeight)) * 2.0 - 1.0;
    gl_Position = vec4(snappedPosition, 0.0, 1.0);
  }


  // Determine color index
  float colorIndexZ =  isColoredByZ * floor(state.z * colorMultiplicator);
  float colorIndexW =  isColoredByW * floor(state.w * colorMultiplicator);

  // Multiply by the number of color states per color
  // I.e., normal, active, hover, background, etc.
  float colorIndex = (colorIndexZ + colorIndexW) * numColorStates;

  // Half a "pixel" or "texel" in texture coordinates
  float colorLinearIndex = colorIndex + globalState;

  // Need to add cEps here to avoid floating point issue that can lead to
  // dramatic changes in which color is loaded as floor(3/2.9999) = 1 but
  // floor(3/3.0001) = 0!
  float colorRowIndex = floor((colorLinearIndex + colorTexEps) / colorTexRes);

  vec2 colorTexIndex = vec2(
    (colorLinearIndex / colorTexRes) - colorRowIndex + colorTexEps,
    colorRowIndex / colorTexRes + colorTexEps
  );

  color = texture2D(colorTex, colorTexIndex);

  // Retrieve point size
  float pointSizeIndexZ = isSizedByZ * floor(state.z * sizeMultiplicator);
  float pointSizeIndexW = isSizedByW * floor(state.w * sizeMultiplicator);
  float pointSizeIndex = pointSizeIndexZ + pointSizeIndexW;

  float pointSizeRowIndex = floor((pointSizeIndex + encodingTexEps) / encodingTexRes);
  vec2 pointSizeTexIndex = vec2(
    (pointSizeIndex / encodingTexRes) - pointSizeRowIndex + encodingTexEps,
    pointSizeRowIndex / encodingTexRes + encodingTexEps
  );
  float pointSize = texture2D(encodingTex, pointSizeTexIndex).x;

  // Retrieve opacity
  ${e === 3 ? "" : `
        if (isOpacityByDensity < 0.5) {
          float opacityIndexZ = isOpacityByZ * floor(state.z * opacityMultiplicator);
          float opacityIndexW = isOpacityByW * floor(state.w * opacityMultiplicator);
          float opacityIndex = opacityIndexZ + opacityIndexW;

          float opacityRowIndex = floor((opacityIndex + encodingTexEps) / encodingTexRes);
          vec2 opacityTexIndex = vec2(
            (opacityIndex / encodingTexRes) - opacityRowIndex + encodingTexEps,
            opacityRowIndex / encodingTexRes + encodingTexEps
          );
          color.a = texture2D(encodingTex, opacityTexIndex)[${1 + e}];
        } else {
          color.a = min(1.0, opacityDensity + globalState);
        }
      `}

  color.a = min(pointOpacityMax, color.a) * pointOpacityScale;
  finalPointSize = (pointSize * pointScale) + pointSizeExtra;
  gl_PointSize = finalPointSize;
}
`, Di = "precision highp float;\n\nvarying vec4 color;\n\nvoid main() {\n  gl_FragColor = color;\n}\n", Oi = "precision highp float;\n\nuniform sampler2D startStateTex;\nuniform sampler2D endStateTex;\nuniform float t;\n\nvarying vec2 particleTextureIndex;\n\nvoid main() {\n  // Interpolate x, y, and value\n  vec3 start = texture2D(startStateTex, particleTextureIndex).xyw;\n  vec3 end = texture2D(endStateTex, particleTextureIndex).xyw;\n  vec3 curr = start * (1.0 - t) + end * t;\n\n  // The category cannot be interpolated\n  float endCategory = texture2D(endStateTex, particleTextureIndex).z;\n\n  gl_FragColor = vec4(curr.xy, endCategory, curr.z);\n}", ki = "precision highp float;\n\nattribute vec2 position;\nvarying vec2 particleTextureIndex;\n\nvoid main() {\n  // map normalized device coords to texture coords\n  particleTextureIndex = 0.5 * (1.0 + position);\n\n  gl_Position = vec4(position, 0, 1);\n}", Ai = (e, t) => e ? Nt.reduce((n, r) => e.hasExtension(r) ? n : (t || console.warn(`WebGL: ${r} extension not supported. Scatterplot might not render properly`), !1), !0) : !1, ji = (e) => {
	let t = e.getContext("webgl", {
		antialias: !0,
		preserveDrawingBuffer: !0
	}), n = [];
	for (let e of Nt) t.getExtension(e) ? n.push(e) : console.warn(`WebGL: ${e} extension not supported. Scatterplot might not render properly`);
	return (0, oe.default)({
		gl: t,
		extensions: n
	});
}, Mi = (e, t, n, r) => Math.sqrt((e - n) ** 2 + (t - r) ** 2), Ni = (e) => {
	let t = Infinity, n = -Infinity, r = Infinity, i = -Infinity;
	for (let a = 0; a < e.length; a += 2) t = e[a] < t ? e[a] : t, n = e[a] > n ? e[a] : n, r = e[a + 1] < r ? e[a + 1] : r, i = e[a + 1] > i ? e[a + 1] : i;
	return [
		t,
		r,
		n,
		i
	];
}, Pi = ([e, t, n, r]) => Number.isFinite(e) && Number.isFinite(t) && Number.isFinite(n) && Number.isFinite(r) && n - e > 0 && r - t > 0, Fi = /^#?([a-f\d])([a-f\d])([a-f\d])$/i, Ii = (e, t = !1) => e.replace(Fi, (e, t, n, r) => `#${t}${t}${n}${n}${r}${r}`).substring(1).match(/.{2}/g).map((e) => Number.parseInt(e, 16) / 255 ** t), Li = (e, t, { minLength: n = 0 } = {}) => Array.isArray(e) && e.length >= n && e.every(t), Ri = (e) => !Number.isNaN(+e) && +e >= 0, zi = (e) => !Number.isNaN(+e) && +e > 0, Bi = (e, t) => (n) => e.indexOf(n) >= 0 ? n : t, Vi = (e, t = !1, n = yr) => new Promise((r, i) => {
	let a = new Image();
	t && (a.crossOrigin = "anonymous"), a.src = e, a.onload = () => {
		r(a);
	};
	let o = () => {
		i(/* @__PURE__ */ Error(ir));
	};
	a.onerror = o, setTimeout(o, n);
}), Hi = (e, t, n = yr) => new Promise((r, i) => {
	Vi(t, t.indexOf(window.location.origin) !== 0 && t.indexOf("base64") === -1, n).then((t) => {
		r(e.texture(t));
	}).catch((e) => {
		i(e);
	});
}), Ui = (e, t = !1) => [...Ii(e, t), 255 ** !t], $ = /(^#[0-9A-F]{6}$)|(^#[0-9A-F]{3}$)/i, Wi = (e) => $.test(e), Gi = (e) => e >= 0 && e <= 1, Ki = (e) => Array.isArray(e) && e.every(Gi);
function qi(e, t, n, r, i, a) {
	return (n - e) * (a - t) - (i - e) * (r - t);
}
var Ji = (e, [t, n] = []) => {
	let r = 0;
	for (let i = 0, a = e.length - 2; i < e.length; i += 2) {
		let o = e[i], s = e[i + 1], c = e[a], l = e[a + 1];
		s <= n ? l > n && qi(o, s, c, l, t, n) > 0 && r++ : l <= n && qi(o, s, c, l, t, n) < 0 && r--, a = i;
	}
	return r !== 0;
}, Yi = (e) => typeof e == "string" || e instanceof String, Xi = (e) => Number.isInteger(e) && e >= 0 && e <= 255, Zi = (e) => Array.isArray(e) && e.every(Xi), Qi = (e) => e.length === 3 && (Ki(e) || Zi(e)), $i = (e) => e.length === 4 && (Ki(e) || Zi(e)), ea = (e) => Array.isArray(e) && e.length > 0 && (Array.isArray(e[0]) || Yi(e[0])), ta = (e, t) => !(Array.isArray(e) && Array.isArray(t)) || e.length !== t.length ? !1 : e.length === 0 ? !0 : Array.isArray(e[0]) && Array.isArray(t[0]) ? e.every(([e, n, r, i], a) => {
	let [o, s, c, l] = t[a];
	return e === o && n === s && r === c && i === l;
}) : !1, na = (e, t) => e > t ? e : t, ra = (e, t) => e < t ? e : t, ia = (e, t) => {
	if ($i(e)) {
		let n = Ki(e);
		return t && n || !(t || n) ? e : t && !n ? e.map((e) => e / 255) : e.map((e) => e * 255);
	}
	if (Qi(e)) {
		let n = 255 ** !t, r = Ki(e);
		return t && r || !(t || r) ? [...e, n] : t && !r ? [...e.map((e) => e / 255), n] : [...e.map((e) => e * 255), n];
	}
	return Wi(e) ? Ui(e, t) : (console.warn("Only HEX, RGB, and RGBA are handled by this function. Returning white instead."), t ? [
		1,
		1,
		1,
		1
	] : [
		255,
		255,
		255,
		255
	]);
}, aa = (e) => Object.entries(e).reduce((e, [t, n]) => (e[n] = e[n] ? [...e[n], t] : t, e), {}), oa = (e) => .21 * e[0] + .72 * e[1] + .07 * e[2], sa = (e, t, n) => Math.min(n, Math.max(t, e)), ca = (e) => new Promise((t, n) => {
	if (!e || Array.isArray(e)) t(e);
	else {
		let r = Array.isArray(e.x) || ArrayBuffer.isView(e.x) ? e.x.length : 0, i = (Array.isArray(e.x) || ArrayBuffer.isView(e.x)) && ((t) => e.x[t]), a = (Array.isArray(e.y) || ArrayBuffer.isView(e.y)) && ((t) => e.y[t]), o = (Array.isArray(e.line) || ArrayBuffer.isView(e.line)) && ((t) => e.line[t]), s = (Array.isArray(e.lineOrder) || ArrayBuffer.isView(e.lineOrder)) && ((t) => e.lineOrder[t]), c = Object.keys(e), l = (() => {
			let t = c.find((e) => _r.has(e));
			return t && (Array.isArray(e[t]) || ArrayBuffer.isView(e[t])) && ((n) => e[t][n]);
		})(), u = (() => {
			let t = c.find((e) => vr.has(e));
			return t && (Array.isArray(e[t]) || ArrayBuffer.isView(e[t])) && ((n) => e[t][n]);
		})();
		i && a && l && u && o && s ? t(e.x.map((e, t) => [
			e,
			a(t),
			l(t),
			u(t),
			o(t),
			s(t)
		])) : i && a && l && u && o ? t(Array.from({ length: r }, (e, t) => [
			i(t),
			a(t),
			l(t),
			u(t),
			o(t)
		])) : i && a && l && u ? t(Array.from({ length: r }, (e, t) => [
			i(t),
			a(t),
			l(t),
			u(t)
		])) : i && a && l ? t(Array.from({ length: r }, (e, t) => [
			i(t),
			a(t),
			l(t)
		])) : i && a ? t(Array.from({ length: r }, (e, t) => [i(t), a(t)])) : n(/* @__PURE__ */ Error("You need to specify at least x and y"));
	}
}), la = (e) => Number.isFinite(e.y) && !("x" in e), ua = (e) => Number.isFinite(e.x) && !("y" in e), da = (e) => Number.isFinite(e.x) && Number.isFinite(e.y) && Number.isFinite(e.width) && Number.isFinite(e.height), fa = (e) => Number.isFinite(e.x1) && Number.isFinite(e.y1) && Number.isFinite(e.x2) && Number.isFinite(e.x2), pa = (e) => "vertices" in e && e.vertices.length > 1, ma = (e) => {
	if (!Array.isArray(e) || e.length < 3) return !1;
	for (let t of e) if (!Array.isArray(t) || t.length !== 2 || typeof t[0] != "number" || typeof t[1] != "number") return !1;
	return !0;
}, ha = (e) => {
	let t = [...e], n = e.at(0), r = e.at(-1);
	return (n[0] !== r[0] || n[1] !== r[1]) && t.push(n), t;
}, ga = (e) => {
	let t = e.length;
	for (let n = 1; n < t; n++) {
		let t = e[n], r = n - 1;
		for (; r > -1 && t < e[r];) e[r + 1] = e[r], r--;
		e[r + 1] = t;
	}
	return e;
}, _a = (e = {}) => {
	let { regl: t, canvas: n = document.createElement("canvas"), gamma: r = Sn } = e, i = !1;
	t ||= ji(n);
	let a = Ai(t), o = [n.width, n.height], s = t.framebuffer({
		width: o[0],
		height: o[1],
		colorFormat: "rgba",
		colorType: "float"
	}), c = t({
		vert: "\n      precision highp float;\n      attribute vec2 xy;\n      void main () {\n        gl_Position = vec4(xy, 0, 1);\n      }",
		frag: "\n      precision highp float;\n      uniform vec2 srcRes;\n      uniform sampler2D src;\n      uniform float gamma;\n\n      vec3 approxLinearToSRGB (vec3 rgb, float gamma) {\n        return pow(clamp(rgb, vec3(0), vec3(1)), vec3(1.0 / gamma));\n      }\n\n      void main () {\n        vec4 color = texture2D(src, gl_FragCoord.xy / srcRes);\n        gl_FragColor = vec4(approxLinearToSRGB(color.rgb, gamma), color.a);\n      }",
		attributes: { xy: [
			-4,
			-4,
			4,
			-4,
			0,
			4
		] },
		uniforms: {
			src: () => s,
			srcRes: () => o,
			gamma: () => r
		},
		count: 3,
		depth: { enable: !1 },
		blend: {
			enable: !0,
			func: {
				srcRGB: "one",
				srcAlpha: "one",
				dstRGB: "one minus src alpha",
				dstAlpha: "one minus src alpha"
			}
		}
	}), l = (e) => {
		let t = e.getContext("2d");
		t.clearRect(0, 0, e.width, e.height), t.drawImage(n, (n.width - e.width) / 2, (n.height - e.height) / 2, e.width, e.height, 0, 0, e.width, e.height);
	}, u = (e, n) => {
		t.clear(Pt), s.use(() => {
			t.clear(Pt), e();
		}), c(), l(n);
	}, d = () => {
		t.poll();
	}, f = /* @__PURE__ */ new Set(), p = (e) => (f.add(e), () => {
		f.delete(e);
	}), m = t.frame(() => {
		let e = f.values(), t = e.next();
		for (; !t.done;) t.value(), t = e.next();
	}), h = (e, t) => {
		let r = e === void 0 ? Math.min(window.innerWidth, window.screen.availWidth) : e, i = t === void 0 ? Math.min(window.innerHeight, window.screen.availHeight) : t;
		n.width = r * window.devicePixelRatio, n.height = i * window.devicePixelRatio, o[0] = n.width, o[1] = n.height, s.resize(...o);
	}, g = () => {
		h();
	};
	return e.canvas || (window.addEventListener("resize", g), window.addEventListener("orientationchange", g), h()), {
		get canvas() {
			return n;
		},
		get regl() {
			return t;
		},
		get gamma() {
			return r;
		},
		set gamma(e) {
			r = +e;
		},
		get isSupported() {
			return a;
		},
		get isDestroyed() {
			return i;
		},
		render: u,
		resize: h,
		onFrame: p,
		refresh: d,
		destroy: () => {
			i = !0, window.removeEventListener("resize", g), window.removeEventListener("orientationchange", g), m.cancel(), n = void 0, t.destroy(), t = void 0;
		}
	};
}, va = function() {
	let e = (e, t, n, r, i) => {
		let a = (r - t) * .5, o = (i - n) * .5;
		return (2 * n - 2 * r + a + o) * e * e * e + (-3 * n + 3 * r - 2 * a - o) * e * e + a * e + n;
	}, t = (t, n, r) => {
		let i = r * t, a = Math.floor(i), o = i - a, s = n[Math.max(0, a - 1)], c = n[a], l = n[Math.min(r, a + 1)], u = n[Math.min(r, a + 2)];
		return [e(o, s[0], c[0], l[0], u[0]), e(o, s[1], c[1], l[1], u[1])];
	}, n = (e, t, n, r) => (e - n) ** 2 + (t - r) ** 2, r = (e, t, n) => {
		let r = t[0], i = t[1], a = n[0] - r, o = n[1] - i;
		if (a !== 0 || o !== 0) {
			let t = ((e[0] - r) * a + (e[1] - i) * o) / (a * a + o * o);
			t > 1 ? (r = n[0], i = n[1]) : t > 0 && (r += a * t, i += o * t);
		}
		return a = e[0] - r, o = e[1] - i, a * a + o * o;
	}, i = (e, t, n, a, o) => {
		let s = a, c;
		for (let i = t + 1; i < n; i++) {
			let a = r(e[i], e[t], e[n]);
			a > s && (c = i, s = a);
		}
		s > a && (c - t > 1 && i(e, t, c, a, o), o.push(e[c]), n - c > 1 && i(e, c, n, a, o));
	}, a = (e, t) => {
		let n = e.length - 1, r = [e[0]];
		return i(e, 0, n, t, r), r.push(e[n]), r;
	}, o = (e, { maxIntPointsPerSegment: r = 100, tolerance: i = .002 } = {}) => {
		let o = e.length, s = o - 1, c = s * r + 1, l = i ** 2, u = [], d;
		for (let i = 0; i < o - 1; i++) {
			let o = [e[i].slice(0, 2)];
			d = e[i];
			for (let a = 1; a < r; a++) {
				let u = (i * r + a) / c, f = t(u, e, s);
				n(d[0], d[1], f[0], f[1]) > l && (o.push(f), d = f);
			}
			o.push(e[i + 1]), o = a(o, l), u = u.concat(o.slice(0, o.length - 1));
		}
		return u.push(e[e.length - 1].slice(0, 2)), u.flat();
	}, s = (e) => {
		let t = {}, n = !Number.isNaN(+e[0][5]);
		return e.forEach((e) => {
			let r = e[4];
			t[r] || (t[r] = []), n ? t[r][e[5]] = e : t[r].push(e);
		}), Object.entries(t).forEach((e) => {
			t[e[0]] = e[1].filter((e) => e), t[e[0]].reference = e[1][0];
		}), t;
	};
	self.onmessage = function(e) {
		e.data.points && +e.data.points.length || self.postMessage({ error: /* @__PURE__ */ Error("No points provided") }), e.data.points;
		let t = s(e.data.points);
		self.postMessage({ points: Object.entries(t).reduce((t, n) => (t[n[0]] = o(n[1], e.data.options), t[n[0]].reference = n[1].reference, t), {}) });
	};
}, ya = (e, t = {
	tolerance: .002,
	maxIntPointsPerSegment: 100
}) => new Promise((n, r) => {
	let i = be(va);
	i.onmessage = (e) => {
		e.data.error ? r(e.data.error) : n(e.data.points), i.terminate();
	}, i.postMessage({
		points: e,
		options: t
	});
}), ba = {
	showRecticle: {
		replacement: "showReticle",
		removalVersion: "2",
		translation: de
	},
	recticleColor: {
		replacement: "reticleColor",
		removalVersion: "2",
		translation: de
	},
	keyMap: {
		replacement: "actionKeyMap",
		removalVersion: "2",
		translation: aa
	}
}, xa = (e) => {
	let t = Object.keys(e).filter((e) => ba[e]);
	for (let n of t) {
		let { replacement: t, removalVersion: r, translation: i } = ba[n];
		console.warn(`regl-scatterplot: the "${n}" property is deprecated and will be removed in v${r}. Please use "${t}" instead.`), e[ba[n].replacement] = e[n] === Tr ? e[n] : i(e[n]), delete e[n];
	}
	return e;
}, Sa = (e, t, { allowSegment: n = !1, allowDensity: r = !1, allowInherit: i = !1 } = {}) => _r.has(e) ? "valueZ" : vr.has(e) ? "valueW" : e === "segment" ? n ? "segment" : t : e === "density" ? r ? "density" : t : e === "inherit" && i ? "inherit" : t, Ca = (e) => {
	switch (e) {
		case "valueZ": return 2;
		case "valueW": return 3;
		default: return null;
	}
}, wa = (e = {}) => {
	let t = re({
		async: !e.syncEvents,
		caseInsensitive: !0
	}), n = /* @__PURE__ */ new Float32Array(16), r = /* @__PURE__ */ new Float32Array(16), i = [0, 0];
	xa(e);
	let { renderer: a, antiAliasing: o = Sr, pixelAligned: s = Cr, backgroundColor: c = Kn, backgroundImage: l = ar, canvas: u = document.createElement("canvas"), colorBy: d = Hn, deselectOnDblClick: f = cr, deselectOnEscape: p = lr, lassoColor: m = Yt, lassoLineWidth: h = Xt, lassoMinDelay: g = Qt, lassoMinDist: _ = $t, lassoClearEvent: v = en, lassoInitiator: y = Zt, lassoInitiatorParentElement: b = document.body, lassoLongPressIndicatorParentElement: x = document.body, lassoOnLongPress: S = tn, lassoLongPressTime: C = nn, lassoLongPressAfterEffectTime: w = rn, lassoLongPressEffectDelay: T = an, lassoLongPressRevertEffectTime: E = on, lassoType: D = wr, lassoBrushSize: O = sn, actionKeyMap: k = vn, mouseMode: A = zt, showReticle: j = or, reticleColor: M = sr, pointColor: N = Un, pointColorActive: P = Wn, pointColorHover: F = Gn, showPointConnections: I = ur, pointConnectionColor: L = Jn, pointConnectionColorActive: R = Yn, pointConnectionColorHover: z = Xn, pointConnectionColorBy: ee = qn, pointConnectionOpacity: B = Nn, pointConnectionOpacityBy: te = Pn, pointConnectionOpacityActive: ne = Fn, pointConnectionSize: V = An, pointConnectionSizeActive: ie = jn, pointConnectionSizeBy: ae = Mn, pointConnectionMaxIntPointsPerSegment: oe = dr, pointConnectionTolerance: se = fr, pointSize: H = Tn, pointSizeSelected: ce = En, pointSizeMouseDetection: U = pr, pointOutlineWidth: le = Dn, opacity: W = Et, opacityBy: ue = Ln, opacityByDensityFill: fe = Rn, opacityInactiveMax: K = Bn, opacityInactiveScale: ge = Vn, sizeBy: _e = On, pointOrder: ve = kn, pointScaleMode: ye = wn, height: be = xn, width: xe = bn, annotationLineColor: Ce = Zn, annotationLineWidth: we = Qn, annotationHVLineLimit: Te = $n, cameraIsFixed: ke = xr } = e, je = xe === Et ? 1 : xe, Me = be === Et ? 1 : be, { performanceMode: Ne = mr, opacityByDensityDebounceTime: Pe = zn, spatialIndexUseWorker: Ie = br } = e, Le = !!(e.renderPointsAsSquares || Ne), Re = !!(e.disableAlphaBlending || Ne);
	A = Bi(Rt, Ft)(A), a ||= _a({
		regl: e.regl,
		gamma: e.gamma
	}), c = ia(c, !0), m = ia(m, !0), M = ia(M, !0);
	let ze = !1, Be = !1, Ue = oa(c), q, J, We, Ge = !1, Ke = null, qe = [0, 0], Je = -1, Y = [], Ye = /* @__PURE__ */ new Set(), Xe = /* @__PURE__ */ new Set(), Ze = !1, Qe = /* @__PURE__ */ new Set(), X = [], $e = 0, et = 0, tt = !1, nt = [], rt, it, at = e.aspectRatio || yn, ot, st, ct, lt, ut, dt, ft, pt, mt, ht, gt, _t, vt = !1, Z = !0, yt = !1, bt;
	N = ea(N) ? [...N] : [N], P = ea(P) ? [...P] : [P], F = ea(F) ? [...F] : [F], N = N.map((e) => ia(e, !0)), P = P.map((e) => ia(e, !0)), F = F.map((e) => ia(e, !0)), W = !Array.isArray(W) && Number.isNaN(+W) ? N[0][3] : W, W = Li(W, Ri, { minLength: 1 }) ? [...W] : [W], H = Li(H, Ri, { minLength: 1 }) ? [...H] : [H];
	let xt = Cn / H[0];
	L === "inherit" ? L = [...N] : (L = ea(L) ? [...L] : [L], L = L.map((e) => ia(e, !0))), R === "inherit" ? R = [...P] : (R = ea(R) ? [...R] : [R], R = R.map((e) => ia(e, !0))), z === "inherit" ? z = [...F] : (z = ea(z) ? [...z] : [z], z = z.map((e) => ia(e, !0))), B = B === "inherit" ? [...W] : Li(B, Ri, { minLength: 1 }) ? [...B] : [B], V = V === "inherit" ? [...H] : Li(V, Ri, { minLength: 1 }) ? [...V] : [V], d = Sa(d, Hn), ue = Sa(ue, Ln, { allowDensity: !0 }), _e = Sa(_e, On), ee = Sa(ee, qn, {
		allowSegment: !0,
		allowInherit: !0
	}), te = Sa(te, Pn, { allowSegment: !0 }), ae = Sa(ae, Mn, { allowSegment: !0 });
	let Nt, Pt, Sn, In, ir = 0, _r = 0, vr, kr, Ar, jr = null, Mr = null, Nr, Fr, Ir, Lr, Rr = !1, zr = null, Br, Vr, Hr = j, Ur, Wr = 0, Gr, Kr = 0, qr = !1, Jr = !1, Yr = !1, Xr = !1, Zr = Ut, Qr = Ut, $r, ei = !1, ti = e.xScale || null, ni = e.yScale || null, ri = 0, ii = 0, ai = 0, oi = 0;
	ti && (ri = ti.domain()[0], ii = ti.domain()[1] - ti.domain()[0], ti.range([0, je])), ni && (ai = ni.domain()[0], oi = ni.domain()[1] - ni.domain()[0], ni.range([Me, 0]));
	let si = (e) => -1 + e / je * 2, ci = (e) => 1 + e / Me * -2, li = () => [si(i[0]), ci(i[1])], ui = (e, t) => {
		let r = [
			e,
			t,
			1,
			1
		];
		return Fe(r, r, De(n, Oe(n, ot, Oe(n, q.view, ct)))), r.slice(0, 2);
	}, di = (e = 0) => {
		let t = So(), n = (gt[1] - _t[1]) / u.height;
		return (mt * t + e) * n;
	}, fi = () => Ze ? X.filter((e, t) => Qe.has(t)) : X, pi = (e, t, n, r) => {
		let i = rt.range(e, t, n, r);
		return Ze ? i.filter((e) => Qe.has(e)) : i;
	}, mi = () => {
		let [e, t] = li(), [n, r] = ui(e, t), i = di(4), a = pi(n - i, r - i, n + i, r + i), o = i, s = -1;
		for (let e of a) {
			let [t, i] = X[e], a = Mi(t, i, n, r);
			a < o && (o = a, s = e);
		}
		return s;
	}, hi = (e, n) => {
		nt = e, J.setPoints(n), t.publish("lassoExtend", { coordinates: e });
	}, gi = (e) => {
		let t = Ni(e);
		if (!Pi(t)) return [];
		let n = pi(...t), r = [];
		for (let t of n) Ji(e, X[t]) && r.push(t);
		return r;
	}, _i = () => {
		nt = [], J && J.clear();
	}, vi = (e) => e && e.length > 4, yi = (e, t) => {
		if (dt || !I || !vi(X[e[0]])) return;
		let n = t === 0, r = t === 1 ? (e) => Xe.add(e) : de, i = Object.keys(e.reduce((e, t) => {
			let n = X[t], r = Array.isArray(n[4]) ? n[4][0] : n[4];
			return e[r] = !0, e;
		}, {})), a = lt.getData().opacities, o = i.filter((e) => !Xe.has(+e));
		for (let e of o) {
			let t = ut[e][0], i = ut[e][2], o = ut[e][3], s = t * 4 + o * 2, c = s + i * 2 + 4;
			a.__original__ === void 0 && (a.__original__ = a.slice());
			for (let e = s; e < c; e++) a[e] = n ? a.__original__[e] : ne;
			r(e);
		}
		lt.getBuffer().opacities.subdata(a, 0);
	}, bi = (e) => [e % ir / ir + _r, Math.floor(e / ir) / ir + _r], xi = (e) => Ze && !Qe.has(e), Si = ({ preventEvent: e = !1 } = {}) => {
		v === Gt && _i(), Y.length > 0 && (e || t.publish("deselect"), Xe.clear(), yi(Y, 0), Y = [], Ye.clear(), Z = !0);
	}, Ci = (e) => {
		if (!(ti && ni)) return console.warn("xScale and yScale must be defined for programmatic lasso selection"), null;
		let t = [];
		for (let [n, r] of e) {
			let e = (n - ri) / ii, i = (r - ai) / oi, a = e * 2 - 1, o = i * 2 - 1, [s, c] = ui(a, o);
			t.push(s, c);
		}
		return t;
	}, Ai = (e, { merge: n = !1, remove: r = !1, preventEvent: i = !1 } = {}) => {
		let a = Array.isArray(e) ? e : [e], o = [...Y];
		if (n) {
			if (Y = he(Y, a), o.length === Y.length) {
				Z = !0;
				return;
			}
		} else if (r) {
			let e = new Set(a);
			if (Y = Y.filter((t) => !e.has(t)), o.length === Y.length) {
				Z = !0;
				return;
			}
		} else {
			if (Y?.length > 0 && yi(Y, 0), o.length > 0 && a.length === 0) {
				Si({ preventEvent: i });
				return;
			}
			Y = a;
		}
		if (G(o, Y)) {
			Z = !0;
			return;
		}
		let s = [];
		Ye.clear(), Xe.clear();
		for (let e = Y.length - 1; e >= 0; e--) {
			let t = Y[e];
			t < 0 || t >= $e || xi(t) ? Y.splice(e, 1) : (Ye.add(t), s.push.apply(s, bi(t)));
		}
		kr({
			usage: "dynamic",
			type: "float",
			data: s
		}), yi(Y, 1), i || t.publish("select", { points: Y }), Z = !0;
	}, ji = (e, { merge: t = !1, remove: n = !1, isGl: r = !1 } = {}) => {
		if (!ma(e)) throw Error("Lasso selection requires at least 3 vertices as [x, y] coordinate pairs");
		let i = ha(e), a, o;
		if (r) a = i, o = i.flat();
		else {
			if (o = Ci(i), !o) throw Error("xScale and yScale must be defined to convert lasso vertices from data space to GL space");
			a = [];
			for (let e = 0; e < o.length; e += 2) a.push([o[e], o[e + 1]]);
		}
		Ui(a, o, {
			merge: t,
			remove: n
		});
	}, Fi = (e, { showReticleOnce: n = !1, preventEvent: r = !1 } = {}) => {
		let i = !1;
		if ((!Ze || Qe.has(e)) && e >= 0 && e < $e) {
			i = !0;
			let n = $r, a = e !== $r;
			+n >= 0 && a && !Ye.has(n) && yi([n], 0), $r = e, Ar.subdata(bi(e)), Ye.has(e) || yi([e], 2), a && !r && t.publish("pointover", $r);
		} else i = +$r >= 0, i && (Ye.has($r) || yi([$r], 0), r || t.publish("pointout", $r)), $r = void 0;
		i && (Z = !0, yt = n);
	}, Ii = (e) => {
		let t = u.getBoundingClientRect();
		return i[0] = e.clientX - t.left, i[1] = e.clientY - t.top, [...i];
	}, Vi = () => {
		q.config({ isFixed: !0 }), Ge = !0, tt = !0, _i(), Je >= 0 && (clearTimeout(Je), Je = -1), t.publish("lassoStart");
	}, Ui = (e, n, { merge: r = !1, remove: i = !1 } = {}) => {
		q.config({ isFixed: ke }), nt = [...e];
		let a = gi(n);
		Ai(a, {
			merge: r,
			remove: i
		}), t.publish("lassoEnd", { coordinates: nt }), v === Kt && _i();
	}, $ = wi(u, {
		onStart: Vi,
		onDraw: hi,
		onEnd: Ui,
		enableInitiator: y,
		initiatorParentElement: b,
		longPressIndicatorParentElement: x,
		pointNorm: ([e, t]) => ui(si(e), ci(t)),
		minDelay: g,
		minDist: D === "brush" ? Math.max(Jt, _) : _,
		type: D
	}), Wi = () => A === It, Gi = (e, t) => {
		switch (k[t]) {
			case pn: return e.altKey;
			case Q: return e.metaKey;
			case mn: return e.ctrlKey;
			case hn: return e.metaKey;
			case gn: return e.shiftKey;
			default: return !1;
		}
	}, Ki = (e) => document.elementsFromPoint(e.clientX, e.clientY).some((e) => e === u), qi = (e) => {
		Jr && e.buttons === 1 && (Ge = !0, Ke = performance.now(), qe = Ii(e), tt = Wi() || Gi(e, cn), !tt && S && ($.showLongPressIndicator(e.clientX, e.clientY, {
			time: C,
			extraTime: w,
			delay: T
		}), Je = setTimeout(() => {
			Je = -1, tt = !0;
		}, C)));
	}, Xi = (e) => {
		Jr && (Ge = !1, Je >= 0 && (clearTimeout(Je), Je = -1), tt && (e.preventDefault(), tt = !1, $.end({
			merge: Gi(e, un),
			remove: Gi(e, dn)
		})), S && $.hideLongPressIndicator({ time: E }));
	}, Zi = (e) => {
		if (!Jr || (e.preventDefault(), Mi(...Ii(e), ...qe) >= _)) return;
		let t = performance.now() - Ke;
		if (!y || t < gr) {
			let t = mi();
			t >= 0 ? (Y.length > 0 && v === Gt && _i(), Ai([t], {
				merge: Gi(e, un),
				remove: Gi(e, dn)
			})) : ht ||= setTimeout(() => {
				ht = null, $.showInitiator(e);
			}, hr);
		}
	}, Qi = (e) => {
		$.hideInitiator(), ht &&= (clearTimeout(ht), null), f && (e.preventDefault(), Si());
	}, $i = (e) => {
		if (Xr ||= (ei = Ki(e), !0), !(Jr && (ei || Ge))) return;
		let t = Mi(...Ii(e), ...qe) >= _;
		ei && !tt && Fi(mi()), tt ? (e.preventDefault(), $.extend(e, !0)) : Ge && S && t && $.hideLongPressIndicator({ time: E }), Je >= 0 && t && (clearTimeout(Je), Je = -1), Ge && (Z = !0);
	}, aa = () => {
		$r = void 0, ei = !1, Xr = !1, Jr && (+$r >= 0 && !Ye.has($r) && yi([$r], 0), Xi(), Z = !0);
	}, va = () => {
		let e = Math.max(H.length, W.length);
		Kr = Math.max(2, Math.ceil(Math.sqrt(e)));
		let t = new Float32Array(Kr ** 2 * 4);
		for (let n = 0; n < e; n++) {
			t[n * 4] = H[n] || 0, t[n * 4 + 1] = Math.min(1, W[n] || 0);
			let e = Number((P[n] || P[0])[3]);
			t[n * 4 + 2] = Math.min(1, Number.isNaN(e) ? 1 : e);
			let r = Number((F[n] || F[0])[3]);
			t[n * 4 + 3] = Math.min(1, Number.isNaN(r) ? 1 : r);
		}
		return a.regl.texture({
			data: t,
			shape: [
				Kr,
				Kr,
				4
			],
			type: "float"
		});
	}, ba = (e = N, t = P, n = F) => {
		let r = e.length, i = t.length, a = n.length, o = [];
		if (r === i && i === a) for (let i = 0; i < r; i++) o.push(e[i], t[i], n[i], c);
		else for (let i = 0; i < r; i++) {
			let r = [
				e[i][0],
				e[i][1],
				e[i][2],
				1
			], a = d === Hn ? t[0] : r, s = d === Hn ? n[0] : r;
			o.push(e[i], a, s, c);
		}
		return o;
	}, wa = () => {
		let e = ba(), t = e.length;
		Wr = Math.max(2, Math.ceil(Math.sqrt(t)));
		let n = new Float32Array(Wr ** 2 * 4);
		return e.forEach((e, t) => {
			n[t * 4] = e[0], n[t * 4 + 1] = e[1], n[t * 4 + 2] = e[2], n[t * 4 + 3] = e[3];
		}), a.regl.texture({
			data: n,
			shape: [
				Wr,
				Wr,
				4
			],
			type: "float"
		});
	}, Ta = (e, t) => {
		st[0] = e / it, st[5] = t;
	}, Ea = () => {
		it = je / Me, ot = Ae([], [
			1 / it,
			1,
			1
		]), st = Ae([], [
			1 / it,
			1,
			1
		]), ct = Ae([], [
			at,
			1,
			1
		]);
	}, Da = (e) => {
		+e <= 0 || (at = e);
	}, Oa = (e, t) => (n) => {
		if (!n || n.length === 0) return;
		let r = [...e()], i = ea(n) ? n : [n];
		if (i = i.map((e) => ia(e, !0)), !ta(r, i)) {
			Ur && Ur.destroy();
			try {
				t(i), Ur = wa();
			} catch {
				console.error("Invalid colors. Switching back to default colors."), t(r), Ur = wa();
			}
		}
	}, ka = Oa(() => N, (e) => {
		N = e;
	}), Aa = Oa(() => P, (e) => {
		P = e;
	}), ja = Oa(() => F, (e) => {
		F = e;
	}), Ma = () => {
		let e = ui(-1, -1), t = ui(1, 1), n = (e[0] + 1) / 2, r = (t[0] + 1) / 2, i = (e[1] + 1) / 2, a = (t[1] + 1) / 2;
		return [[ri + n * ii, ri + r * ii], [ai + i * oi, ai + a * oi]];
	}, Na = () => {
		if (!(ti || ni)) return;
		let [e, t] = Ma();
		ti && ti.domain(e), ni && ni.domain(t);
	}, Pa = (e, t) => {
		Me = Math.max(1, e), u.height = Math.floor(Me * window.devicePixelRatio), ni && (ni.range([Me, 0]), t || Na());
	}, Fa = (e) => {
		e === Et ? (be = e, u.style.height = "100%", window.requestAnimationFrame(() => {
			u && Pa(u.getBoundingClientRect().height);
		})) : !+e || +e <= 0 || (be = +e, Pa(be), u.style.height = `${be}px`);
	}, Ia = () => {
		mt = U, U === Et && (mt = Array.isArray(H) ? pe(H) : H);
	}, La = (e) => {
		let t = Array.isArray(H) ? [...H] : H;
		Li(e, Ri, { minLength: 1 }) ? H = [...e] : zi(+e) && (H = [+e]), t === H || G(t, H) || (Gr && Gr.destroy(), xt = Cn / H[0], Gr = va(), Ia());
	}, Ra = (e) => {
		!+e || +e < 0 || (ce = +e);
	}, za = (e) => {
		!+e || +e < 0 || (le = +e);
	}, Ba = (e, t) => {
		je = Math.max(1, e), u.width = Math.floor(je * window.devicePixelRatio), ti && (ti.range([0, je]), t || Na());
	}, Va = (e) => {
		e === Et ? (xe = e, u.style.width = "100%", window.requestAnimationFrame(() => {
			u && Ba(u.getBoundingClientRect().width);
		})) : !+e || +e <= 0 || (xe = +e, Ba(xe), u.style.width = `${je}px`);
	}, Ha = (e) => {
		let t = Array.isArray(W) ? [...W] : W;
		Li(e, Ri, { minLength: 1 }) ? W = [...e] : zi(+e) && (W = [+e]), t === W || G(t, W) || (Gr && Gr.destroy(), Gr = va());
	}, Ua = (e) => {
		switch (e) {
			case "valueZ": return Zr;
			case "valueW": return Qr;
			default: return null;
		}
	}, Wa = (e, t) => {
		switch (e) {
			case Ht: return (e) => Math.round(e * (t.length - 1));
			default: return de;
		}
	}, Ga = (e) => {
		d = Sa(e, Hn);
	}, Ka = (e) => {
		ue = Sa(e, Ln, { allowDensity: !0 });
	}, qa = (e) => {
		_e = Sa(e, On);
	}, Ja = (e) => {
		if (e == null) ve = null;
		else if (Array.isArray(e)) ve = e;
		else return;
		if (Jr) {
			if (Zo(), Ze) {
				let e = [];
				if (jr !== null) for (let t = 0; t < jr.length; t++) Qe.has(jr[t]) && e.push.apply(e, bi(jr[t]));
				else {
					let t = ga([...Qe]);
					for (let n of t) e.push.apply(e, bi(n));
				}
				vr.subdata(e);
			} else vr.subdata(Qo($e));
		}
	}, Ya = (e) => {
		ee = Sa(e, qn, {
			allowSegment: !0,
			allowInherit: !0
		});
	}, Xa = (e) => {
		te = Sa(e, Pn, { allowSegment: !0 });
	}, Za = (e) => {
		ae = Sa(e, Mn, { allowSegment: !0 });
	}, Qa = () => o, $a = () => [u.width, u.height], eo = () => l, to = () => Ur, no = () => Wr, ro = () => .5 / Wr, io = () => window.devicePixelRatio, ao = () => vr, oo = () => kr, so = () => Gr, co = () => Kr, lo = () => .5 / Kr, uo = () => 0, fo = () => Sn || Nt, po = () => ir, mo = () => .5 / ir, ho = () => st, go = () => q.view, _o = () => ct, vo = () => Oe(r, st, Oe(r, q.view, ct)), yo = () => window.devicePixelRatio, bo = () => na(xt, q.scaling[0]) * window.devicePixelRatio, xo = () => q.scaling[0] > 1 ? Math.asinh(na(1, q.scaling[0])) / Math.asinh(1) * window.devicePixelRatio : na(xt, q.scaling[0]) * window.devicePixelRatio, So = xo;
	ye === "linear" ? So = bo : ye === "constant" && (So = yo);
	let Co = () => Ze ? Qe.size : $e, wo = () => Y.length, To = () => wo() > 0 ? K : 1, Eo = () => wo() > 0 ? ge : 1, Do = () => +(d === "valueZ"), Oo = () => +(d === "valueW"), ko = () => +(ue === "valueZ"), Ao = () => +(ue === "valueW"), jo = () => +(ue === "density"), Mo = () => +(_e === "valueZ"), No = () => +(_e === "valueW"), Po = () => +s, Fo = () => d === "valueZ" ? Zr === Ht ? N.length - 1 : 1 : Qr === Ht ? N.length - 1 : 1, Io = () => ue === "valueZ" ? Zr === Ht ? W.length - 1 : 1 : Qr === Ht ? W.length - 1 : 1, Lo = () => _e === "valueZ" ? Zr === Ht ? H.length - 1 : 1 : Qr === Ht ? H.length - 1 : 1, Ro = (e) => {
		if (ue !== "density") return 1;
		let t = So(), n = H[0] * t, r = 2 / (2 / q.view[0]) * (2 / (2 / q.view[5])), i = e.viewportHeight, a = e.viewportWidth, o = fe * a * i / (et * n * n) * ra(1, r);
		o *= Le ? 1 : 1 / (.25 * Math.PI);
		let s = na(Cn, n) + .5;
		return o *= (n / s) ** 2, ra(1, na(0, o));
	}, zo = a.regl({
		framebuffer: () => In,
		vert: ki,
		frag: Oi,
		attributes: { position: [
			-4,
			0,
			4,
			4,
			4,
			-4
		] },
		uniforms: {
			startStateTex: () => Pt,
			endStateTex: () => Nt,
			t: (e, t) => t.t
		},
		count: 3
	}), Bo = (e, t, n, r = Dt, i = To, o = Eo) => a.regl({
		frag: Le ? Di : Ti,
		vert: Ei(r),
		blend: {
			enable: !Re,
			func: {
				srcRGB: "src alpha",
				srcAlpha: "one",
				dstRGB: "one minus src alpha",
				dstAlpha: "one minus src alpha"
			}
		},
		depth: { enable: !1 },
		attributes: { stateIndex: {
			buffer: n,
			size: 2
		} },
		uniforms: {
			antiAliasing: Qa,
			resolution: $a,
			modelViewProjection: vo,
			devicePixelRatio: io,
			pointScale: () => So(),
			encodingTex: so,
			encodingTexRes: co,
			encodingTexEps: lo,
			pointOpacityMax: i,
			pointOpacityScale: o,
			pointSizeExtra: e,
			globalState: r,
			colorTex: to,
			colorTexRes: no,
			colorTexEps: ro,
			stateTex: fo,
			stateTexRes: po,
			stateTexEps: mo,
			isColoredByZ: Do,
			isColoredByW: Oo,
			isOpacityByZ: ko,
			isOpacityByW: Ao,
			isOpacityByDensity: jo,
			isSizedByZ: Mo,
			isSizedByW: No,
			isPixelAligned: Po,
			colorMultiplicator: Fo,
			opacityMultiplicator: Io,
			opacityDensity: Ro,
			sizeMultiplicator: Lo,
			numColorStates: jt,
			drawingBufferWidth: (e) => e.drawingBufferWidth,
			drawingBufferHeight: (e) => e.drawingBufferHeight
		},
		count: t,
		primitive: "points"
	}), Vo = Bo(uo, Co, ao), Ho = Bo(uo, () => 1, () => Ar, kt, () => 1, () => 1), Uo = Bo(() => (ce + le * 2) * window.devicePixelRatio, wo, oo, Ot, () => 1, () => 1), Wo = Bo(() => (ce + le) * window.devicePixelRatio, wo, oo, At, () => 1, () => 1), Go = Bo(() => ce * window.devicePixelRatio, wo, oo, Ot, () => 1, () => 1), Ko = () => {
		Uo(), Wo(), Go();
	}, qo = a.regl({
		frag: wt,
		vert: Tt,
		attributes: { position: [
			0,
			1,
			0,
			0,
			1,
			0,
			0,
			1,
			1,
			1,
			1,
			0
		] },
		uniforms: {
			modelViewProjection: vo,
			texture: eo
		},
		count: 6
	}), Jo = a.regl({
		vert: "\n      precision mediump float;\n      uniform mat4 modelViewProjection;\n      attribute vec2 position;\n      void main () {\n        gl_Position = modelViewProjection * vec4(position, 0, 1);\n      }",
		frag: "\n      precision mediump float;\n      uniform vec4 color;\n      void main () {\n        gl_FragColor = vec4(color.rgb, 0.2);\n      }",
		depth: { enable: !1 },
		blend: {
			enable: !0,
			func: {
				srcRGB: "src alpha",
				srcAlpha: "one",
				dstRGB: "one minus src alpha",
				dstAlpha: "one minus src alpha"
			}
		},
		attributes: { position: () => nt },
		uniforms: {
			modelViewProjection: vo,
			color: () => m
		},
		elements: () => He(J.getPoints())
	}), Yo = () => {
		if (!($r >= 0)) return;
		let [e, t] = X[$r].slice(0, 2), r = [
			e,
			t,
			0,
			1
		];
		Oe(n, st, Oe(n, q.view, ct)), Fe(r, r, n), ft.setPoints([
			-1,
			r[1],
			1,
			r[1]
		]), pt.setPoints([
			r[0],
			1,
			r[0],
			-1
		]), ft.draw(), pt.draw(), Bo(() => (ce + le * 2) * window.devicePixelRatio, () => 1, Ar, Ot)(), Bo(() => (ce + le) * window.devicePixelRatio, () => 1, Ar, At)();
	}, Xo = (e) => {
		let t = new Float32Array(e * 2), n = 0;
		for (let r = 0; r < e; ++r) {
			let e = bi(r);
			t[n] = e[0], t[n + 1] = e[1], n += 2;
		}
		return t;
	}, Zo = () => {
		if (ve === null) {
			jr = null, Mr = null;
			return;
		}
		let e = /* @__PURE__ */ new Set(), t = [];
		for (let n = 0; n < ve.length; n++) {
			let r = ve[n];
			Number.isFinite(r) && r >= 0 && r < $e && !e.has(r) && (t.push(r), e.add(r));
		}
		for (let n = 0; n < $e; n++) e.has(n) || t.push(n);
		jr = t, Mr = new Float32Array(t.length * 2);
		let n = 0;
		for (let e = 0; e < t.length; e++) {
			let r = bi(t[e]);
			Mr[n] = r[0], Mr[n + 1] = r[1], n += 2;
		}
	}, Qo = (e) => Mr === null ? Xo(e) : Mr, $o = (e, t = {}) => {
		let n = e.length;
		ir = Math.max(2, Math.ceil(Math.sqrt(n))), _r = .5 / ir;
		let r = new Float32Array(ir ** 2 * 4), i = !0, o = !0, s = 0, c = 0, l = 0;
		for (let t = 0; t < n; ++t) s = t * 4, r[s] = e[t][0], r[s + 1] = e[t][1], c = e[t][2] || 0, l = e[t][3] || 0, r[s + 2] = c, r[s + 3] = l, i &&= Number.isInteger(c), o &&= Number.isInteger(l);
		return Zr = t.z && Wt.includes(t.z) ? t.z : i ? Ut : Ht, Qr = t.w && Wt.includes(t.w) ? t.w : o ? Ut : Ht, a.regl.texture({
			data: r,
			shape: [
				ir,
				ir,
				4
			],
			type: "float"
		});
	}, es = (e, t = {}) => {
		if (!Nt) return !1;
		if (Rr) {
			let e = Pt;
			Pt = Sn, e.destroy();
		} else Pt = Nt;
		return Sn = $o(e, t), In = a.regl.framebuffer({
			color: Sn,
			depth: !1,
			stencil: !1
		}), Nt = void 0, !0;
	}, ts = () => !!(Pt && Sn), ns = () => {
		Pt &&= (Pt.destroy(), void 0), Sn &&= (Sn.destroy(), void 0);
	}, rs = (e, t = {}) => new Promise((n) => {
		Jr = !1;
		let r = t?.preventFilterReset && e.length === $e, i = $e;
		$e = e.length, et = $e, i > 0 && $e !== i && (ve = null, jr = null, Mr = null), Nt && Nt.destroy(), Nt = $o(e, {
			z: t.zDataType,
			w: t.wDataType
		}), r || (Zo(), vr({
			usage: "static",
			type: "float",
			data: Qo($e)
		})), Pr(t.spatialIndex || e, { useWorker: Ie }).then((t) => {
			rt = t, X = e, Jr = !0;
		}).then(n);
	}), is = (e, t) => {
		Nr = q.target, Fr = e, Ir = q.distance[0], Lr = t;
	}, as = () => Nr !== void 0 && Fr !== void 0 && Ir !== void 0 && Lr !== void 0, os = () => {
		Nr = void 0, Fr = void 0, Ir = void 0, Lr = void 0;
	}, ss = (e) => {
		let t = ee === "inherit" ? d : ee;
		if (t === "segment") {
			let t = L.length - 1;
			return t < 1 ? [] : e.reduce((e, n, r) => {
				let i = 0, a = [];
				for (let e = 2; e < n.length; e += 2) {
					let t = Math.sqrt((n[e - 2] - n[e]) ** 2 + (n[e - 1] - n[e + 1]) ** 2);
					a.push(t), i += t;
				}
				e[r] = [0];
				let o = 0;
				for (let s = 0; s < n.length / 2 - 1; s++) o += a[s], e[r].push(Math.floor(o / i * t) * 4);
				return e;
			}, []);
		}
		if (t) {
			let e = Ca(t), n = Wa(Ua(t), ee === "inherit" ? N : L);
			return ut.reduce((t, [r, i]) => (t[r] = n(i[e]) * 4, t), []);
		}
		return Array(ut.length).fill(0);
	}, cs = () => {
		let e = te === "inherit" ? ue : te;
		if (e === "segment") {
			let e = B.length - 1;
			return e < 1 ? [] : ut.reduce((t, [n, r, i]) => (t[n] = me(i, (t) => B[Math.floor(t / (i - 1) * e)]), t), []);
		}
		if (e) {
			let t = Ca(e), n = te === "inherit" ? W : B, r = Wa(Ua(e), n);
			return ut.reduce((e, [i, a]) => (e[i] = n[r(a[t])], e), []);
		}
	}, ls = () => {
		let e = ae === "inherit" ? _e : ae;
		if (e === "segment") {
			let e = V.length - 1;
			return e < 1 ? [] : ut.reduce((t, [n, r, i]) => (t[n] = me(i, (t) => V[Math.floor(t / (i - 1) * e)]), t), []);
		}
		if (e) {
			let t = Ca(e), n = ae === "inherit" ? H : V, r = Wa(Ua(e), n);
			return ut.reduce((e, [i, a]) => (e[i] = n[r(a[t])], e), []);
		}
	}, us = (e) => {
		ut = [];
		let t = 0;
		Object.keys(e).forEach((n, r) => {
			ut[n] = [
				r,
				e[n].reference,
				e[n].length / 2,
				t
			], t += e[n].length / 2;
		});
	}, ds = (e) => new Promise((t) => {
		lt.setPoints([]), e?.length > 0 ? (dt = !0, ya(e, {
			maxIntPointsPerSegment: oe,
			tolerance: se
		}).then((e) => {
			us(e);
			let n = Object.values(e);
			lt.setPoints(n.length === 1 ? n[0] : n, {
				colorIndices: ss(n),
				opacities: cs(),
				widths: ls()
			}), dt = !1, t();
		})) : t();
	}), fs = ({ preventEvent: e = !1 } = {}) => (Ze = !1, Qe.clear(), vr.subdata(Qo($e)), new Promise((n) => {
		let r = () => {
			t.subscribe("draw", () => {
				e || t.publish("unfilter"), n();
			}, 1), Z = !0;
		};
		I || vi(X[0]) ? ds(fi()).then(() => {
			e || t.publish("pointConnectionsDraw"), r();
		}) : r();
	})), ps = (e, { preventEvent: n = !1 } = {}) => {
		Ze = !0, Qe.clear();
		let r = Array.isArray(e) ? e : [e], i = [], a = [], o = [];
		for (let e of r) !Number.isFinite(e) || e < 0 || e >= $e || (i.push(e), Qe.add(e), Ye.has(e) && o.push(e));
		let s;
		if (jr !== null) {
			s = [];
			for (let e = 0; e < jr.length; e++) Qe.has(jr[e]) && s.push(jr[e]);
		} else s = ga([...i]);
		for (let e of s) a.push.apply(a, bi(e));
		return vr.subdata(a), Ai(o, { preventEvent: n }), Qe.has($r) || Fi(-1, { preventEvent: n }), new Promise((e) => {
			let r = () => {
				t.subscribe("draw", () => {
					n || t.publish("filter", { points: i }), e();
				}, 1), Z = !0;
			};
			I || vi(X[0]) ? ds(fi()).then(() => {
				n || t.publish("pointConnectionsDraw"), Ai(o, { preventEvent: n }), r();
			}) : r();
		});
	}, ms = () => pi(_t[0], _t[1], gt[0], gt[1]), hs = Se(() => {
		et = ms().length;
	}, Pe), gs = (e) => {
		let [t, n] = Nr, [r, i] = Fr, a = 1 - e, o = t * a + r * e, s = n * a + i * e, c = Ir * a + Lr * e;
		q.lookAt([o, s], c);
	}, _s = () => ts(), vs = () => as(), ys = (e, t) => {
		zr ||= performance.now();
		let n = performance.now() - zr, r = sa(t(n / e), 0, 1);
		return _s() && zo({ t: r }), vs() && gs(r), n < e;
	}, bs = () => {
		Rr = !1, zr = null, Br = void 0, Vr = void 0, j = Hr, ns(), os(), t.publish("transitionEnd");
	}, xs = ({ duration: e = 500, easing: n = Vt }) => {
		Rr && t.publish("transitionEnd"), Rr = !0, zr = null, Br = e, Vr = Yi(n) ? Bt[n] || Vt : n, Hr = j, j = !1, t.publish("transitionStart");
	}, Ss = (e, n = {}) => Be ? Promise.reject(/* @__PURE__ */ Error(Dr)) : ze ? Promise.reject(/* @__PURE__ */ Error(Or)) : (ze = !0, ca(e).then((e) => new Promise((r) => {
		if (Be) {
			r();
			return;
		}
		let i = !1;
		n.preventFilterReset && e?.length === $e || (Ze = !1, Qe.clear());
		let a = e && vi(e[0]) && (I || n.showPointConnectionsOnce), { zDataType: o, wDataType: s } = n;
		new Promise((c) => {
			e ? (n.transition && (e.length === $e ? i = es(e, {
				z: o,
				w: s
			}) : console.warn("Cannot transition! The number of points between the previous and current draw call must be identical.")), rs(e, {
				zDataType: o,
				wDataType: s,
				preventFilterReset: n.preventFilterReset,
				spatialIndex: n.spatialIndex
			}).then(() => {
				n.hover !== void 0 && Fi(n.hover, { preventEvent: !0 }), n.select !== void 0 && Ai(n.select, { preventEvent: !0 }), n.filter !== void 0 && ps(n.filter, { preventEvent: !0 }), a ? ds(e).then(() => {
					t.publish("pointConnectionsDraw"), Z = !0, yt = n.showReticleOnce;
				}).then(() => r()) : c();
			})) : c();
		}).then(() => {
			n.transition && i ? (a ? Promise.all([new Promise((e) => {
				t.subscribe("transitionEnd", () => {
					Z = !0, yt = n.showReticleOnce, e();
				}, 1);
			}), new Promise((e) => {
				t.subscribe("pointConnectionsDraw", e, 1);
			})]).then(() => r()) : t.subscribe("transitionEnd", () => {
				Z = !0, yt = n.showReticleOnce, r();
			}, 1), xs({
				duration: n.transitionDuration,
				easing: n.transitionEasing
			})) : (a ? Promise.all([new Promise((e) => {
				t.subscribe("draw", e, 1);
			}), new Promise((e) => {
				t.subscribe("pointConnectionsDraw", e, 1);
			})]).then(() => r()) : t.subscribe("draw", () => r(), 1), Z = !0, yt = n.showReticleOnce);
		});
	}).finally(() => {
		ze = !1;
	}))), Cs = (e) => Be ? Promise.reject(new Dr()) : (Yr = !1, e.length === 0 ? new Promise((e) => {
		We.clear(), t.subscribe("draw", e, 1), Yr = !0, Z = !0;
	}) : new Promise((n) => {
		let r = [], i = /* @__PURE__ */ new Map(), a = [], o = [], s = -1, c = (e) => {
			o.push(e.lineWidth || we);
			let t = ia(e.lineColor || Ce, !0), n = `[${t.join(",")}]`;
			if (i.has(n)) {
				let { idx: e } = i.get(n);
				a.push(e);
			} else {
				let e = ++s;
				i.set(n, {
					idx: e,
					color: t
				}), a.push(e);
			}
		};
		for (let t of e) la(t) ? (r.push([
			t.x1 ?? -Te,
			t.y,
			t.x2 ?? Te,
			t.y
		]), c(t)) : ua(t) ? (r.push([
			t.x,
			t.y1 ?? -Te,
			t.x,
			t.y2 ?? Te
		]), c(t)) : fa(t) ? (r.push([
			t.x1,
			t.y1,
			t.x2,
			t.y1,
			t.x2,
			t.y2,
			t.x1,
			t.y2,
			t.x1,
			t.y1
		]), c(t)) : da(t) ? (r.push([
			t.x,
			t.y,
			t.x + t.width,
			t.y,
			t.x + t.width,
			t.y + t.height,
			t.x,
			t.y + t.height,
			t.x,
			t.y
		]), c(t)) : pa(t) && (r.push(t.vertices.flatMap(de)), c(t));
		We.setStyle({ color: Array.from(i.values()).sort((e, t) => e.idx > t.idx ? 1 : -1).map(({ color: e }) => e) }), We.setPoints(r.length === 1 ? r.flat() : r, {
			colorIndices: a,
			widths: o
		}), t.subscribe("draw", n, 1), Yr = !0, Z = !0;
	})), ws = (e) => (...n) => {
		let r = e(...n);
		return Z = !0, new Promise((e) => {
			t.subscribe("draw", () => e(r), 1);
		});
	}, Ts = (e) => {
		let t = Infinity, n = -Infinity, r = Infinity, i = -Infinity;
		for (let a of e) {
			let [e, o] = X[a];
			t = Math.min(t, e), n = Math.max(n, e), r = Math.min(r, o), i = Math.max(i, o);
		}
		return {
			x: t,
			y: r,
			width: n - t,
			height: i - r
		};
	}, Es = (e, n = {}) => new Promise((r) => {
		let i = Fe([], [
			e.x + e.width / 2,
			e.y + e.height / 2,
			0,
			0
		], ct).slice(0, 2), a = 2 * Math.atan(1), o = it / at, s = e.height * o >= e.width ? e.height / 2 / Math.tan(a / 2) : e.width / 2 / Math.tan(a / 2) / o;
		n.transition ? (q.config({ isFixed: !0 }), is(i, s), t.subscribe("transitionEnd", () => {
			r(), q.config({ isFixed: ke });
		}, 1), xs({
			duration: n.transitionDuration,
			easing: n.transitionEasing
		})) : (q.lookAt(i, s), t.subscribe("draw", r, 1), Z = !0);
	}), Ds = (e, t = {}) => {
		if (!Jr) return Promise.reject(/* @__PURE__ */ Error(Er));
		let n = Ts(e), r = n.x + n.width / 2, i = n.y + n.height / 2, a = di(), o = 1 + (t.padding || 0), s = Math.max(n.width, a) * o, c = Math.max(n.height, a) * o, l = r - s / 2, u = i - c / 2;
		return Es({
			x: l,
			y: u,
			width: s,
			height: c
		}, t);
	}, Os = (e, n, r = {}) => new Promise((i) => {
		r.transition ? (q.config({ isFixed: !0 }), is(e, n), t.subscribe("transitionEnd", () => {
			i(), q.config({ isFixed: ke });
		}, 1), xs({
			duration: r.transitionDuration,
			easing: r.transitionEasing
		})) : (q.lookAt(e, n), t.subscribe("draw", i, 1), Z = !0);
	}), ks = (e = {}) => Os([0, 0], 1, e), As = (e) => {
		if (!Jr) throw Error(Er);
		let t = X[e];
		if (!t) return;
		let r = [
			t[0],
			t[1],
			0,
			1
		];
		return Oe(n, ot, Oe(n, q.view, ct)), Fe(r, r, n), [je * (r[0] + 1) / 2, Me * (.5 - r[1] / 2)];
	}, js = () => {
		lt.setStyle({
			color: ba(L, R, z),
			opacity: B === null ? null : B[0],
			width: V[0]
		});
	}, Ms = () => {
		let e = Math.round(Ue) > .5 ? 0 : 255;
		$.initiator.style.border = `1px dashed rgba(${e}, ${e}, ${e}, 0.33)`, $.initiator.style.background = `rgba(${e}, ${e}, ${e}, 0.1)`;
	}, Ns = () => {
		let e = Math.round(Ue) > .5 ? 0 : 255;
		$.longPressIndicator.style.color = `rgb(${e}, ${e}, ${e})`, $.longPressIndicator.dataset.color = `rgb(${e}, ${e}, ${e})`;
		let t = m.map((e) => Math.round(e * 255));
		$.longPressIndicator.dataset.activeColor = `rgb(${t[0]}, ${t[1]}, ${t[2]})`;
	}, Ps = (e) => {
		e && (c = ia(e, !0), Ue = oa(c), Ms(), Ns());
	}, Fs = (e) => {
		e ? Yi(e) ? Hi(a.regl, e).then((e) => {
			l = e, Z = !0, t.publish("backgroundImageReady");
		}).catch(() => {
			console.error(`Count not create texture from ${e}`), l = null;
		}) : l = e._reglType === "texture2d" ? e : null : l = null;
	}, Is = (e) => {
		e > 0 && q.lookAt(q.target, e, q.rotation);
	}, Ls = (e) => {
		e !== null && q.lookAt(q.target, q.distance[0], e);
	}, Rs = (e) => {
		e && q.lookAt(e, q.distance[0], q.rotation);
	}, zs = (e) => {
		e && q.setView(e);
	}, Bs = (e) => {
		ke = !!e, q.config({ isFixed: ke });
	}, Vs = (e) => {
		if (!e) return;
		m = ia(e, !0), J.setStyle({ color: m });
		let t = m.map((e) => Math.round(e * 255));
		$.longPressIndicator.dataset.activeColor = `rgb(${t[0]}, ${t[1]}, ${t[2]})`;
	}, Hs = (e) => {
		Number.isNaN(+e) || +e < 1 || (h = +e, J.setStyle({ width: h }));
	}, Us = (e) => {
		+e && (g = +e, $.set({ minDelay: g }));
	}, Ws = (e) => {
		+e && (_ = +e, $.set({ minDist: _ }));
	}, Gs = (e) => {
		v = Bi(qt, v)(e);
	}, Ks = (e) => {
		y = !!e, $.set({ enableInitiator: y });
	}, qs = (e) => {
		b = e, $.set({ initiatorParentElement: b });
	}, Js = (e) => {
		x = e, $.set({ longPressIndicatorParentElement: x });
	}, Ys = (e) => {
		S = !!e;
	}, Xs = (e) => {
		C = Number(e);
	}, Zs = (e) => {
		w = Number(e);
	}, Qs = (e) => {
		T = Number(e);
	}, $s = (e) => {
		E = Number(e);
	}, ec = (e) => {
		e === "brush" ? $.set({
			type: e,
			minDist: Math.max(Jt, _)
		}) : $.set({
			type: e,
			minDist: _
		}), D = $.get("type");
	}, tc = (e) => {
		O = Number(e) || O, $.set({ brushSize: O });
	}, nc = () => {
		k[ln] ? q.config({
			isRotate: !0,
			mouseDownMoveModKey: k[ln]
		}) : q.config({ isRotate: !1 });
	}, rc = (e) => {
		k = Object.entries(e).reduce((e, [t, n]) => (_n.includes(n) && fn.includes(t) && (e[t] = n), e), {}), nc();
	}, ic = (e) => {
		A = Bi(Rt, Ft)(e), q.config({ defaultMouseDownMoveAction: A === Lt ? "rotate" : "pan" });
	}, ac = (e) => {
		e !== null && (j = e);
	}, oc = (e) => {
		e && (M = ia(e, !0), ft.setStyle({ color: M }), pt.setStyle({ color: M }));
	}, sc = (e) => {
		e && (ti = e, ri = e.domain()[0], ii = e ? e.domain()[1] - e.domain()[0] : 0, ti.range([0, je]), Na());
	}, cc = (e) => {
		e && (ni = e, ai = ni.domain()[0], oi = ni ? ni.domain()[1] - ni.domain()[0] : 0, ni.range([Me, 0]), Na());
	}, lc = (e) => {
		f = !!e;
	}, uc = (e) => {
		p = !!e;
	}, dc = (e) => {
		I = !!e, I ? Jr && vi(X[0]) && ds(fi()).then(() => {
			t.publish("pointConnectionsDraw"), Z = !0;
		}) : ds();
	}, fc = (e, t) => (n) => {
		e(n === "inherit" ? [...t()] : (ea(n) ? n : [n]).map((e) => ia(e, !0))), js();
	}, pc = fc((e) => {
		L = e;
	}, () => N), mc = fc((e) => {
		R = e;
	}, () => P), hc = fc((e) => {
		z = e;
	}, () => F), gc = (e) => {
		Li(e, Ri, { minLength: 1 }) && (B = [...e]), zi(+e) && (B = [+e]), L = L.map((e) => (e[3] = Number.isNaN(+B[0]) ? e[3] : +B[0], e)), js();
	}, _c = (e) => {
		!Number.isNaN(+e) && +e && (ne = +e);
	}, vc = (e) => {
		Li(e, Ri, { minLength: 1 }) && (V = [...e]), zi(+e) && (V = [+e]), js();
	}, yc = (e) => {
		!Number.isNaN(+e) && +e && (ie = Math.max(0, e));
	}, bc = (e) => {
		oe = Math.max(0, e);
	}, xc = (e) => {
		se = Math.max(0, e);
	}, Sc = (e) => {
		U = e, Ia();
	}, Cc = (e) => {
		switch (e) {
			case "linear":
				ye = e, So = bo;
				break;
			case "constant":
				ye = e, So = yo;
				break;
			default: ye = "asinh", So = xo;
		}
	}, wc = (e) => {
		fe = +e;
	}, Tc = (e) => {
		K = +e;
	}, Ec = (e) => {
		ge = +e;
	}, Dc = (e) => {
		Ce = ia(e);
	}, Oc = (e) => {
		we = +e;
	}, kc = (e) => {
		Te = +e;
	}, Ac = (e) => {
		a.gamma = e;
	}, jc = (e) => {
		o = Number(e) || .5;
	}, Mc = (e) => {
		s = !!e;
	}, Nc = (e) => {
		let [t] = Object.keys(xa({ [e]: Tr }));
		if (t === "aspectRatio") return at;
		if (t === "background" || t === "backgroundColor") return c;
		if (t === "backgroundImage") return l;
		if (t === "camera") return q;
		if (t === "cameraTarget") return q.target;
		if (t === "cameraDistance") return q.distance[0];
		if (t === "cameraRotation") return q.rotation;
		if (t === "cameraView") return q.view;
		if (t === "cameraIsFixed") return ke;
		if (t === "canvas") return u;
		if (t === "colorBy") return d;
		if (t === "sizeBy") return _e;
		if (t === "pointOrder") return ve === null ? null : [...ve];
		if (t === "deselectOnDblClick") return f;
		if (t === "deselectOnEscape") return p;
		if (t === "height") return be;
		if (t === "lassoColor") return m;
		if (t === "lassoLineWidth") return h;
		if (t === "lassoMinDelay") return g;
		if (t === "lassoMinDist") return _;
		if (t === "lassoClearEvent") return v;
		if (t === "lassoInitiator") return y;
		if (t === "lassoInitiatorElement") return $.initiator;
		if (t === "lassoInitiatorParentElement") return b;
		if (t === "lassoLongPressIndicatorParentElement") return x;
		if (t === "lassoOnLongPress") return S;
		if (t === "lassoType") return D;
		if (t === "lassoBrushSize") return O;
		if (t === "mouseMode") return A;
		if (t === "opacity") return W.length === 1 ? W[0] : W;
		if (t === "opacityBy") return ue;
		if (t === "opacityByDensityFill") return fe;
		if (t === "opacityByDensityDebounceTime") return Pe;
		if (t === "opacityInactiveMax") return K;
		if (t === "opacityInactiveScale") return ge;
		if (t === "points") return X;
		if (t === "hoveredPoint") return $r;
		if (t === "selectedPoints") return [...Y];
		if (t === "filteredPoints") return Ze ? Array.from(Qe) : Array.from({ length: X.length }, (e, t) => t);
		if (t === "pointsInView") return ms();
		if (t === "pointColor") return N.length === 1 ? N[0] : N;
		if (t === "pointColorActive") return P.length === 1 ? P[0] : P;
		if (t === "pointColorHover") return F.length === 1 ? F[0] : F;
		if (t === "pointOutlineWidth") return le;
		if (t === "pointSize") return H.length === 1 ? H[0] : H;
		if (t === "pointSizeSelected") return ce;
		if (t === "pointSizeMouseDetection") return U;
		if (t === "showPointConnections") return I;
		if (t === "pointConnectionColor") return L.length === 1 ? L[0] : L;
		if (t === "pointConnectionColorActive") return R.length === 1 ? R[0] : R;
		if (t === "pointConnectionColorHover") return z.length === 1 ? z[0] : z;
		if (t === "pointConnectionColorBy") return ee;
		if (t === "pointConnectionOpacity") return B.length === 1 ? B[0] : B;
		if (t === "pointConnectionOpacityBy") return te;
		if (t === "pointConnectionOpacityActive") return ne;
		if (t === "pointConnectionSize") return V.length === 1 ? V[0] : V;
		if (t === "pointConnectionSizeActive") return ie;
		if (t === "pointConnectionSizeBy") return ae;
		if (t === "pointConnectionMaxIntPointsPerSegment") return oe;
		if (t === "pointConnectionTolerance") return se;
		if (t === "pointScaleMode") return ye;
		if (t === "reticleColor") return M;
		if (t === "regl") return a.regl;
		if (t === "showReticle") return j;
		if (t === "version") return Ct;
		if (t === "width") return xe;
		if (t === "xScale") return ti;
		if (t === "yScale") return ni;
		if (t === "performanceMode") return Ne;
		if (t === "renderPointsAsSquares") return Le;
		if (t === "disableAlphaBlending") return Re;
		if (t === "gamma") return a.gamma;
		if (t === "renderer") return a;
		if (t === "isDestroyed") return Be;
		if (t === "isDrawing") return ze;
		if (t === "isPointsDrawn") return Jr;
		if (t === "isPointsFiltered") return Ze;
		if (t === "isAnnotationsDrawn") return Yr;
		if (t === "zDataType") return Zr;
		if (t === "wDataType") return Qr;
		if (t === "spatialIndex") return rt?.data;
		if (t === "annotationLineColor") return Ce;
		if (t === "annotationLineWidth") return we;
		if (t === "annotationHVLineLimit") return Te;
		if (t === "antiAliasing") return o;
		if (t === "pixelAligned") return s;
		if (t === "actionKeyMap") return { ...k };
	}, Pc = (e = {}) => Be ? Promise.reject(/* @__PURE__ */ Error(Dr)) : (xa(e), (e.backgroundColor !== void 0 || e.background !== void 0) && Ps(e.backgroundColor || e.background), e.backgroundImage !== void 0 && Fs(e.backgroundImage), e.cameraTarget !== void 0 && Rs(e.cameraTarget), e.cameraDistance !== void 0 && Is(e.cameraDistance), e.cameraRotation !== void 0 && Ls(e.cameraRotation), e.cameraView !== void 0 && zs(e.cameraView), e.cameraIsFixed !== void 0 && Bs(e.cameraIsFixed), e.colorBy !== void 0 && Ga(e.colorBy), e.pointColor !== void 0 && ka(e.pointColor), e.pointColorActive !== void 0 && Aa(e.pointColorActive), e.pointColorHover !== void 0 && ja(e.pointColorHover), e.pointSize !== void 0 && La(e.pointSize), e.pointSizeSelected !== void 0 && Ra(e.pointSizeSelected), e.pointSizeMouseDetection !== void 0 && Sc(e.pointSizeMouseDetection), e.sizeBy !== void 0 && qa(e.sizeBy), e.pointOrder !== void 0 && Ja(e.pointOrder), e.opacity !== void 0 && Ha(e.opacity), e.showPointConnections !== void 0 && dc(e.showPointConnections), e.pointConnectionColor !== void 0 && pc(e.pointConnectionColor), e.pointConnectionColorActive !== void 0 && mc(e.pointConnectionColorActive), e.pointConnectionColorHover !== void 0 && hc(e.pointConnectionColorHover), e.pointConnectionColorBy !== void 0 && Ya(e.pointConnectionColorBy), e.pointConnectionOpacityBy !== void 0 && Xa(e.pointConnectionOpacityBy), e.pointConnectionOpacity !== void 0 && gc(e.pointConnectionOpacity), e.pointConnectionOpacityActive !== void 0 && _c(e.pointConnectionOpacityActive), e.pointConnectionSize !== void 0 && vc(e.pointConnectionSize), e.pointConnectionSizeActive !== void 0 && yc(e.pointConnectionSizeActive), e.pointConnectionSizeBy !== void 0 && Za(e.pointConnectionSizeBy), e.pointConnectionMaxIntPointsPerSegment !== void 0 && bc(e.pointConnectionMaxIntPointsPerSegment), e.pointConnectionTolerance !== void 0 && xc(e.pointConnectionTolerance), e.pointScaleMode !== void 0 && Cc(e.pointScaleMode), e.opacityBy !== void 0 && Ka(e.opacityBy), e.lassoColor !== void 0 && Vs(e.lassoColor), e.lassoLineWidth !== void 0 && Hs(e.lassoLineWidth), e.lassoMinDelay !== void 0 && Us(e.lassoMinDelay), e.lassoMinDist !== void 0 && Ws(e.lassoMinDist), e.lassoClearEvent !== void 0 && Gs(e.lassoClearEvent), e.lassoInitiator !== void 0 && Ks(e.lassoInitiator), e.lassoInitiatorParentElement !== void 0 && qs(e.lassoInitiatorParentElement), e.lassoLongPressIndicatorParentElement !== void 0 && Js(e.lassoLongPressIndicatorParentElement), e.lassoOnLongPress !== void 0 && Ys(e.lassoOnLongPress), e.lassoLongPressTime !== void 0 && Xs(e.lassoLongPressTime), e.lassoLongPressAfterEffectTime !== void 0 && Zs(e.lassoLongPressAfterEffectTime), e.lassoLongPressEffectDelay !== void 0 && Qs(e.lassoLongPressEffectDelay), e.lassoLongPressRevertEffectTime !== void 0 && $s(e.lassoLongPressRevertEffectTime), e.lassoType !== void 0 && ec(e.lassoType), e.lassoBrushSize !== void 0 && tc(e.lassoBrushSize), e.actionKeyMap !== void 0 && rc(e.actionKeyMap), e.mouseMode !== void 0 && ic(e.mouseMode), e.showReticle !== void 0 && ac(e.showReticle), e.reticleColor !== void 0 && oc(e.reticleColor), e.pointOutlineWidth !== void 0 && za(e.pointOutlineWidth), e.height !== void 0 && Fa(e.height), e.width !== void 0 && Va(e.width), e.aspectRatio !== void 0 && Da(e.aspectRatio), e.xScale !== void 0 && sc(e.xScale), e.yScale !== void 0 && cc(e.yScale), e.deselectOnDblClick !== void 0 && lc(e.deselectOnDblClick), e.deselectOnEscape !== void 0 && uc(e.deselectOnEscape), e.opacityByDensityFill !== void 0 && wc(e.opacityByDensityFill), e.opacityInactiveMax !== void 0 && Tc(e.opacityInactiveMax), e.opacityInactiveScale !== void 0 && Ec(e.opacityInactiveScale), e.gamma !== void 0 && Ac(e.gamma), e.annotationLineColor !== void 0 && Dc(e.annotationLineColor), e.annotationLineWidth !== void 0 && Oc(e.annotationLineWidth), e.annotationHVLineLimit !== void 0 && kc(e.annotationHVLineLimit), e.antiAliasing !== void 0 && jc(e.antiAliasing), e.pixelAligned !== void 0 && Mc(e.pixelAligned), new Promise((e) => {
		window.requestAnimationFrame(() => {
			!Be && u && (Ea(), q.refresh(), a.refresh(), Zc(), e());
		});
	})), Fc = (e, { preventEvent: t = !1 } = {}) => {
		zs(e), Z = !0, vt = t;
	}, Ic = () => {
		q ||= Ve(u, {
			isFixed: ke,
			isPanInverted: [!1, !0],
			defaultMouseDownMoveAction: A === Lt ? "rotate" : "pan"
		}), e.cameraView ? q.setView(Ee(e.cameraView)) : e.cameraTarget || e.cameraDistance || e.cameraRotation ? q.lookAt([...e.cameraTarget || er], e.cameraDistance || tr, e.cameraRotation || nr) : q.setView(Ee(rr)), gt = ui(1, 1), _t = ui(-1, -1);
	}, Lc = ({ preventEvent: e = !1 } = {}) => {
		Ic(), Na(), e || t.publish("view", {
			view: q.view,
			camera: q,
			xScale: ti,
			yScale: ni
		});
	}, Rc = ({ key: e }) => {
		e === "Escape" && p && Si();
	}, zc = () => {
		ei = !0, Xr = !0;
	}, Bc = () => {
		Fi(), ei = !1, Xr = !0, Z = !0;
	}, Vc = () => {
		Z = !0;
	}, Hc = () => {
		rs([]), lt.clear();
	}, Uc = () => {
		lt.clear();
	}, Wc = () => {
		Cs([]);
	}, Gc = () => {
		Hc(), Wc();
	}, Kc = () => {
		let e = xe === Et, t = be === Et;
		if (e || t) {
			let { width: n, height: r } = u.getBoundingClientRect();
			e && Ba(n, !0), t && Pa(r, !0), Ea(), Na(), Z = !0;
		}
		q.refresh();
	}, qc = async (e) => {
		u.style.userSelect = "none";
		let n = window.devicePixelRatio, r = H, i = xe, c = be, l = a.canvas.width / n, d = a.canvas.height / n, f = s, p = o, m = e?.scale || 1, h = Array.isArray(H) ? H.map((e) => e * m) : H * m, g = je * m, _ = Me * m;
		La(h), Va(g), Fa(_), Mc(e?.pixelAligned || s), jc(e?.antiAliasing || o), a.resize(xe, be), a.refresh(), await new Promise((e) => {
			t.subscribe("draw", e, 1), Zc();
		});
		let v = u.getContext("2d").getImageData(0, 0, u.width, u.height);
		return a.resize(l, d), a.refresh(), La(r), Va(i), Fa(c), Mc(f), jc(p), await new Promise((e) => {
			t.subscribe("draw", e, 1), Zc();
		}), u.style.userSelect = null, v;
	}, Jc = (e) => e === void 0 ? u.getContext("2d").getImageData(0, 0, u.width, u.height) : qc(e), Yc = () => {
		Ea(), Ic(), Na(), J = St(a.regl, {
			color: m,
			width: h,
			is2d: !0
		}), lt = St(a.regl, {
			color: ba(L, R, z),
			opacity: B === null ? null : B[0],
			width: V[0],
			is2d: !0
		}), ft = St(a.regl, {
			color: M,
			width: 1,
			is2d: !0
		}), pt = St(a.regl, {
			color: M,
			width: 1,
			is2d: !0
		}), We = St(a.regl, {
			color: Ce,
			width: we,
			is2d: !0
		}), Ia(), u.addEventListener("wheel", Vc), vr = a.regl.buffer(), kr = a.regl.buffer(), Ar = a.regl.buffer({
			usage: "dynamic",
			type: "float",
			length: Mt * 2
		}), Ur = wa(), Gr = va();
		let e = Pc({
			backgroundImage: l,
			width: xe,
			height: be,
			actionKeyMap: k
		});
		Ms(), Ns(), window.addEventListener("keyup", Rc, !1), window.addEventListener("blur", aa, !1), window.addEventListener("mouseup", Xi, !1), window.addEventListener("mousemove", $i, !1), u.addEventListener("mousedown", qi, !1), u.addEventListener("mouseenter", zc, !1), u.addEventListener("mouseleave", Bc, !1), u.addEventListener("click", Zi, !1), u.addEventListener("dblclick", Qi, !1), "ResizeObserver" in window ? (bt = new ResizeObserver(Kc), bt.observe(u)) : (window.addEventListener("resize", Kc), window.addEventListener("orientationchange", Kc)), e.then(() => {
			t.publish("init");
		});
	}, Xc = a.onFrame(() => {
		if (qr = q.tick(), !Jr && !Yr || !Z && !Rr) return;
		Rr && !ys(Br, Vr) && bs(), qr && (gt = ui(1, 1), _t = ui(-1, -1), ue === "density" && hs()), a.render(() => {
			let e = u.width / a.canvas.width, t = u.height / a.canvas.height;
			Ta(e, t), l?._reglType && qo(), nt.length > 2 && Jo(), Rr || lt.draw({
				projection: ho(),
				model: _o(),
				view: go()
			});
			let n = Co();
			Jr && n > 0 && Vo(), !Ge && (j || yt) && Yo(), $r >= 0 && Ho(), Y.length > 0 && Ko(), We.draw({
				projection: ho(),
				model: _o(),
				view: go()
			}), J.draw({
				projection: ho(),
				model: _o(),
				view: go()
			});
		}, u);
		let e = {
			view: q.view,
			isViewChanged: qr,
			camera: q,
			xScale: ti,
			yScale: ni
		};
		qr && (Na(), vt ? vt = !1 : t.publish("view", e)), Z = !1, yt = !1, t.publish("drawing", e, { async: !1 }), t.publish("draw", e);
	}), Zc = () => {
		Z = !0;
	};
	return Yc(), {
		get isSupported() {
			return a.isSupported;
		},
		clear: ws(Gc),
		clearPoints: ws(Hc),
		clearPointConnections: ws(Uc),
		clearAnnotations: ws(Wc),
		createTextureFromUrl: (e, t = yr) => Hi(a.regl, e, t),
		deselect: Si,
		destroy: () => {
			Jr = !1, Yr = !1, Be = !0, Xc(), window.removeEventListener("keyup", Rc, !1), window.removeEventListener("blur", aa, !1), window.removeEventListener("mouseup", Xi, !1), window.removeEventListener("mousemove", $i, !1), u.removeEventListener("mousedown", qi, !1), u.removeEventListener("mouseenter", zc, !1), u.removeEventListener("mouseleave", Bc, !1), u.removeEventListener("click", Zi, !1), u.removeEventListener("dblclick", Qi, !1), u.removeEventListener("wheel", Vc, !1), bt ? bt.disconnect() : (window.removeEventListener("resize", Kc), window.removeEventListener("orientationchange", Kc)), u = void 0, q.dispose(), q = void 0, J.destroy(), $.destroy(), lt.destroy(), ft.destroy(), pt.destroy(), Ur && Ur.destroy(), Gr && Gr.destroy(), e.renderer || a.isDestroyed || a.destroy(), t.publish("destroy"), t.clear();
		},
		draw: Ss,
		drawAnnotations: Cs,
		filter: ps,
		get: Nc,
		getScreenPosition: As,
		hover: Fi,
		lassoSelect: ji,
		redraw: Zc,
		refresh: a.refresh,
		reset: ws(Lc),
		select: Ai,
		set: Pc,
		export: Jc,
		subscribe: t.subscribe,
		unfilter: fs,
		unsubscribe: t.unsubscribe,
		view: Fc,
		zoomToLocation: Os,
		zoomToArea: Es,
		zoomToPoints: Ds,
		zoomToOrigin: ks
	};
}, Ta = 3;
function Ea(e, t, n, r, i) {
	let [a, o] = [Math.max(1, Math.ceil(e.clientWidth / Ta)), Math.max(1, Math.ceil(e.clientHeight / Ta))], s = new Float32Array(a * o), c = i ? new Float32Array(a * o * 3) : null, l = i ? i.palette.map(S) : [], [u, d] = [r.x[0], r.y[1]], f = a / (r.x[1] - u), p = o / (d - r.y[0]), m = 0;
	for (let e = 0; e < t.length; e++) {
		let r = Math.floor((t[e] - u) * f), h = Math.floor((d - n[e]) * p);
		if (r < 0 || h < 0 || r >= a || h >= o) continue;
		let g = h * a + r;
		if (s[g] += 1, m++, c) {
			let t = l[i.codes[e]];
			for (let e = 0; e < 3; e++) c[3 * g + e] += t[e];
		}
	}
	return Da(e, a, o, s, c), m;
}
function Da(e, t, n, r, i) {
	let a = Math.log1p(r.reduce((e, t) => Math.max(e, t), 1)), o = new ImageData(t, n);
	for (let e = 0; e < r.length; e++) {
		let t = r[e];
		if (!t) continue;
		let n = Math.log1p(t) / a, s = i ? [
			i[3 * e] / t,
			i[3 * e + 1] / t,
			i[3 * e + 2] / t
		] : w(n);
		o.data.set([...s, i ? 70 + 185 * n : 255], 4 * e);
	}
	e.width = t, e.height = n, e.getContext("2d").putImageData(o, 0, 0);
}
// src/touch.ts
function Oa(e, t) {
	let { clientX: n, clientY: r } = t;
	return new MouseEvent(e, {
		clientX: n,
		clientY: r,
		bubbles: !0,
		cancelable: !0,
		buttons: 1,
		view: window
	});
}
function ka(e) {
	let [t, n] = [e[0], e[1]];
	return Math.hypot(t.clientX - n.clientX, t.clientY - n.clientY);
}
function Aa(e, t) {
	let n = 0;
	e.addEventListener("touchstart", (e) => {
		e.touches.length === 2 && (n = ka(e.touches)), e.touches.length === 1 && (t.dispatchEvent(Oa("mouseenter", e.touches[0])), t.dispatchEvent(Oa("mousemove", e.touches[0])), t.dispatchEvent(Oa("mousedown", e.touches[0])));
	}, { passive: !0 }), e.addEventListener("touchmove", (e) => {
		if (e.preventDefault(), e.touches.length === 1 && t.dispatchEvent(Oa("mousemove", e.touches[0])), e.touches.length !== 2) return;
		let r = ka(e.touches), { clientX: i, clientY: a } = e.touches[0];
		t.dispatchEvent(new WheelEvent("wheel", {
			deltaY: (n - r) * 2,
			clientX: i,
			clientY: a,
			cancelable: !0
		})), n = r;
	}, { passive: !1 }), e.addEventListener("touchend", (e) => t.dispatchEvent(Oa("mouseup", e.changedTouches[0])), { passive: !0 });
}
// node_modules/d3-array/dist/d3-array.mjs
function ja(e, t) {
	return e == null || t == null ? NaN : e < t ? -1 : e > t ? 1 : e >= t ? 0 : NaN;
}
function Ma(e, t) {
	return e == null || t == null ? NaN : t < e ? -1 : t > e ? 1 : t >= e ? 0 : NaN;
}
function Na(e) {
	let t, n, r;
	e.length === 2 ? (t = e === ja || e === Ma ? e : Pa, n = e, r = e) : (t = ja, n = (t, n) => ja(e(t), n), r = (t, n) => e(t) - n);
	function i(e, r, i = 0, a = e.length) {
		if (i < a) {
			if (t(r, r) !== 0) return a;
			do {
				let t = i + a >>> 1;
				n(e[t], r) < 0 ? i = t + 1 : a = t;
			} while (i < a);
		}
		return i;
	}
	function a(e, r, i = 0, a = e.length) {
		if (i < a) {
			if (t(r, r) !== 0) return a;
			do {
				let t = i + a >>> 1;
				n(e[t], r) <= 0 ? i = t + 1 : a = t;
			} while (i < a);
		}
		return i;
	}
	function o(e, t, n = 0, a = e.length) {
		let o = i(e, t, n, a - 1);
		return o > n && r(e[o - 1], t) > -r(e[o], t) ? o - 1 : o;
	}
	return {
		left: i,
		center: o,
		right: a
	};
}
function Pa() {
	return 0;
}
function Fa(e) {
	return e === null ? NaN : +e;
}
var Ia = Na(ja), La = Ia.right;
Ia.left, Na(Fa).center, Array.prototype.slice;
var Ra = Math.sqrt(50), za = Math.sqrt(10), Ba = Math.sqrt(2);
function Va(e, t, n) {
	let r = (t - e) / Math.max(0, n), i = Math.floor(Math.log10(r)), a = r / 10 ** i, o = a >= Ra ? 10 : a >= za ? 5 : a >= Ba ? 2 : 1, s, c, l;
	return i < 0 ? (l = 10 ** -i / o, s = Math.round(e * l), c = Math.round(t * l), s / l < e && ++s, c / l > t && --c, l = -l) : (l = 10 ** i * o, s = Math.round(e / l), c = Math.round(t / l), s * l < e && ++s, c * l > t && --c), c < s && .5 <= n && n < 2 ? Va(e, t, n * 2) : [
		s,
		c,
		l
	];
}
function Ha(e, t, n) {
	if (t = +t, e = +e, n = +n, !(n > 0)) return [];
	if (e === t) return [e];
	let r = t < e, [i, a, o] = r ? Va(t, e, n) : Va(e, t, n);
	if (!(a >= i)) return [];
	let s = a - i + 1, c = Array(s);
	if (r) {
		if (o < 0) for (let e = 0; e < s; ++e) c[e] = (a - e) / -o;
		else for (let e = 0; e < s; ++e) c[e] = (a - e) * o;
	} else if (o < 0) for (let e = 0; e < s; ++e) c[e] = (i + e) / -o;
	else for (let e = 0; e < s; ++e) c[e] = (i + e) * o;
	return c;
}
function Ua(e, t, n) {
	return t = +t, e = +e, n = +n, Va(e, t, n)[2];
}
function Wa(e, t, n) {
	t = +t, e = +e, n = +n;
	let r = t < e, i = r ? Ua(t, e, n) : Ua(e, t, n);
	return (r ? -1 : 1) * (i < 0 ? 1 / -i : i);
}
// node_modules/d3-color/dist/d3-color.mjs
function Ga(e, t, n) {
	e.prototype = t.prototype = n, n.constructor = e;
}
function Ka(e, t) {
	var n = Object.create(e.prototype);
	for (var r in t) n[r] = t[r];
	return n;
}
function qa() {}
var Ja = .7, Ya = 1 / Ja, Xa = "\\s*([+-]?\\d+)\\s*", Za = "\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)\\s*", Qa = "\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)%\\s*", $a = /^#([0-9a-f]{3,8})$/, eo = RegExp(`^rgb\\(${Xa},${Xa},${Xa}\\)$`), to = RegExp(`^rgb\\(${Qa},${Qa},${Qa}\\)$`), no = RegExp(`^rgba\\(${Xa},${Xa},${Xa},${Za}\\)$`), ro = RegExp(`^rgba\\(${Qa},${Qa},${Qa},${Za}\\)$`), io = RegExp(`^hsl\\(${Za},${Qa},${Qa}\\)$`), ao = RegExp(`^hsla\\(${Za},${Qa},${Qa},${Za}\\)$`), oo = {
	aliceblue: 15792383,
	antiquewhite: 16444375,
	aqua: 65535,
	aquamarine: 8388564,
	azure: 15794175,
	beige: 16119260,
	bisque: 16770244,
	black: 0,
	blanchedalmond: 16772045,
	blue: 255,
	blueviolet: 9055202,
	brown: 10824234,
	burlywood: 14596231,
	cadetblue: 6266528,
	chartreuse: 8388352,
	chocolate: 13789470,
	coral: 16744272,
	cornflowerblue: 6591981,
	cornsilk: 16775388,
	crimson: 14423100,
	cyan: 65535,
	darkblue: 139,
	darkcyan: 35723,
	darkgoldenrod: 12092939,
	darkgray: 11119017,
	darkgreen: 25600,
	darkgrey: 11119017,
	darkkhaki: 12433259,
	darkmagenta: 9109643,
	darkolivegreen: 5597999,
	darkorange: 16747520,
	darkorchid: 10040012,
	darkred: 9109504,
	darksalmon: 15308410,
	darkseagreen: 9419919,
	darkslateblue: 4734347,
	darkslategray: 3100495,
	darkslategrey: 3100495,
	darkturquoise: 52945,
	darkviolet: 9699539,
	deeppink: 16716947,
	deepskyblue: 49151,
	dimgray: 6908265,
	dimgrey: 6908265,
	dodgerblue: 2003199,
	firebrick: 11674146,
	floralwhite: 16775920,
	forestgreen: 2263842,
	fuchsia: 16711935,
	gainsboro: 14474460,
	ghostwhite: 16316671,
	gold: 16766720,
	goldenrod: 14329120,
	gray: 8421504,
	green: 32768,
	greenyellow: 11403055,
	grey: 8421504,
	honeydew: 15794160,
	hotpink: 16738740,
	indianred: 13458524,
	indigo: 4915330,
	ivory: 16777200,
	khaki: 15787660,
	lavender: 15132410,
	lavenderblush: 16773365,
	lawngreen: 8190976,
	lemonchiffon: 16775885,
	lightblue: 11393254,
	lightcoral: 15761536,
	lightcyan: 14745599,
	lightgoldenrodyellow: 16448210,
	lightgray: 13882323,
	lightgreen: 9498256,
	lightgrey: 13882323,
	lightpink: 16758465,
	lightsalmon: 16752762,
	lightseagreen: 2142890,
	lightskyblue: 8900346,
	lightslategray: 7833753,
	lightslategrey: 7833753,
	lightsteelblue: 11584734,
	lightyellow: 16777184,
	lime: 65280,
	limegreen: 3329330,
	linen: 16445670,
	magenta: 16711935,
	maroon: 8388608,
	mediumaquamarine: 6737322,
	mediumblue: 205,
	mediumorchid: 12211667,
	mediumpurple: 9662683,
	mediumseagreen: 3978097,
	mediumslateblue: 8087790,
	mediumspringgreen: 64154,
	mediumturquoise: 4772300,
	mediumvioletred: 13047173,
	midnightblue: 1644912,
	mintcream: 16121850,
	mistyrose: 16770273,
	moccasin: 16770229,
	navajowhite: 16768685,
	navy: 128,
	oldlace: 16643558,
	olive: 8421376,
	olivedrab: 7048739,
	orange: 16753920,
	orangered: 16729344,
	orchid: 14315734,
	palegoldenrod: 15657130,
	palegreen: 10025880,
	paleturquoise: 11529966,
	palevioletred: 14381203,
	papayawhip: 16773077,
	peachpuff: 16767673,
	peru: 13468991,
	pink: 16761035,
	plum: 14524637,
	powderblue: 11591910,
	purple: 8388736,
	rebeccapurple: 6697881,
	red: 16711680,
	rosybrown: 12357519,
	royalblue: 4286945,
	saddlebrown: 9127187,
	salmon: 16416882,
	sandybrown: 16032864,
	seagreen: 3050327,
	seashell: 16774638,
	sienna: 10506797,
	silver: 12632256,
	skyblue: 8900331,
	slateblue: 6970061,
	slategray: 7372944,
	slategrey: 7372944,
	snow: 16775930,
	springgreen: 65407,
	steelblue: 4620980,
	tan: 13808780,
	teal: 32896,
	thistle: 14204888,
	tomato: 16737095,
	turquoise: 4251856,
	violet: 15631086,
	wheat: 16113331,
	white: 16777215,
	whitesmoke: 16119285,
	yellow: 16776960,
	yellowgreen: 10145074
};
Ga(qa, fo, {
	copy(e) {
		return Object.assign(new this.constructor(), this, e);
	},
	displayable() {
		return this.rgb().displayable();
	},
	hex: so,
	formatHex: so,
	formatHex8: co,
	formatHsl: lo,
	formatRgb: uo,
	toString: uo
});
function so() {
	return this.rgb().formatHex();
}
function co() {
	return this.rgb().formatHex8();
}
function lo() {
	return To(this).formatHsl();
}
function uo() {
	return this.rgb().formatRgb();
}
function fo(e) {
	var t, n;
	return e = (e + "").trim().toLowerCase(), (t = $a.exec(e)) ? (n = t[1].length, t = parseInt(t[1], 16), n === 6 ? po(t) : n === 3 ? new _o(t >> 8 & 15 | t >> 4 & 240, t >> 4 & 15 | t & 240, (t & 15) << 4 | t & 15, 1) : n === 8 ? mo(t >> 24 & 255, t >> 16 & 255, t >> 8 & 255, (t & 255) / 255) : n === 4 ? mo(t >> 12 & 15 | t >> 8 & 240, t >> 8 & 15 | t >> 4 & 240, t >> 4 & 15 | t & 240, ((t & 15) << 4 | t & 15) / 255) : null) : (t = eo.exec(e)) ? new _o(t[1], t[2], t[3], 1) : (t = to.exec(e)) ? new _o(t[1] * 255 / 100, t[2] * 255 / 100, t[3] * 255 / 100, 1) : (t = no.exec(e)) ? mo(t[1], t[2], t[3], t[4]) : (t = ro.exec(e)) ? mo(t[1] * 255 / 100, t[2] * 255 / 100, t[3] * 255 / 100, t[4]) : (t = io.exec(e)) ? wo(t[1], t[2] / 100, t[3] / 100, 1) : (t = ao.exec(e)) ? wo(t[1], t[2] / 100, t[3] / 100, t[4]) : oo.hasOwnProperty(e) ? po(oo[e]) : e === "transparent" ? new _o(NaN, NaN, NaN, 0) : null;
}
function po(e) {
	return new _o(e >> 16 & 255, e >> 8 & 255, e & 255, 1);
}
function mo(e, t, n, r) {
	return r <= 0 && (e = t = n = NaN), new _o(e, t, n, r);
}
function ho(e) {
	return e instanceof qa || (e = fo(e)), e ? (e = e.rgb(), new _o(e.r, e.g, e.b, e.opacity)) : new _o();
}
function go(e, t, n, r) {
	return arguments.length === 1 ? ho(e) : new _o(e, t, n, r ?? 1);
}
function _o(e, t, n, r) {
	this.r = +e, this.g = +t, this.b = +n, this.opacity = +r;
}
Ga(_o, go, Ka(qa, {
	brighter(e) {
		return e = e == null ? Ya : Ya ** +e, new _o(this.r * e, this.g * e, this.b * e, this.opacity);
	},
	darker(e) {
		return e = e == null ? Ja : Ja ** +e, new _o(this.r * e, this.g * e, this.b * e, this.opacity);
	},
	rgb() {
		return this;
	},
	clamp() {
		return new _o(So(this.r), So(this.g), So(this.b), xo(this.opacity));
	},
	displayable() {
		return -.5 <= this.r && this.r < 255.5 && -.5 <= this.g && this.g < 255.5 && -.5 <= this.b && this.b < 255.5 && 0 <= this.opacity && this.opacity <= 1;
	},
	hex: vo,
	formatHex: vo,
	formatHex8: yo,
	formatRgb: bo,
	toString: bo
}));
function vo() {
	return `#${Co(this.r)}${Co(this.g)}${Co(this.b)}`;
}
function yo() {
	return `#${Co(this.r)}${Co(this.g)}${Co(this.b)}${Co((isNaN(this.opacity) ? 1 : this.opacity) * 255)}`;
}
function bo() {
	let e = xo(this.opacity);
	return `${e === 1 ? "rgb(" : "rgba("}${So(this.r)}, ${So(this.g)}, ${So(this.b)}${e === 1 ? ")" : `, ${e})`}`;
}
function xo(e) {
	return isNaN(e) ? 1 : Math.max(0, Math.min(1, e));
}
function So(e) {
	return Math.max(0, Math.min(255, Math.round(e) || 0));
}
function Co(e) {
	return e = So(e), (e < 16 ? "0" : "") + e.toString(16);
}
function wo(e, t, n, r) {
	return r <= 0 ? e = t = n = NaN : n <= 0 || n >= 1 ? e = t = NaN : t <= 0 && (e = NaN), new Do(e, t, n, r);
}
function To(e) {
	if (e instanceof Do) return new Do(e.h, e.s, e.l, e.opacity);
	if (e instanceof qa || (e = fo(e)), !e) return new Do();
	if (e instanceof Do) return e;
	e = e.rgb();
	var t = e.r / 255, n = e.g / 255, r = e.b / 255, i = Math.min(t, n, r), a = Math.max(t, n, r), o = NaN, s = a - i, c = (a + i) / 2;
	return s ? (o = t === a ? (n - r) / s + (n < r) * 6 : n === a ? (r - t) / s + 2 : (t - n) / s + 4, s /= c < .5 ? a + i : 2 - a - i, o *= 60) : s = c > 0 && c < 1 ? 0 : o, new Do(o, s, c, e.opacity);
}
function Eo(e, t, n, r) {
	return arguments.length === 1 ? To(e) : new Do(e, t, n, r ?? 1);
}
function Do(e, t, n, r) {
	this.h = +e, this.s = +t, this.l = +n, this.opacity = +r;
}
Ga(Do, Eo, Ka(qa, {
	brighter(e) {
		return e = e == null ? Ya : Ya ** +e, new Do(this.h, this.s, this.l * e, this.opacity);
	},
	darker(e) {
		return e = e == null ? Ja : Ja ** +e, new Do(this.h, this.s, this.l * e, this.opacity);
	},
	rgb() {
		var e = this.h % 360 + (this.h < 0) * 360, t = isNaN(e) || isNaN(this.s) ? 0 : this.s, n = this.l, r = n + (n < .5 ? n : 1 - n) * t, i = 2 * n - r;
		return new _o(Ao(e >= 240 ? e - 240 : e + 120, i, r), Ao(e, i, r), Ao(e < 120 ? e + 240 : e - 120, i, r), this.opacity);
	},
	clamp() {
		return new Do(Oo(this.h), ko(this.s), ko(this.l), xo(this.opacity));
	},
	displayable() {
		return (0 <= this.s && this.s <= 1 || isNaN(this.s)) && 0 <= this.l && this.l <= 1 && 0 <= this.opacity && this.opacity <= 1;
	},
	formatHsl() {
		let e = xo(this.opacity);
		return `${e === 1 ? "hsl(" : "hsla("}${Oo(this.h)}, ${ko(this.s) * 100}%, ${ko(this.l) * 100}%${e === 1 ? ")" : `, ${e})`}`;
	}
}));
function Oo(e) {
	return e = (e || 0) % 360, e < 0 ? e + 360 : e;
}
function ko(e) {
	return Math.max(0, Math.min(1, e || 0));
}
function Ao(e, t, n) {
	return (e < 60 ? t + (n - t) * e / 60 : e < 180 ? n : e < 240 ? t + (n - t) * (240 - e) / 60 : t) * 255;
}
var jo = Math.PI / 180, Mo = 180 / Math.PI, No = 18, Po = .96422, Fo = 1, Io = .82521, Lo = 4 / 29, Ro = 6 / 29, zo = 3 * Ro * Ro, Bo = Ro * Ro * Ro;
function Vo(e) {
	if (e instanceof Uo) return new Uo(e.l, e.a, e.b, e.opacity);
	if (e instanceof Xo) return Zo(e);
	e instanceof _o || (e = ho(e));
	var t = qo(e.r), n = qo(e.g), r = qo(e.b), i = Wo((.2225045 * t + .7168786 * n + .0606169 * r) / Fo), a, o;
	return t === n && n === r ? a = o = i : (a = Wo((.4360747 * t + .3850649 * n + .1430804 * r) / Po), o = Wo((.0139322 * t + .0971045 * n + .7141733 * r) / Io)), new Uo(116 * i - 16, 500 * (a - i), 200 * (i - o), e.opacity);
}
function Ho(e, t, n, r) {
	return arguments.length === 1 ? Vo(e) : new Uo(e, t, n, r ?? 1);
}
function Uo(e, t, n, r) {
	this.l = +e, this.a = +t, this.b = +n, this.opacity = +r;
}
Ga(Uo, Ho, Ka(qa, {
	brighter(e) {
		return new Uo(this.l + No * (e ?? 1), this.a, this.b, this.opacity);
	},
	darker(e) {
		return new Uo(this.l - No * (e ?? 1), this.a, this.b, this.opacity);
	},
	rgb() {
		var e = (this.l + 16) / 116, t = isNaN(this.a) ? e : e + this.a / 500, n = isNaN(this.b) ? e : e - this.b / 200;
		return t = Po * Go(t), e = Fo * Go(e), n = Io * Go(n), new _o(Ko(3.1338561 * t - 1.6168667 * e - .4906146 * n), Ko(-.9787684 * t + 1.9161415 * e + .033454 * n), Ko(.0719453 * t - .2289914 * e + 1.4052427 * n), this.opacity);
	}
}));
function Wo(e) {
	return e > Bo ? e ** (1 / 3) : e / zo + Lo;
}
function Go(e) {
	return e > Ro ? e * e * e : zo * (e - Lo);
}
function Ko(e) {
	return 255 * (e <= .0031308 ? 12.92 * e : 1.055 * e ** (1 / 2.4) - .055);
}
function qo(e) {
	return (e /= 255) <= .04045 ? e / 12.92 : ((e + .055) / 1.055) ** 2.4;
}
function Jo(e) {
	if (e instanceof Xo) return new Xo(e.h, e.c, e.l, e.opacity);
	if (e instanceof Uo || (e = Vo(e)), e.a === 0 && e.b === 0) return new Xo(NaN, 0 < e.l && e.l < 100 ? 0 : NaN, e.l, e.opacity);
	var t = Math.atan2(e.b, e.a) * Mo;
	return new Xo(t < 0 ? t + 360 : t, Math.sqrt(e.a * e.a + e.b * e.b), e.l, e.opacity);
}
function Yo(e, t, n, r) {
	return arguments.length === 1 ? Jo(e) : new Xo(e, t, n, r ?? 1);
}
function Xo(e, t, n, r) {
	this.h = +e, this.c = +t, this.l = +n, this.opacity = +r;
}
function Zo(e) {
	if (isNaN(e.h)) return new Uo(e.l, 0, 0, e.opacity);
	var t = e.h * jo;
	return new Uo(e.l, Math.cos(t) * e.c, Math.sin(t) * e.c, e.opacity);
}
Ga(Xo, Yo, Ka(qa, {
	brighter(e) {
		return new Xo(this.h, this.c, this.l + No * (e ?? 1), this.opacity);
	},
	darker(e) {
		return new Xo(this.h, this.c, this.l - No * (e ?? 1), this.opacity);
	},
	rgb() {
		return Zo(this).rgb();
	}
}));
var Qo = -.14861, $o = 1.78277, es = -.29227, ts = -.90649, ns = 1.97294, rs = ns * ts, is = ns * $o, as = $o * es - ts * Qo;
function os(e) {
	if (e instanceof cs) return new cs(e.h, e.s, e.l, e.opacity);
	e instanceof _o || (e = ho(e));
	var t = e.r / 255, n = e.g / 255, r = e.b / 255, i = (as * r + rs * t - is * n) / (as + rs - is), a = r - i, o = (ns * (n - i) - es * a) / ts, s = Math.sqrt(o * o + a * a) / (ns * i * (1 - i)), c = s ? Math.atan2(o, a) * Mo - 120 : NaN;
	return new cs(c < 0 ? c + 360 : c, s, i, e.opacity);
}
function ss(e, t, n, r) {
	return arguments.length === 1 ? os(e) : new cs(e, t, n, r ?? 1);
}
function cs(e, t, n, r) {
	this.h = +e, this.s = +t, this.l = +n, this.opacity = +r;
}
Ga(cs, ss, Ka(qa, {
	brighter(e) {
		return e = e == null ? Ya : Ya ** +e, new cs(this.h, this.s, this.l * e, this.opacity);
	},
	darker(e) {
		return e = e == null ? Ja : Ja ** +e, new cs(this.h, this.s, this.l * e, this.opacity);
	},
	rgb() {
		var e = isNaN(this.h) ? 0 : (this.h + 120) * jo, t = +this.l, n = isNaN(this.s) ? 0 : this.s * t * (1 - t), r = Math.cos(e), i = Math.sin(e);
		return new _o(255 * (t + n * (Qo * r + $o * i)), 255 * (t + n * (es * r + ts * i)), 255 * (t + ns * r * n), this.opacity);
	}
}));
var ls = (e) => () => e;
function us(e, t) {
	return function(n) {
		return e + n * t;
	};
}
function ds(e, t, n) {
	return e **= +n, t = t ** +n - e, n = 1 / n, function(r) {
		return (e + r * t) ** +n;
	};
}
function fs(e, t) {
	var n = t - e;
	return n ? us(e, n > 180 || n < -180 ? n - 360 * Math.round(n / 360) : n) : ls(isNaN(e) ? t : e);
}
function ps(e) {
	return (e = +e) == 1 ? ms : function(t, n) {
		return n - t ? ds(t, n, e) : ls(isNaN(t) ? n : t);
	};
}
function ms(e, t) {
	var n = t - e;
	return n ? us(e, n) : ls(isNaN(e) ? t : e);
}
var hs = (function e(t) {
	var n = ps(t);
	function r(e, t) {
		var r = n((e = go(e)).r, (t = go(t)).r), i = n(e.g, t.g), a = n(e.b, t.b), o = ms(e.opacity, t.opacity);
		return function(t) {
			return e.r = r(t), e.g = i(t), e.b = a(t), e.opacity = o(t), e + "";
		};
	}
	return r.gamma = e, r;
})(1);
function gs(e, t) {
	t ||= [];
	var n = e ? Math.min(t.length, e.length) : 0, r = t.slice(), i;
	return function(a) {
		for (i = 0; i < n; ++i) r[i] = e[i] * (1 - a) + t[i] * a;
		return r;
	};
}
function _s(e) {
	return ArrayBuffer.isView(e) && !(e instanceof DataView);
}
function vs(e, t) {
	for (var n = t ? t.length : 0, r = e ? Math.min(n, e.length) : 0, i = Array(r), a = Array(n), o = 0; o < r; ++o) i[o] = Ds(e[o], t[o]);
	for (; o < n; ++o) a[o] = t[o];
	return function(e) {
		for (o = 0; o < r; ++o) a[o] = i[o](e);
		return a;
	};
}
function ys(e, t) {
	var n = /* @__PURE__ */ new Date();
	return e = +e, t = +t, function(r) {
		return n.setTime(e * (1 - r) + t * r), n;
	};
}
function bs(e, t) {
	return e = +e, t = +t, function(n) {
		return e * (1 - n) + t * n;
	};
}
function xs(e, t) {
	var n = {}, r = {}, i;
	for (i in typeof e == "object" && e || (e = {}), typeof t == "object" && t || (t = {}), t) i in e ? n[i] = Ds(e[i], t[i]) : r[i] = t[i];
	return function(e) {
		for (i in n) r[i] = n[i](e);
		return r;
	};
}
var Ss = /[-+]?(?:\d+\.?\d*|\.?\d+)(?:[eE][-+]?\d+)?/g, Cs = new RegExp(Ss.source, "g");
function ws(e) {
	return function() {
		return e;
	};
}
function Ts(e) {
	return function(t) {
		return e(t) + "";
	};
}
function Es(e, t) {
	var n = Ss.lastIndex = Cs.lastIndex = 0, r, i, a, o = -1, s = [], c = [];
	for (e += "", t += ""; (r = Ss.exec(e)) && (i = Cs.exec(t));) (a = i.index) > n && (a = t.slice(n, a), s[o] ? s[o] += a : s[++o] = a), (r = r[0]) === (i = i[0]) ? s[o] ? s[o] += i : s[++o] = i : (s[++o] = null, c.push({
		i: o,
		x: bs(r, i)
	})), n = Cs.lastIndex;
	return n < t.length && (a = t.slice(n), s[o] ? s[o] += a : s[++o] = a), s.length < 2 ? c[0] ? Ts(c[0].x) : ws(t) : (t = c.length, function(e) {
		for (var n = 0, r; n < t; ++n) s[(r = c[n]).i] = r.x(e);
		return s.join("");
	});
}
function Ds(e, t) {
	var n = typeof t, r;
	return t == null || n === "boolean" ? ls(t) : (n === "number" ? bs : n === "string" ? (r = fo(t)) ? (t = r, hs) : Es : t instanceof fo ? hs : t instanceof Date ? ys : _s(t) ? gs : Array.isArray(t) ? vs : typeof t.valueOf != "function" && typeof t.toString != "function" || isNaN(t) ? xs : bs)(e, t);
}
function Os(e, t) {
	return e = +e, t = +t, function(n) {
		return Math.round(e * (1 - n) + t * n);
	};
}
var ks = 1e-12;
function As(e) {
	return ((e = Math.exp(e)) + 1 / e) / 2;
}
function js(e) {
	return ((e = Math.exp(e)) - 1 / e) / 2;
}
function Ms(e) {
	return ((e = Math.exp(2 * e)) - 1) / (e + 1);
}
(function e(t, n, r) {
	function i(e, i) {
		var a = e[0], o = e[1], s = e[2], c = i[0], l = i[1], u = i[2], d = c - a, f = l - o, p = d * d + f * f, m, h;
		if (p < ks) h = Math.log(u / s) / t, m = function(e) {
			return [
				a + e * d,
				o + e * f,
				s * Math.exp(t * e * h)
			];
		};
		else {
			var g = Math.sqrt(p), _ = (u * u - s * s + r * p) / (2 * s * n * g), v = (u * u - s * s - r * p) / (2 * u * n * g), y = Math.log(Math.sqrt(_ * _ + 1) - _);
			h = (Math.log(Math.sqrt(v * v + 1) - v) - y) / t, m = function(e) {
				var r = e * h, i = As(y), c = s / (n * g) * (i * Ms(t * r + y) - js(y));
				return [
					a + c * d,
					o + c * f,
					s * i / As(t * r + y)
				];
			};
		}
		return m.duration = Math.abs(h) * 1e3 * t / Math.SQRT2, m;
	}
	return i.rho = function(t) {
		var n = Math.max(.001, +t), r = n * n;
		return e(n, r, r * r);
	}, i;
})(Math.SQRT2, 2, 4);
function Ns(e) {
	return (function t(n) {
		n = +n;
		function r(t, r) {
			var i = e((t = ss(t)).h, (r = ss(r)).h), a = ms(t.s, r.s), o = ms(t.l, r.l), s = ms(t.opacity, r.opacity);
			return function(e) {
				return t.h = i(e), t.s = a(e), t.l = o(e ** +n), t.opacity = s(e), t + "";
			};
		}
		return r.gamma = t, r;
	})(1);
}
Ns(fs), Ns(ms);
// node_modules/d3-format/dist/d3-format.mjs
function Ps(e) {
	return Math.abs(e = Math.round(e)) >= 1e21 ? e.toLocaleString("en").replace(/,/g, "") : e.toString(10);
}
function Fs(e, t) {
	if (!isFinite(e) || e === 0) return null;
	var n = (e = t ? e.toExponential(t - 1) : e.toExponential()).indexOf("e"), r = e.slice(0, n);
	return [r.length > 1 ? r[0] + r.slice(2) : r, +e.slice(n + 1)];
}
function Is(e) {
	return e = Fs(Math.abs(e)), e ? e[1] : NaN;
}
function Ls(e, t) {
	return function(n, r) {
		for (var i = n.length, a = [], o = 0, s = e[0], c = 0; i > 0 && s > 0 && (c + s + 1 > r && (s = Math.max(1, r - c)), a.push(n.substring(i -= s, i + s)), !((c += s + 1) > r));) s = e[o = (o + 1) % e.length];
		return a.reverse().join(t);
	};
}
function Rs(e) {
	return function(t) {
		return t.replace(/[0-9]/g, function(t) {
			return e[+t];
		});
	};
}
var zs = /^(?:(.)?([<>=^]))?([+\-( ])?([$#])?(0)?(\d+)?(,)?(\.\d+)?(~)?([a-z%])?$/i;
function Bs(e) {
	if (!(t = zs.exec(e))) throw Error("invalid format: " + e);
	var t;
	return new Vs({
		fill: t[1],
		align: t[2],
		sign: t[3],
		symbol: t[4],
		zero: t[5],
		width: t[6],
		comma: t[7],
		precision: t[8] && t[8].slice(1),
		trim: t[9],
		type: t[10]
	});
}
Bs.prototype = Vs.prototype;
function Vs(e) {
	this.fill = e.fill === void 0 ? " " : e.fill + "", this.align = e.align === void 0 ? ">" : e.align + "", this.sign = e.sign === void 0 ? "-" : e.sign + "", this.symbol = e.symbol === void 0 ? "" : e.symbol + "", this.zero = !!e.zero, this.width = e.width === void 0 ? void 0 : +e.width, this.comma = !!e.comma, this.precision = e.precision === void 0 ? void 0 : +e.precision, this.trim = !!e.trim, this.type = e.type === void 0 ? "" : e.type + "";
}
Vs.prototype.toString = function() {
	return this.fill + this.align + this.sign + this.symbol + (this.zero ? "0" : "") + (this.width === void 0 ? "" : Math.max(1, this.width | 0)) + (this.comma ? "," : "") + (this.precision === void 0 ? "" : "." + Math.max(0, this.precision | 0)) + (this.trim ? "~" : "") + this.type;
};
function Hs(e) {
	out: for (var t = e.length, n = 1, r = -1, i; n < t; ++n) switch (e[n]) {
		case ".":
			r = i = n;
			break;
		case "0":
			r === 0 && (r = n), i = n;
			break;
		default:
			if (!+e[n]) break out;
			r > 0 && (r = 0);
	}
	return r > 0 ? e.slice(0, r) + e.slice(i + 1) : e;
}
var Us;
function Ws(e, t) {
	var n = Fs(e, t);
	if (!n) return Us = void 0, e.toPrecision(t);
	var r = n[0], i = n[1], a = i - (Us = Math.max(-8, Math.min(8, Math.floor(i / 3))) * 3) + 1, o = r.length;
	return a === o ? r : a > o ? r + Array(a - o + 1).join("0") : a > 0 ? r.slice(0, a) + "." + r.slice(a) : "0." + Array(1 - a).join("0") + Fs(e, Math.max(0, t + a - 1))[0];
}
function Gs(e, t) {
	var n = Fs(e, t);
	if (!n) return e + "";
	var r = n[0], i = n[1];
	return i < 0 ? "0." + Array(-i).join("0") + r : r.length > i + 1 ? r.slice(0, i + 1) + "." + r.slice(i + 1) : r + Array(i - r.length + 2).join("0");
}
var Ks = {
	"%": (e, t) => (e * 100).toFixed(t),
	b: (e) => Math.round(e).toString(2),
	c: (e) => e + "",
	d: Ps,
	e: (e, t) => e.toExponential(t),
	f: (e, t) => e.toFixed(t),
	g: (e, t) => e.toPrecision(t),
	o: (e) => Math.round(e).toString(8),
	p: (e, t) => Gs(e * 100, t),
	r: Gs,
	s: Ws,
	X: (e) => Math.round(e).toString(16).toUpperCase(),
	x: (e) => Math.round(e).toString(16)
};
function qs(e) {
	return e;
}
var Js = Array.prototype.map, Ys = [
	"y",
	"z",
	"a",
	"f",
	"p",
	"n",
	"µ",
	"m",
	"",
	"k",
	"M",
	"G",
	"T",
	"P",
	"E",
	"Z",
	"Y"
];
function Xs(e) {
	var t = e.grouping === void 0 || e.thousands === void 0 ? qs : Ls(Js.call(e.grouping, Number), e.thousands + ""), n = e.currency === void 0 ? "" : e.currency[0] + "", r = e.currency === void 0 ? "" : e.currency[1] + "", i = e.decimal === void 0 ? "." : e.decimal + "", a = e.numerals === void 0 ? qs : Rs(Js.call(e.numerals, String)), o = e.percent === void 0 ? "%" : e.percent + "", s = e.minus === void 0 ? "−" : e.minus + "", c = e.nan === void 0 ? "NaN" : e.nan + "";
	function l(e, l) {
		e = Bs(e);
		var u = e.fill, d = e.align, f = e.sign, p = e.symbol, m = e.zero, h = e.width, g = e.comma, _ = e.precision, v = e.trim, y = e.type;
		y === "n" ? (g = !0, y = "g") : Ks[y] || (_ === void 0 && (_ = 12), v = !0, y = "g"), (m || u === "0" && d === "=") && (m = !0, u = "0", d = "=");
		var b = (l && l.prefix !== void 0 ? l.prefix : "") + (p === "$" ? n : p === "#" && /[boxX]/.test(y) ? "0" + y.toLowerCase() : ""), x = (p === "$" ? r : /[%p]/.test(y) ? o : "") + (l && l.suffix !== void 0 ? l.suffix : ""), S = Ks[y], C = /[defgprs%]/.test(y);
		_ = _ === void 0 ? 6 : /[gprs]/.test(y) ? Math.max(1, Math.min(21, _)) : Math.max(0, Math.min(20, _));
		function w(e) {
			var n = b, r = x, o, l, p;
			if (y === "c") r = S(e) + r, e = "";
			else {
				e = +e;
				var w = e < 0 || 1 / e < 0;
				if (e = isNaN(e) ? c : S(Math.abs(e), _), v && (e = Hs(e)), w && +e == 0 && f !== "+" && (w = !1), n = (w ? f === "(" ? f : s : f === "-" || f === "(" ? "" : f) + n, r = (y === "s" && !isNaN(e) && Us !== void 0 ? Ys[8 + Us / 3] : "") + r + (w && f === "(" ? ")" : ""), C) {
					for (o = -1, l = e.length; ++o < l;) if (p = e.charCodeAt(o), 48 > p || p > 57) {
						r = (p === 46 ? i + e.slice(o + 1) : e.slice(o)) + r, e = e.slice(0, o);
						break;
					}
				}
			}
			g && !m && (e = t(e, Infinity));
			var T = n.length + e.length + r.length, E = T < h ? Array(h - T + 1).join(u) : "";
			switch (g && m && (e = t(E + e, E.length ? h - r.length : Infinity), E = ""), d) {
				case "<":
					e = n + e + r + E;
					break;
				case "=":
					e = n + E + e + r;
					break;
				case "^":
					e = E.slice(0, T = E.length >> 1) + n + e + r + E.slice(T);
					break;
				default: e = E + n + e + r;
			}
			return a(e);
		}
		return w.toString = function() {
			return e + "";
		}, w;
	}
	function u(e, t) {
		var n = Math.max(-8, Math.min(8, Math.floor(Is(t) / 3))) * 3, r = 10 ** -n, i = l((e = Bs(e), e.type = "f", e), { suffix: Ys[8 + n / 3] });
		return function(e) {
			return i(r * e);
		};
	}
	return {
		format: l,
		formatPrefix: u
	};
}
var Zs, Qs, $s;
ec({
	thousands: ",",
	grouping: [3],
	currency: ["$", ""]
});
function ec(e) {
	return Zs = Xs(e), Qs = Zs.format, $s = Zs.formatPrefix, Zs;
}
function tc(e) {
	return Math.max(0, -Is(Math.abs(e)));
}
function nc(e, t) {
	return Math.max(0, Math.max(-8, Math.min(8, Math.floor(Is(t) / 3))) * 3 - Is(Math.abs(e)));
}
function rc(e, t) {
	return e = Math.abs(e), t = Math.abs(t) - e, Math.max(0, Is(t) - Is(e)) + 1;
}
// node_modules/d3-scale/dist/d3-scale.mjs
function ic(e, t) {
	switch (arguments.length) {
		case 0: break;
		case 1:
			this.range(e);
			break;
		default: this.range(t).domain(e);
	}
	return this;
}
function ac(e) {
	return function() {
		return e;
	};
}
function oc(e) {
	return +e;
}
var sc = [0, 1];
function cc(e) {
	return e;
}
function lc(e, t) {
	return (t -= e = +e) ? function(n) {
		return (n - e) / t;
	} : ac(isNaN(t) ? NaN : .5);
}
function uc(e, t) {
	var n;
	return e > t && (n = e, e = t, t = n), function(n) {
		return Math.max(e, Math.min(t, n));
	};
}
function dc(e, t, n) {
	var r = e[0], i = e[1], a = t[0], o = t[1];
	return i < r ? (r = lc(i, r), a = n(o, a)) : (r = lc(r, i), a = n(a, o)), function(e) {
		return a(r(e));
	};
}
function fc(e, t, n) {
	var r = Math.min(e.length, t.length) - 1, i = Array(r), a = Array(r), o = -1;
	for (e[r] < e[0] && (e = e.slice().reverse(), t = t.slice().reverse()); ++o < r;) i[o] = lc(e[o], e[o + 1]), a[o] = n(t[o], t[o + 1]);
	return function(t) {
		var n = La(e, t, 1, r) - 1;
		return a[n](i[n](t));
	};
}
function pc(e, t) {
	return t.domain(e.domain()).range(e.range()).interpolate(e.interpolate()).clamp(e.clamp()).unknown(e.unknown());
}
function mc() {
	var e = sc, t = sc, n = Ds, r, i, a, o = cc, s, c, l;
	function u() {
		var n = Math.min(e.length, t.length);
		return o !== cc && (o = uc(e[0], e[n - 1])), s = n > 2 ? fc : dc, c = l = null, d;
	}
	function d(i) {
		return i == null || isNaN(i = +i) ? a : (c ||= s(e.map(r), t, n))(r(o(i)));
	}
	return d.invert = function(n) {
		return o(i((l ||= s(t, e.map(r), bs))(n)));
	}, d.domain = function(t) {
		return arguments.length ? (e = Array.from(t, oc), u()) : e.slice();
	}, d.range = function(e) {
		return arguments.length ? (t = Array.from(e), u()) : t.slice();
	}, d.rangeRound = function(e) {
		return t = Array.from(e), n = Os, u();
	}, d.clamp = function(e) {
		return arguments.length ? (o = e ? !0 : cc, u()) : o !== cc;
	}, d.interpolate = function(e) {
		return arguments.length ? (n = e, u()) : n;
	}, d.unknown = function(e) {
		return arguments.length ? (a = e, d) : a;
	}, function(e, t) {
		return r = e, i = t, u();
	};
}
function hc() {
	return mc()(cc, cc);
}
function gc(e, t, n, r) {
	var i = Wa(e, t, n), a;
	switch (r = Bs(r ?? ",f"), r.type) {
		case "s":
			var o = Math.max(Math.abs(e), Math.abs(t));
			return r.precision == null && !isNaN(a = nc(i, o)) && (r.precision = a), $s(r, o);
		case "":
		case "e":
		case "g":
		case "p":
		case "r":
			r.precision == null && !isNaN(a = rc(i, Math.max(Math.abs(e), Math.abs(t)))) && (r.precision = a - (r.type === "e"));
			break;
		case "f":
		case "%": r.precision == null && !isNaN(a = tc(i)) && (r.precision = a - (r.type === "%") * 2);
	}
	return Qs(r);
}
function _c(e) {
	var t = e.domain;
	return e.ticks = function(e) {
		var n = t();
		return Ha(n[0], n[n.length - 1], e ?? 10);
	}, e.tickFormat = function(e, n) {
		var r = t();
		return gc(r[0], r[r.length - 1], e ?? 10, n);
	}, e.nice = function(n) {
		n ??= 10;
		var r = t(), i = 0, a = r.length - 1, o = r[i], s = r[a], c, l, u = 10;
		for (s < o && (l = o, o = s, s = l, l = i, i = a, a = l); u-- > 0;) {
			if (l = Ua(o, s, n), l === c) return r[i] = o, r[a] = s, t(r);
			if (l > 0) o = Math.floor(o / l) * l, s = Math.ceil(s / l) * l;
			else if (l < 0) o = Math.ceil(o * l) / l, s = Math.floor(s * l) / l;
			else break;
			c = l;
		}
		return e;
	}, e;
}
function vc() {
	var e = hc();
	return e.copy = function() {
		return pc(e, vc());
	}, ic.apply(e, arguments), _c(e);
}
// src/view.ts
var yc = class {
	center;
	half;
	constructor(e, t) {
		let [n, r] = bc(e), [i, a] = bc(t);
		this.center = [(n + r) / 2, (i + a) / 2], this.half = Math.max(r - n, a - i, 1e-6) * .53;
	}
	toSquare([e, t]) {
		return [(e - this.center[0]) / this.half, (t - this.center[1]) / this.half];
	}
	toLatent([e, t]) {
		return [e * this.half + this.center[0], t * this.half + this.center[1]];
	}
	scaled(e, t) {
		let n = new Float32Array(e.length);
		for (let r = 0; r < e.length; r++) n[r] = (e[r] - this.center[t]) / this.half;
		return n;
	}
};
function bc(e) {
	let [t, n] = [Infinity, -Infinity];
	for (let r of e) r < t && (t = r), r > n && (n = r);
	return t <= n ? [t, n] : [-1, 1];
}
function xc() {
	return {
		x: vc().domain([-1, 1]),
		y: vc().domain([-1, 1])
	};
}
function Sc(e, t, n, r) {
	let i = vc().domain([e, t]).range(n), a = i.tickFormat(r);
	return i.ticks(r).map((e) => ({
		value: a(e),
		at: i(e)
	}));
}
// src/map.ts
var Cc = 5e4, wc = 3e4, Tc = 80, Ec = class {
	events;
	element;
	mode = "look";
	canvas = k("canvas", { class: "points" });
	densityCanvas = k("canvas", {
		class: "density",
		hidden: !0
	});
	overlay = A("svg", {
		class: "overlay",
		"aria-hidden": "true"
	});
	scales = xc();
	plot = null;
	frame = new yc(/* @__PURE__ */ new Float32Array(), /* @__PURE__ */ new Float32Array());
	x = /* @__PURE__ */ new Float32Array();
	y = /* @__PURE__ */ new Float32Array();
	resting = 0;
	flat = !1;
	coloring = null;
	paint = {
		palette: ["#2b6a99"],
		codes: /* @__PURE__ */ new Uint8Array()
	};
	density = "auto";
	names = ["", ""];
	marks = {};
	dark = !1;
	drawing = Promise.resolve();
	redrawing = 0;
	constructor(e) {
		this.events = e, this.element = k("div", {
			class: "map",
			tabindex: "0",
			role: "application",
			"aria-label": "Map of all rows. Arrow keys move the point that is decoded."
		}, this.canvas, this.densityCanvas, this.overlay), this.element.addEventListener("mousemove", (e) => this.moved(e), { capture: !0 }), this.element.addEventListener("click", (e) => this.pointed(e, !0)), Aa(this.element, this.canvas), new ResizeObserver(() => this.resize()).observe(this.element);
	}
	async setPoints(e, t, n) {
		this.flat = t === null;
		let r = t ?? Dc(e);
		this.frame = new yc(e, r), this.x = this.frame.scaled(e, 0), this.y = this.frame.scaled(r, 1), this.names = n, await this.draw();
	}
	async setColors(e) {
		this.coloring = e, await this.draw();
	}
	async setDark(e) {
		this.dark = e, this.plot?.set(this.look()), await this.draw();
	}
	setDensity(e) {
		this.density = e, this.refresh();
	}
	setMode(e) {
		this.mode = e, this.element.dataset.mode = e, this.plot?.set({ mouseMode: e === "lasso" ? "lasso" : "panZoom" });
	}
	setMarks(e) {
		this.marks = {
			...this.marks,
			...e
		}, this.drawOverlay();
	}
	select(e) {
		e.length ? this.plot?.select(e, { preventEvent: !0 }) : this.plot?.deselect({ preventEvent: !0 });
	}
	zoom(e) {
		let [t, n] = this.view(), r = [(t[0] + t[1]) / 2, (n[0] + n[1]) / 2];
		this.lookAt(r, (t[1] - t[0]) / 2 * e, (n[1] - n[0]) / 2 * e);
	}
	fit() {
		this.plot?.reset(), this.refresh();
	}
	reveal(e) {
		let [t, n] = this.view(), [r, i] = this.frame.toSquare(e);
		(r < t[0] || r > t[1] || i < n[0] || i > n[1]) && this.lookAt([r, i], (t[1] - t[0]) / 2, (n[1] - n[0]) / 2);
	}
	middle() {
		let [e, t] = this.view();
		return {
			at: this.frame.toLatent([(e[0] + e[1]) / 2, (t[0] + t[1]) / 2]),
			step: (e[1] - e[0]) * this.frame.half / 50
		};
	}
	visible() {
		let [e, t] = this.view(), n = [];
		for (let r = 0; r < this.x.length; r++) this.x[r] >= e[0] && this.x[r] <= e[1] && this.y[r] >= t[0] && this.y[r] <= t[1] && n.push(r);
		return n;
	}
	pixel(e) {
		let [t, n] = this.frame.toSquare(e);
		return [this.scales.x(t), this.scales.y(n)];
	}
	destroy() {
		this.plot?.destroy();
	}
	look() {
		return {
			backgroundColor: this.dark ? "#15181d" : "#ffffff",
			lassoColor: this.dark ? "#ffd27f" : "#b85c00"
		};
	}
	start() {
		this.plot = wa({
			canvas: this.canvas,
			width: "auto",
			height: "auto",
			xScale: this.scales.x,
			yScale: this.scales.y,
			lassoInitiator: !1,
			lassoOnLongPress: !1,
			lassoMinDelay: 0,
			pointSizeSelected: 2,
			pointOutlineWidth: 2,
			opacityInactiveMax: .25,
			pointColorActive: "#d9822b",
			pointColorHover: "#d9822b",
			deselectOnDblClick: !0,
			spatialIndexUseWorker: !1,
			...this.look()
		}), this.plot.subscribe("pointOver", (e) => this.mode === "look" && this.events.hover(e)), this.plot.subscribe("pointOut", () => this.mode === "look" && this.events.hover(null)), this.plot.subscribe("select", ({ points: e }) => this.selected(e)), this.plot.subscribe("view", () => this.refresh()), this.setMode(this.mode);
	}
	selected(e) {
		if (this.mode === "lasso" || e.length > 1) return this.events.lasso([...e]);
		this.plot.deselect({ preventEvent: !0 }), this.mode === "look" && this.events.pick(e[0]);
	}
	draw() {
		return this.drawing = this.drawing.then(() => this.drawNow()), this.drawing;
	}
	async drawNow() {
		if (!this.element.clientWidth) return;
		this.plot || this.start();
		let e = this.x.length, t = this.coloring !== null && this.coloring.values.data.length === e;
		this.paint = E(t ? this.coloring : null, e, this.dark);
		let n = this.paint.palette.length > 1;
		this.plot.set({
			pointColor: n ? this.paint.palette : this.paint.palette[0],
			colorBy: n ? "valueA" : null,
			opacity: e > Cc ? .35 : e > 3e3 ? .6 : .8,
			pointSize: e > Cc ? 2 : e > 3e3 ? 4 : e > 400 ? 6 : 8
		});
		let r = {
			x: this.x,
			y: this.y,
			valueA: this.paint.codes
		};
		await this.plot.draw(r, {
			zDataType: "categorical",
			preventFilterReset: !1
		}), this.refresh();
	}
	resize() {
		this.plot ? requestAnimationFrame(() => this.refresh()) : this.draw();
	}
	refresh() {
		this.redrawing ||= requestAnimationFrame(() => {
			this.redrawing = 0, this.drawDensity(), this.drawOverlay();
		});
	}
	drawDensity() {
		if (!(this.density === "density" || this.density === "auto" && this.x.length > Cc)) {
			this.densityCanvas.hidden = !0;
			return;
		}
		this.densityCanvas.hidden = !1;
		let [e, t] = this.view(), n = this.paint.palette.length > 1 ? this.paint : null, r = Ea(this.densityCanvas, this.x, this.y, {
			x: e,
			y: t
		}, n);
		this.densityCanvas.hidden = this.density === "auto" && r <= wc;
	}
	view() {
		return [this.scales.x.domain(), this.scales.y.domain()];
	}
	lookAt([e, t], n, r) {
		let i = {
			x: e - n,
			y: t - r,
			width: 2 * n,
			height: 2 * r
		};
		this.plot?.zoomToArea(i, { transition: !1 }), this.refresh();
	}
	moved(e) {
		if (!e.isTrusted && !e.buttons || (this.pointed(e, !1), e.buttons || !this.decodes)) return;
		e.stopPropagation();
		let { clientX: t, clientY: n } = e;
		clearTimeout(this.resting), this.resting = setTimeout(() => {
			this.canvas.dispatchEvent(new MouseEvent("mousemove", {
				clientX: t,
				clientY: n,
				bubbles: !0,
				view: window
			}));
		}, Tc);
	}
	get decodes() {
		return this.mode === "move" || this.mode === "path";
	}
	pointed(e, t) {
		if (!this.decodes || this.mode === "path" && !t) return;
		let n = this.element.getBoundingClientRect(), r = [this.scales.x.invert(e.clientX - n.left), this.scales.y.invert(e.clientY - n.top)];
		this.events.point(this.frame.toLatent(r), t);
	}
	drawOverlay() {
		let [e, t] = [this.element.clientWidth, this.element.clientHeight];
		e && this.plot && (this.scales.x.range([0, e]), this.scales.y.range([t, 0]), this.overlay.setAttribute("viewBox", `0 0 ${e} ${t}`), this.overlay.replaceChildren(...this.axes(e, t), ...this.markShapes()));
	}
	axes(e, t) {
		let [n, r] = this.view(), [i, a] = [this.frame.toLatent([n[0], r[0]]), this.frame.toLatent([n[1], r[1]])], o = A("g", { class: "axes" });
		for (let { value: n, at: r } of Sc(i[0], a[0], [0, e], Math.max(2, e / 110))) r > 30 && r < e - 46 && o.append(A("text", {
			x: r,
			y: t - 6,
			"text-anchor": "middle"
		}, n));
		for (let { value: e, at: n } of this.flat ? [] : Sc(i[1], a[1], [t, 0], Math.max(2, t / 90))) n > 24 && n < t - 24 && o.append(A("text", {
			x: 6,
			y: n + 4
		}, e));
		return o.append(A("text", {
			x: e - 8,
			y: t - 6,
			"text-anchor": "end",
			class: "name"
		}, this.names[0])), this.flat || o.append(A("text", {
			x: 6,
			y: 16,
			class: "name"
		}, this.names[1])), [o];
	}
	markShapes() {
		let { probe: e, path: t, placed: n, cloud: r, row: i, near: a } = this.marks, o = [], s = (e, t, n) => e?.forEach((e) => {
			let [r, i] = this.pixel(e);
			o.push(A("circle", {
				class: t,
				cx: r,
				cy: i,
				r: n
			}));
		});
		if (s(r, "cloud", 4), s(n, "placed", 5), s(a, "near", 7), t && t.length) {
			let e = t.map((e) => this.pixel(e).join(",")).join(" ");
			o.push(A("polyline", {
				class: "route",
				points: e
			})), s(t, "stop", 6);
		}
		if (i && s([i], "row", 9), e) {
			let [t, n] = this.pixel(e);
			o.push(A("path", {
				class: "probe",
				d: `M${t - 13} ${n}h8m10 0h8M${t} ${n - 13}v8m0 10v8`
			})), o.push(A("circle", {
				class: "probe",
				cx: t,
				cy: n,
				r: 5
			}));
		}
		return o;
	}
	static css(e) {
		return `rgb(${S(e).join(" ")})`;
	}
};
function Dc(e) {
	let [t, n] = [Infinity, -Infinity];
	for (let r of e) [t, n] = [Math.min(t, r), Math.max(n, r)];
	let r = (n - t) * .3;
	return e.map((e, t) => (t * .618034 % 1 - .5) * r);
}
// src/cards.ts
var Oc = [
	"var(--line-1)",
	"var(--line-2)",
	"var(--line-3)",
	"var(--line-4)"
], [kc, Ac] = [240, 120];
function jc(e) {
	return e.form === "image" ? e.pictures.shape[0] : e.form === "series" ? e.series.shape[0] : e.cells.length;
}
function Mc(e, t, n) {
	return t.form === "image" ? Fc(t, n) : t.form === "series" ? Lc(e, [Ic(t, n)]) : Rc(e.columns, [t.cells[n]]);
}
function Nc(e, t) {
	let [n, r] = t;
	if (n.form === "series" && r.form === "series") {
		let t = k("p", { class: "legend" }, "— the row", k("span", { class: "dashed" }, "┄ its reconstruction"));
		return k("div", {}, Lc(e, [Ic(n, 0), Ic(r, 0)], !0), t);
	}
	if (n.form === "table" && r.form === "table") return Rc(e.columns, [n.cells[0], r.cells[0]], ["row", "reconstruction"]);
	let i = (t, n) => k("figure", {}, Mc(e, t, 0), k("figcaption", {}, n));
	return k("div", { class: "pair" }, i(n, "row"), i(r, "reconstruction"));
}
function Pc(e, t, n, r) {
	if (t.form === "table") return zc(e.columns, t.cells, n, r);
	let i = n.map((n, i) => {
		let a = [Mc(e, t, i), k("span", {}, n)];
		return r ? k("button", {
			type: "button",
			class: "tile",
			onclick: () => r(i)
		}, ...a) : k("div", { class: "tile" }, ...a);
	});
	return k("div", { class: `gallery ${t.form}` }, ...i);
}
function Fc(e, t) {
	let [, n, r, i] = e.pictures.shape, a = k("canvas", {
		class: "picture",
		width: r,
		height: n
	}), o = new ImageData(r, n), s = t * n * r * i, c = e.pictures.data;
	for (let e = 0; e < r * n; e++) {
		for (let t = 0; t < 3; t++) o.data[4 * e + t] = c[s + e * i + (i === 3 ? t : 0)];
		o.data[4 * e + 3] = 255;
	}
	return a.getContext("2d").putImageData(o, 0, 0), a;
}
function Ic(e, t) {
	let [, n, r] = e.series.shape;
	return {
		values: e.series.data.subarray(t * n * r, (t + 1) * n * r),
		steps: n,
		series: r
	};
}
function Lc(e, t, n = !1) {
	let { low: r, high: i } = e.series, a = A("svg", {
		class: "chart",
		viewBox: `0 0 ${kc} ${Ac}`,
		role: "img",
		"aria-label": "series"
	});
	return t.forEach(({ values: e, steps: t, series: o }, s) => {
		for (let c = 0; c < Math.min(o, Oc.length); c++) {
			let l = i[c] - r[c] || 1, u = Array.from({ length: t }, (n, i) => {
				let a = Ac - 6 - (e[i * o + c] - r[c]) / l * (Ac - 12);
				return `${(i / Math.max(1, t - 1) * kc).toFixed(1)},${a.toFixed(1)}`;
			});
			a.append(A("polyline", {
				points: u.join(" "),
				stroke: Oc[c],
				"stroke-dasharray": n && s ? "5 4" : null
			}));
		}
	}), a;
}
function Rc(e, t, n) {
	let r = k("tbody");
	return t[0].forEach((n, i) => {
		let a = t.length === 2 && t[0][i] !== "" && t[0][i] !== t[1][i], o = t.map((e, t) => k("td", { class: t && a ? "differs" : null }, e[i] || k("span", { class: "blank" }, "blank")));
		r.append(k("tr", {}, k("th", { scope: "row" }, e[i] ?? `column ${i}`), ...o));
	}), k("table", { class: "cells" }, n && k("thead", {}, k("tr", {}, k("th", {}), ...n.map((e) => k("th", { scope: "col" }, e)))), r);
}
function zc(e, t, n, r) {
	let i = k("tr", {}, k("th", {}), ...e.map((e) => k("th", { scope: "col" }, e))), a = t.map((e, t) => k("tr", {}, k("th", { scope: "row" }, r ? k("button", {
		type: "button",
		class: "link",
		onclick: () => r(t)
	}, n[t]) : n[t]), ...e.map((e) => k("td", {}, e || k("span", { class: "blank" }, "blank")))));
	return k("div", {
		class: "scroll",
		tabindex: "0"
	}, k("table", { class: "wide" }, k("thead", {}, i), k("tbody", {}, ...a)));
}
function Bc(e, t, n) {
	if (t.form !== "table") return Pc(e, t, Array.from({ length: jc(t) }, (e, t) => String(t + 1)), n);
	let r = t.cells.map((e, t) => k("th", { scope: "col" }, k("button", {
		type: "button",
		class: "link",
		onclick: () => n(t)
	}, t + 1))), i = e.columns.map((e, n) => {
		let r = t.cells.map((e, r) => k("td", { class: r && t.cells[r - 1][n] !== e[n] ? "differs" : null }, e[n]));
		return k("tr", {}, k("th", { scope: "row" }, e), ...r);
	});
	return k("div", {
		class: "scroll",
		tabindex: "0"
	}, k("table", { class: "wide" }, k("thead", {}, k("tr", {}, k("th", {}), ...r)), k("tbody", {}, ...i)));
}
// src/panels/selection.ts
var Vc = 40, Hc = class {
	app;
	pick;
	name = "selection";
	title = "Selection";
	element = k("section", {});
	content = k("div");
	bits = "";
	start = 0;
	constructor(e, t) {
		this.app = e, this.pick = t, this.element.append(k("p", { class: "hint" }, "In the mode Lasso, draw around points; or hold Shift and draw."), k("div", { class: "actions" }, M("Select what is in view", () => this.select(e.map.visible())), M("Clear", () => this.clear())), this.content);
	}
	select(e) {
		if (!e.length) return this.app.say("no point is there; draw around some");
		this.bits = Gc(Wc(e, this.app.about.n_rows)), this.start = 0, this.app.map.select(e.length > 5e4 ? [] : e), this.app.open("selection"), this.app.run(() => this.load(e.length));
	}
	clear() {
		this.app.map.select([]), this.content.replaceChildren();
	}
	async load(e) {
		let { app: t } = this;
		this.content.replaceChildren(k("p", { class: "busy" }, "Comparing…"));
		let n = k("div"), r = await t.ask("contrast", { bits: this.bits });
		this.content.replaceChildren(k("h3", {}, `${e.toLocaleString("en")} of ${t.about.n_rows.toLocaleString("en")} rows`), k("div", { class: "actions" }, M("Export as CSV", () => void this.export("csv")), M("Export as Parquet", () => void this.export("parquet"))), this.contrast(r), k("h4", {}, "The rows"), n), await this.page(n, e);
	}
	contrast(e) {
		let { app: t } = this, n = [k("h4", {}, "What sets them apart")];
		if (e.n_others || n.push(k("p", {}, "All rows are selected, so there are no others to compare with.")), e.cards && n.push(Pc(t.about, e.cards, ["mean of these", "mean of all others"])), e.columns.length && e.n_others) {
			let t = [
				"",
				"these",
				"others",
				"apart"
			].map((e) => k("th", { scope: "col" }, e)), r = e.columns.slice(0, 12).map((e) => k("tr", {}, k("th", { scope: "row" }, e.column, e.label !== null && k("span", { class: "label" }, ` ${e.label}`)), k("td", {}, e.inside), k("td", {}, e.outside), k("td", { class: "apart" }, Uc(e.separation), ` ${Math.round(100 * e.separation)}%`)));
			n.push(k("table", { class: "cells contrast" }, k("thead", {}, k("tr", {}, ...t)), k("tbody", {}, ...r)), k("p", { class: "hint" }, "Medians of numbers, shares of labels. “Apart” is how far the two distributions are from each other."));
		}
		return k("div", {}, ...n);
	}
	async page(e, t) {
		let { app: n } = this, r = await n.ask("rows", {
			bits: this.bits,
			start: this.start,
			count: Vc
		}), i = r.rows.map((e, t) => `${e}${r.labels ? ` · ${r.labels[t]}` : ""}`), a = (r) => {
			this.start += r, n.run(() => this.page(e, t));
		};
		e.replaceChildren(Pc(n.about, r.cards, i, (e) => this.pick(r.rows[e])), k("div", { class: "actions" }, M("‹", () => a(-40), {
			disabled: this.start === 0,
			"aria-label": "previous rows"
		}), k("span", {}, `${this.start + 1} to ${Math.min(this.start + Vc, t)}`), M("›", () => a(Vc), {
			disabled: this.start + Vc >= t,
			"aria-label": "next rows"
		})));
	}
	export(e) {
		return this.app.run(async () => {
			let t = await this.app.ask("export", {
				bits: this.bits,
				kind: e
			}), n = URL.createObjectURL(new Blob([t.content.data]));
			k("a", {
				href: n,
				download: t.name
			}).click(), setTimeout(() => URL.revokeObjectURL(n), 1e4);
		});
	}
};
function Uc(e) {
	let t = k("span");
	return t.style.width = `${100 * e}%`, k("span", {
		class: "share-bar",
		"aria-hidden": "true"
	}, t);
}
function Wc(e, t) {
	let n = new Uint8Array(Math.ceil(t / 8));
	for (let t of e) n[t >> 3] |= 1 << (t & 7);
	return n;
}
function Gc(e) {
	let t = "";
	for (let n = 0; n < e.length; n += 32768) t += String.fromCharCode(...e.subarray(n, n + 32768));
	return btoa(t);
}
// src/panels/file.ts
var Kc = 32 * 2 ** 20, qc = ".csv,.tsv,.parquet,.npy,.png,.jpg,.jpeg", Jc = class {
	app;
	name = "file";
	title = "File";
	element = k("section", {});
	content = k("div");
	placed = null;
	constructor(e) {
		this.app = e;
		let t = k("input", {
			type: "file",
			accept: qc,
			"aria-label": "file of rows"
		});
		t.addEventListener("change", () => t.files?.[0] && void this.place(t.files[0])), this.element.append(k("p", { class: "hint" }, "Drop a file of rows on the page, or choose one: its rows are placed on the map. Nothing is kept."), k("div", { class: "actions" }, k("label", { class: "file" }, "File ", t), M("Clear", () => this.clear())), this.content);
	}
	async place(e) {
		let { app: t } = this;
		await t.run(async () => {
			if (e.size > Kc) throw Error(`${e.name} is larger than 32 MiB; split it`);
			t.say(`Placing ${e.name}…`);
			let n = Gc(new Uint8Array(await e.arrayBuffer()));
			this.placed = await t.ask("place", {
				name: e.name,
				content: n
			}), t.say("");
			let r = jc(this.placed.cards), i = r < this.placed.n ? `, of which ${r} are shown here` : "";
			this.content.replaceChildren(k("h3", {}, `${e.name}: ${this.placed.n.toLocaleString("en")} rows${i}`), Pc(t.about, this.placed.cards, Array.from({ length: r }, () => ""))), this.mark(), t.open(this.name);
		});
	}
	mark() {
		this.app.map.setMarks({ placed: this.placed ? this.app.alongAll(this.placed.z) : [] });
	}
	clear() {
		this.placed = null, this.content.replaceChildren(), this.mark();
	}
}, Yc = class {
	app;
	name = "form";
	title = "What if";
	element = k("section", {});
	inputs = /* @__PURE__ */ new Map();
	guesses = /* @__PURE__ */ new Map();
	fill;
	started = !1;
	constructor(e) {
		this.app = e, this.fill = e.latest(async () => this.show(await e.ask("fill", {
			values: this.values(),
			...e.inContext()
		})));
		let t = e.about.fields.map((e) => this.row(e));
		this.element.append(k("p", { class: "hint" }, "Leave cells blank: the model fills them given the others, and the point moves on the map. The small dots are fillings that are as likely."), k("div", { class: "actions" }, M("Clear all", () => this.set({}))), k("form", {
			class: "form",
			onsubmit: (e) => e.preventDefault()
		}, ...t)), e.onContext(() => this.started && this.fill.call());
	}
	shown() {
		this.started || (this.started = !0, this.fill.call());
	}
	async begin(e) {
		await this.app.run(async () => {
			let t = await this.app.ask("values", { row: e });
			this.started = !0, this.app.open(this.name), this.set(t);
		});
	}
	values() {
		return Object.fromEntries([...this.inputs].map(([e, t]) => [e, t.value.trim()]).filter(([, e]) => e !== ""));
	}
	set(e) {
		for (let [t, n] of this.inputs) n.value = e[t] ?? "";
		this.fill.call();
	}
	row(e) {
		let t = e.levels ? this.select(e) : k("input", {
			type: "text",
			autocomplete: "off",
			spellcheck: "false"
		});
		e.levels || t.setAttribute("placeholder", `${e.low} … ${e.high}`), t.setAttribute("aria-label", e.name), t.addEventListener(e.levels ? "change" : "input", () => this.fill.call());
		let n = k("span", { class: "guess" });
		return this.inputs.set(e.name, t), this.guesses.set(e.name, n), k("label", { class: "field" }, k("span", { class: "field-name" }, e.name, k("span", { class: "label" }, ` ${e.kind}`)), t, n);
	}
	select(e) {
		let t = e.levels.map((e) => k("option", { value: e }, e));
		return k("select", {}, k("option", { value: "" }, "blank"), ...t);
	}
	show(e) {
		let { app: t } = this;
		for (let e of this.guesses.values()) e.replaceChildren();
		for (let { name: t, text: n, low: r, high: i, shares: a } of e.columns) {
			let e = this.guesses.get(t);
			a ? e.append(...a.map(([e, t]) => k("span", { class: "share" }, `${e} ${Math.round(100 * t)}%`))) : e.append(k("b", {}, `≈ ${n}`), r === i ? "" : ` (${r} to ${i})`);
		}
		let [n, r] = e.cloud.shape, i = Array.from({ length: n }, (n, i) => t.along(e.cloud.data.subarray(i * r, (i + 1) * r)));
		t.map.setMarks({ cloud: i }), t.setPoint(e.z), t.map.reveal(t.along(e.z)), t.say("");
	}
}, Xc = class {
	app;
	pick;
	name = "odd";
	title = "Odd rows";
	element = k("section", {});
	content = k("div");
	constructor(e, t) {
		this.app = e, this.pick = t, this.element.append(k("p", { class: "hint" }, "Rows with the lowest score, and the cells that surprise most given the rest of their row."), M("Find the oddest rows", () => void this.find()), this.content);
	}
	find() {
		let { app: e } = this;
		return this.content.replaceChildren(k("p", { class: "busy" }, "Scoring…")), e.run(async () => {
			try {
				let t = await e.ask("oddest", { count: 20 });
				this.content.replaceChildren(...this.list(t));
			} catch (e) {
				throw this.content.replaceChildren(), e;
			}
		});
	}
	list(e) {
		let t = k("h3", {}, `Oddest rows by ${e.score_name}`), n = e.rows.map((t, n) => `${t} · ${N(e.scores[n])}${e.labels ? ` · ${e.labels[n]}` : ""}`), r = Pc(this.app.about, e.cards, n, (t) => this.pick(e.rows[t]));
		if (!e.blame) return [t, r];
		let i = [
			"row",
			"score",
			"to blame",
			"found",
			"expected",
			"also"
		].map((e) => k("th", { scope: "col" }, e)), a = e.blame.map((t, n) => k("tr", {}, k("th", { scope: "row" }, k("button", {
			type: "button",
			class: "link",
			onclick: () => this.pick(e.rows[n])
		}, e.rows[n])), k("td", {}, N(e.scores[n])), k("td", { class: "blame" }, t.blame, t.nats && k("span", { class: "label" }, ` ${t.nats} nats`)), k("td", {}, t.found), k("td", {}, t.expected), k("td", {}, t.also)));
		return [
			t,
			k("div", {
				class: "scroll",
				tabindex: "0"
			}, k("table", { class: "wide" }, k("thead", {}, k("tr", {}, ...i)), k("tbody", {}, ...a))),
			k("h4", {}, "The whole rows"),
			r
		];
	}
}, Zc = class {
	app;
	name = "path";
	title = "Path";
	element = k("section", {});
	content = k("div");
	stops = [];
	kind = "linear";
	closed = !1;
	steps = 12;
	playing = 0;
	fetch;
	constructor(e) {
		this.app = e, this.fetch = e.latest(async () => {
			let t = {
				points: this.stops,
				steps: this.steps,
				kind: this.kind,
				closed: this.closed,
				...e.inContext()
			};
			if (this.stops.length < 2) return;
			let n = await e.ask("path", t);
			this.stops.length > 1 && this.show(n);
		});
		let t = k("input", { type: "checkbox" });
		t.addEventListener("change", () => this.change(() => this.closed = t.checked));
		let n = ["linear", "spherical"].map((e) => ({
			id: e,
			name: e
		})), r = [
			8,
			12,
			24,
			48
		].map((e) => ({
			id: String(e),
			name: String(e)
		}));
		this.element.append(k("p", { class: "hint" }, "In the mode Path, click two points for a film strip between them, or more for a morph."), k("div", { class: "actions" }, j("shape", n, "linear", (e) => this.change(() => this.kind = e)), j("steps", r, "12", (e) => this.change(() => this.steps = Number(e))), k("label", { class: "check" }, t, " back to the start"), M("Undo", () => this.change(() => this.stops.pop())), M("Clear", () => this.change(() => this.stops.length = 0))), this.content), e.onContext(() => this.fetch.call());
	}
	add(e) {
		this.change(() => this.stops.push(e)), this.app.open("path");
	}
	mark() {
		let e = this.stops.map((e) => this.app.along(e));
		this.app.map.setMarks({ path: this.closed && e.length > 2 ? [...e, e[0]] : e });
	}
	change(e) {
		if (e(), this.mark(), this.stop(), this.stops.length < 2) {
			let e = this.stops.length ? "One point is chosen; choose another one." : "No point is chosen yet.";
			this.content.replaceChildren(k("p", {}, e));
		} else this.stops.length === 2 && this.content.replaceChildren(k("p", { class: "busy" }, "Decoding…"));
		this.fetch.call();
	}
	show(e) {
		let t = jc(e), n = k("div", { class: "output" }), r = k("input", {
			type: "range",
			min: 0,
			max: t - 1,
			value: 0,
			"aria-label": "step of the path"
		}), i = (t) => {
			r.value = String(t), n.replaceChildren(Mc(this.app.about, e, t));
		};
		r.addEventListener("input", () => i(Number(r.value)));
		let a = M("Play", () => {
			if (this.playing) return this.stop();
			a.textContent = "Pause", this.playing = window.setInterval(() => a.isConnected ? i((Number(r.value) + 1) % t) : this.stop(), 160);
		});
		this.playButton = a, i(0);
		let o = k("div", { class: "actions play" }, a, r);
		this.content.replaceChildren(n, o, Bc(this.app.about, e, i));
	}
	playButton = null;
	stop() {
		clearInterval(this.playing), this.playing = 0, this.playButton && (this.playButton.textContent = "Play");
	}
}, Qc = class {
	app;
	pick;
	addStop;
	name = "point";
	title = "Point";
	element;
	output = k("div", { class: "output" });
	near = k("div");
	sliders = [];
	decode;
	constructor(e, t, n) {
		this.app = e, this.pick = t, this.addStop = n, this.decode = e.latest(async (t) => {
			let n = performance.now(), r = await e.ask("decode", {
				points: [t],
				...e.inContext()
			});
			this.output.replaceChildren(Mc(e.about, r, 0)), this.output.dataset.ms = (performance.now() - n).toFixed(1);
		}), this.element = k("section", {}, k("p", { class: "hint" }, "In the mode Move, the pointer on the map (or the arrow keys) chooses the point that is decoded."), this.output, k("div", { class: "sliders" }, ...e.about.latents.map((e, t) => this.slider(t))), k("div", { class: "actions" }, M("Nearest rows", () => void this.neighbors()), M("Add to path", () => this.addStop([...e.point]))), this.near), e.onPoint((e) => this.show(e)), e.onContext(() => this.decode.call(e.point));
	}
	shown() {
		this.output.hasChildNodes() || this.app.setPoint(this.app.point);
	}
	slider(e) {
		let { name: t, low: n, high: r } = this.app.about.latents[e], i = k("output", {}), a = k("input", {
			type: "range",
			min: n,
			max: r,
			step: (r - n) / 400,
			"aria-label": t
		});
		return a.addEventListener("input", () => {
			let t = [...this.app.point];
			t[e] = Number(a.value), this.app.setPoint(t);
		}), this.sliders.push({
			input: a,
			value: i
		}), k("label", { class: "slider" }, k("span", {}, t), a, i);
	}
	show(e) {
		this.sliders.forEach(({ input: t, value: n }, r) => {
			t.value = String(e[r]), n.textContent = e[r].toFixed(2).replace("-", "−");
		}), this.near.hasChildNodes() && (this.near.replaceChildren(), this.app.map.setMarks({ near: [] })), this.decode.call(e);
	}
	neighbors() {
		return $c(this.app, this.near, this.app.point, this.pick);
	}
};
async function $c(e, t, n, r, i = null) {
	await e.run(async () => {
		let a = await e.ask("neighbors", {
			point: n,
			count: 12
		}), o = a.rows.map((e, t) => `${e}${a.labels ? ` · ${a.labels[t]}` : ""}`), s = i === null ? "Nearest rows in the latents" : `Rows nearest to row ${i} (itself first)`;
		t.replaceChildren(k("h3", {}, s), Pc(e.about, a.cards, o, (e) => r(a.rows[e])));
	});
}
// src/panels/row.ts
var el = class {
	app;
	actions;
	name = "row";
	title = "Row";
	element = k("section", {});
	content = k("div");
	near = k("div");
	fetch;
	shownRow = null;
	pinned = null;
	constructor(e, t) {
		this.app = e, this.actions = t, this.fetch = e.latest(async (t) => this.show(await e.ask("row", { row: t })));
		let n = k("input", {
			type: "number",
			min: 0,
			max: e.about.n_rows - 1,
			placeholder: "number",
			"aria-label": "row number"
		});
		this.element.append(k("form", {
			class: "actions",
			onsubmit: (e) => {
				e.preventDefault(), n.value !== "" && this.pick(Number(n.value));
			}
		}, k("label", {}, "Row ", n), k("button", {}, "Show")), k("p", { class: "hint" }, "In the mode Look, point at a row to see it, and click to keep it."), this.content, this.near);
	}
	hover(e) {
		let t = e ?? this.pinned;
		t !== null && this.fetch.call(t);
	}
	pick(e) {
		this.pinned = e, this.near.replaceChildren(), this.app.setContextRow(e), this.app.open("row"), this.fetch.call(e);
	}
	show(e) {
		let { app: t } = this;
		this.shownRow = e;
		let n = e.row === this.pinned;
		n && (t.map.setMarks({ row: t.along(e.z) }), t.map.reveal(t.along(e.z)));
		let r = e.label === null ? null : k("span", { class: "label" }, e.label), i = k("h3", {}, `Row ${e.row.toLocaleString("en")} `, r);
		this.content.replaceChildren(i, Nc(t.about, e.cards), this.buttons(n)), n || this.near.replaceChildren();
	}
	buttons(e) {
		let { app: t, actions: n } = this, r = () => this.shownRow;
		return k("div", {
			class: "actions",
			hidden: !e
		}, M("Nearest rows", () => void $c(t, this.near, r().z, (e) => this.pick(e), r().row)), M("Decode from here", () => {
			t.setPoint([...r().z]), t.open("point");
		}), M("Add to path", () => n.addStop([...r().z])), n.form && M("What if…", () => n.form(r().row)));
	}
}, tl = matchMedia("(prefers-color-scheme: dark)"), nl = null;
function rl() {
	return nl ?? tl.matches;
}
function il(e, t) {
	let n = M("", () => {
		nl = !rl(), r();
	}), r = () => {
		let r = rl();
		e.dataset.theme = r ? "dark" : "light", n.textContent = r ? "Light" : "Dark", n.setAttribute("aria-label", r ? "light colors" : "dark colors"), t(r);
	};
	return tl.addEventListener("change", r), r(), n;
}
// src/page.ts
var al = [
	{
		mode: "look",
		name: "Look",
		hint: "drag to pan, point at rows, click to keep one"
	},
	{
		mode: "move",
		name: "Move",
		hint: "what each point decodes to, live"
	},
	{
		mode: "lasso",
		name: "Lasso",
		hint: "draw around rows"
	},
	{
		mode: "path",
		name: "Path",
		hint: "click the points of a path"
	}
], ol = "Keys on the map: 1–4 modes · arrows move the point · + − 0 zoom · Enter nearest rows · P add to path · Esc clear", sl = class {
	element;
	ask;
	about;
	map;
	app;
	message = k("p", {
		class: "message",
		role: "status"
	});
	legend = k("div", { class: "color-legend" });
	panels;
	tabs = /* @__PURE__ */ new Map();
	modeButtons = /* @__PURE__ */ new Map();
	path;
	rows;
	point;
	files;
	selection;
	sides = k("div", { class: "panels" });
	opened = "";
	constructor(e, t, n) {
		this.element = e, this.ask = t, this.about = n, this.map = new Ec({
			hover: (e) => this.opened === "row" && this.rows.hover(e),
			pick: (e) => this.rows.pick(e),
			lasso: (e) => this.selection.select(e),
			point: (e, t) => this.pointed(e, t)
		}), this.app = new _(n, t, (e, t) => this.say(e, t), (e) => this.open(e), (e) => this.use(e), this.map);
		let r = (e) => this.rows.pick(e);
		this.path = new Zc(this.app);
		let i = (e) => this.path.add(e), a = n.fields.length ? new Yc(this.app) : null;
		this.point = new Qc(this.app, r, i), this.rows = new el(this.app, {
			form: a && ((e) => void a.begin(e)),
			addStop: i
		}), this.selection = new Hc(this.app, r), this.files = new Jc(this.app);
		let o = new Xc(this.app, r);
		this.panels = [
			this.rows,
			this.point,
			this.selection,
			this.path,
			o,
			...a ? [a] : [],
			this.files
		], this.build(), this.keys(), this.drops(), this.use("look"), this.open("row"), this.start();
	}
	destroy() {
		this.map.destroy();
	}
	async start() {
		await this.app.run(async () => {
			await this.setAxes(this.app.axes), await this.setColors(this.about.colorings[0]?.id === "label" ? "label" : ""), this.app.setPoint(this.app.point);
		}), this.element.dataset.ready = "true";
	}
	build() {
		let { about: e } = this, t = `${e.n_rows < e.n_all ? `${e.n_rows.toLocaleString("en")} of ${e.n_all.toLocaleString("en")}` : e.n_all.toLocaleString("en")} rows · ${e.latents.length} latent${e.latents.length > 1 ? "s" : ""} · ${e.likelihood}`, n = il(this.element, (e) => void this.map.setDark(e).then(() => this.showLegend())), r = k("header", {}, k("h1", {}, e.title), k("p", { class: "facts" }, t), n), i = k("div", { class: "stage" }, this.map.element, this.legend, this.zoom()), a = k("main", {}, k("div", { class: "left" }, this.tools(), i, k("p", { class: "hint keys" }, ol)), this.side());
		this.element.replaceChildren(r, this.message, a), this.map.setDark(rl());
	}
	tools() {
		let { about: e } = this, t = al.map(({ mode: e, name: t, hint: n }) => {
			let r = M(t, () => this.use(e), {
				title: n,
				"aria-pressed": "false"
			});
			return this.modeButtons.set(e, r), r;
		}), n = [{
			id: "",
			name: "one color"
		}, ...e.colorings], r = [
			"auto",
			"points",
			"density"
		].map((e) => ({
			id: e,
			name: e
		}));
		return k("div", { class: "tools" }, k("div", {
			class: "modes",
			role: "group",
			"aria-label": "mode of the pointer"
		}, ...t), j("color", n, e.colorings[0]?.id === "label" ? "label" : "", (e) => void this.setColors(e)), ...this.axisChoices(), j("show", r, "auto", (e) => this.map.setDensity(e)), ...this.contextControls());
	}
	zoom() {
		return k("div", { class: "zoom" }, M("+", () => this.map.zoom(.6), { "aria-label": "zoom in" }), M("−", () => this.map.zoom(1.7), { "aria-label": "zoom out" }), M("All", () => this.map.fit(), { "aria-label": "show all rows" }));
	}
	axisChoices() {
		if (this.about.latents.length < 3) return [];
		let e = this.about.latents.map(({ name: e }, t) => ({
			id: String(t),
			name: e
		}));
		return this.app.axes.map((t, n) => j(n ? "up" : "across", e, String(t), (e) => {
			let t = [...this.app.axes];
			t[n] = Number(e), this.app.run(() => this.setAxes(t));
		}));
	}
	contextControls() {
		return (this.about.context ?? []).map(({ name: e, usual: t, levels: n, low: r, high: i }) => {
			if (n) return j(e, n.map((e) => ({
				id: e,
				name: e
			})), String(t), (t) => this.app.setContext(e, t));
			let a = k("output", {}, N(Number(t))), o = k("input", {
				type: "range",
				min: r,
				max: i,
				step: "any",
				value: t,
				"aria-label": e
			});
			return o.addEventListener("input", () => {
				a.textContent = N(Number(o.value)), this.app.setContext(e, Number(o.value));
			}), k("label", { class: "choice" }, k("span", {}, e), o, a);
		});
	}
	side() {
		let e = k("div", {
			class: "tabs",
			role: "tablist",
			"aria-label": "panels"
		});
		for (let { name: t, title: n, element: r } of this.panels) {
			let i = M(n, () => this.open(t), {
				role: "tab",
				id: `tab-${t}`,
				"aria-controls": `panel-${t}`
			});
			this.tabs.set(t, i), r.id = `panel-${t}`, r.setAttribute("role", "tabpanel"), r.setAttribute("aria-labelledby", `tab-${t}`), r.hidden = !0, e.append(i), this.sides.append(r);
		}
		return e.addEventListener("keydown", (e) => this.turn(e)), k("aside", {}, e, this.sides);
	}
	turn(e) {
		let t = {
			ArrowRight: 1,
			ArrowLeft: -1
		}[e.key];
		if (!t) return;
		let n = this.panels.map(({ name: e }) => e), r = n[(n.indexOf(this.opened) + t + n.length) % n.length];
		this.open(r), this.tabs.get(r).focus(), e.preventDefault();
	}
	open(e) {
		if (this.opened !== e) {
			this.opened = e;
			for (let t of this.panels) {
				let n = t.name === e;
				t.element.hidden = !n;
				let r = this.tabs.get(t.name);
				r.setAttribute("aria-selected", String(n)), r.tabIndex = n ? 0 : -1, n && t.shown?.();
			}
		}
	}
	use(e) {
		e !== this.map.mode && this.say(""), this.map.setMode(e);
		for (let [t, n] of this.modeButtons) n.setAttribute("aria-pressed", String(t === e));
		e === "move" && this.open("point"), e === "lasso" && this.open("selection"), e === "path" && this.open("path"), e === "look" && this.opened && this.open("row");
	}
	pointed(e, t) {
		if (this.map.mode === "path") return this.path.add(this.app.lift(e));
		this.held ? t && (this.held = !1) : (this.held = t, this.app.movePoint(e), this.say(t ? "The point is held; click again to let go." : ""));
	}
	held = !1;
	async setAxes(e) {
		let t = e.length > 1 && e[0] === e[1] ? e.slice(0, 1) : e, { z: n } = await this.ask("positions", { axes: t }), r = n.shape[1], i = n.data;
		this.app.axes = t;
		let a = t.map((e) => this.about.latents[e].name);
		await this.map.setPoints(i.subarray(0, r), t.length > 1 ? i.subarray(r) : null, [a[0], a[1] ?? ""]), this.map.setMarks({
			probe: this.app.along(this.app.point),
			row: void 0,
			near: [],
			cloud: []
		}), this.path.mark(), this.files.mark();
	}
	async setColors(e) {
		await this.app.run(async () => {
			this.say(e === "score" ? "Scoring all rows…" : ""), this.app.coloring = e ? await this.ask("colors", { by: e }) : null, await this.map.setColors(this.app.coloring), this.say(""), this.showLegend();
		});
	}
	showLegend() {
		let e = this.app.coloring;
		if (!e) return this.legend.replaceChildren();
		if (e.kind === "classes") {
			let t = e.names.map((t, n) => {
				let r = k("span", { class: "dot" });
				return r.style.background = e.colors[n], k("li", {}, r, t, k("span", { class: "label" }, ` ${e.counts[n].toLocaleString("en")}`));
			});
			return this.legend.replaceChildren(k("b", {}, e.title), k("ul", {}, ...t));
		}
		let t = k("span", { class: "bar" });
		t.style.background = D(rl());
		let [n, r] = e.texts ?? [N(e.low), N(e.high)];
		this.legend.replaceChildren(k("b", {}, e.title), k("div", { class: "scale" }, n, t, r));
	}
	say(e, t = !1) {
		this.message.textContent = e, this.message.classList.toggle("error", t);
	}
	keys() {
		this.map.element.addEventListener("keydown", (e) => {
			e.ctrlKey || e.metaKey || e.altKey || this.key(e.key, e.shiftKey) && e.preventDefault();
		});
	}
	key(e, t) {
		let n = al[Number(e) - 1];
		if (n) this.use(n.mode);
		else if (e.startsWith("Arrow")) this.nudge(e, t ? 5 : 1);
		else if (e === "+" || e === "=") this.map.zoom(.6);
		else if (e === "-") this.map.zoom(1.7);
		else if (e === "0") this.map.fit();
		else if (e.toLowerCase() === "p") this.path.add([...this.app.point]);
		else if (e === "Enter") this.nearest();
		else if (e === "Escape") this.clear();
		else return !1;
		return !0;
	}
	nudge(e, t) {
		let [n, r] = this.app.along(this.app.point), i = this.map.middle().step * t, [a, o] = {
			ArrowLeft: [-i, 0],
			ArrowRight: [i, 0],
			ArrowUp: [0, i],
			ArrowDown: [0, -i]
		}[e];
		this.open("point"), this.app.movePoint([n + a, r + o]), this.map.reveal([n + a, r + o]);
	}
	nearest() {
		this.app.run(async () => {
			let { rows: e } = await this.ask("neighbors", {
				point: this.app.point,
				count: 1
			});
			this.rows.pick(e[0]);
		});
	}
	clear() {
		this.held = !1, this.selection.clear(), this.map.setMarks({
			row: void 0,
			near: [],
			cloud: []
		}), this.say("");
	}
	drops() {
		let e = this.element;
		e.addEventListener("dragover", (t) => {
			t.preventDefault(), e.dataset.dropping = "true";
		}), e.addEventListener("dragleave", () => delete e.dataset.dropping), e.addEventListener("drop", (t) => {
			t.preventDefault(), delete e.dataset.dropping;
			let n = t.dataTransfer?.files[0];
			n && this.files.place(n);
		});
	}
}, cl = 500, [ll, ul] = [420, 150], dl = [
	"loss",
	"reconstruction",
	"kl"
];
async function fl(e, t, n, r) {
	let i = new Ec({
		hover: () => {},
		pick: () => {},
		lasso: () => {},
		point: () => {}
	}), a = k("p", { class: "facts" }, "Training…"), o = k("progress", {
		max: 1,
		value: 0,
		"aria-label": "training"
	}), s = k("div", { class: "curves" }), c = k("p", { class: "hint" }, "When training is done, this page explores the model."), l = k("header", {}, k("h1", {}, n), a, r), u = k("div", { class: "left" }, k("div", { class: "stage" }, i.element));
	e.replaceChildren(l, o, k("main", {}, u, k("aside", {}, k("div", { class: "panels" }, s, c))));
	let d = {}, [f, p] = [0, -1], m = rl();
	for (await i.setDark(m);;) {
		let e = await t("progress", { epoch: f });
		if (e.status === "ready") break;
		if (e.fit !== p && (Object.keys(d).forEach((e) => delete d[e]), p = e.fit, f)) f = 0;
		else {
			for (let [t, n] of Object.entries(e.curves)) (d[t] ??= []).push(...n);
			f = e.known, a.textContent = pl(e), o.value = e.total_steps ? e.step / e.total_steps : 0, s.replaceChildren(...dl.filter((e) => d[e]?.length).map((e) => gl(e, d))), m !== rl() && await i.setDark(m = rl()), e.colors && await i.setColors(e.colors), e.z && await ml(i, e), await new Promise((e) => setTimeout(e, cl));
		}
	}
	i.destroy();
}
function pl({ epoch: e, epochs: t, step: n, total_steps: r }) {
	return t ? n >= r ? `Trained for ${t} epochs; the model is measured and compared…` : `Training: epoch ${e} of ${t}` : "Preparing…";
}
async function ml(e, { z: t, axes: n }) {
	let r = t.shape[1], i = (e) => t.data.subarray(e * r, (e + 1) * r), [a, o] = [n[0], n[1]];
	await e.setPoints(i(a), o === void 0 ? null : i(o), [`z${a + 1}`, o === void 0 ? "" : `z${o + 1}`]);
}
var hl = (e) => e ? "var(--line-2)" : "var(--line-1)";
function gl(e, t) {
	let n = [t[e], t[`val_${e}`] ?? []], r = [...n.flat().filter((e) => e !== null)].sort((e, t) => e - t), [i, a] = [r[0] ?? 0, r[Math.floor(r.length * .98)] ?? 1], o = n[0].length, s = A("svg", {
		viewBox: `0 0 ${ll} ${ul}`,
		class: "chart",
		role: "img",
		"aria-label": e
	});
	n.forEach((e, t) => {
		let n = e.flatMap((e, t) => {
			if (e === null) return [];
			let n = ul - 8 - (e - i) / (a - i || 1) * (ul - 16);
			return [`${(t / Math.max(1, o - 1) * ll).toFixed(1)},${Math.max(4, n).toFixed(1)}`];
		});
		s.append(A("polyline", {
			points: n.join(" "),
			stroke: hl(t)
		}));
	});
	let c = n.flatMap((e, t) => {
		let n = e.at(-1);
		if (n == null) return [];
		let r = k("span", { class: "dot" });
		return r.style.background = hl(t), [k("span", { class: "last" }, r, `${t ? "validation" : "training"} ${N(n)}`)];
	});
	return k("figure", {}, k("figcaption", {}, k("b", {}, e), ", nats", ...c), s);
}
// src/explorer.ts
function _l(e, t) {
	let n = k("div", { class: "elbax" }, k("p", { class: "busy start" }, "Encoding all rows…"));
	e.append(n), n.dataset.theme = rl() ? "dark" : "light";
	let r = null, i = !1, a = async () => {
		try {
			let o = await t("describe");
			if (i) return;
			if (o.status === "training") {
				await fl(n, t, o.title, il(n, () => {})), a();
				return;
			}
			document.title = e === document.body ? `${o.title} · elbax` : document.title, r = new sl(n, t, o);
		} catch (e) {
			n.replaceChildren(k("p", { class: "message error" }, e.message || "the server does not answer"));
		}
	};
	return a(), () => {
		i = !0, r?.destroy(), n.remove();
	};
}
function vl({ model: e, el: t }) {
	let { transport: n, close: r } = h(e);
	t.classList.add("elbax-widget");
	let i = _l(t, n);
	return () => {
		r(), i();
	};
}
var yl = { render: vl };
export { yl as default, _l as mount, m as overHttp };
